"""In each language of which there is real text here, words find what belongs together as well as character runs do.

There is English, German and Portuguese in the sample feeds (a headline must find its own summary), and Urdu in the
Courier (the first half of a story must find its second). Of the other languages there is no real text here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import feedparser
import numpy as np
import orjson
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from models.evaluate import model_of_texts
from models.relevance import cosine
from service.adapters.sources.html_text import plain_text

COURIER = Path(__file__).parents[2] / "service" / "demo" / "content" / "articles"
LEAST_WORDS = 8

Texts = list[tuple[str, str]]


def halves_of_the_courier() -> Texts:
    """Both halves of each of the Courier's Urdu stories."""
    stories = map(orjson.loads, (COURIER / "urdu.ndjson").read_bytes().splitlines())
    words = [story["text"].split() for story in stories]
    return [(" ".join(w[: len(w) // 2]), " ".join(w[len(w) // 2 :])) for w in words]


def headlines_of(*names: str) -> Texts:
    """Headline and summary of the entries of sample feeds that have both."""
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    if not folder:
        pytest.skip("STANDFIRST_SAMPLE_DATA does not name the folder of sample data")
    feeds = [feedparser.parse((Path(folder) / "feeds" / name).read_bytes()) for name in names]
    pairs = [(e.get("title", ""), plain_text(e.get("summary", ""))) for feed in feeds for e in feed.entries]
    return [(title, summary) for title, summary in pairs if len(summary.split()) >= LEAST_WORDS]


LANGUAGES: Mapping[str, Callable[[], Texts]] = {
    "en": lambda: headlines_of("guardian.rss"),
    "de": lambda: headlines_of("heise.atom"),
    "pt": lambda: headlines_of("uolNoticias.rss", "encoding.rss"),
    "ur": halves_of_the_courier,
}

WITHIN = 0.02
"""Less than what one of 15 German questions changes by when its answer is second instead of first (0.033)."""


def mean_reciprocal(cosines: np.ndarray) -> float:
    """Of each question (a row) one over the place of its own answer, on average."""
    own = np.diag(cosines)[:, None]
    return float((1 / (1 + (cosines > own).sum(axis=1))).mean())


def by_words(pairs: Texts, language: str) -> float:
    model = model_of_texts((answer for _, answer in pairs), language, with_topics=False)
    questions, answers = ([model.encode("", pair[side], language) for pair in pairs] for side in (0, 1))
    return mean_reciprocal(np.array([[cosine(q, a) for a in answers] for q in questions]))


def by_character_runs(pairs: Texts) -> float:
    shapes = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), sublinear_tf=True)
    answers = shapes.fit_transform([answer for _, answer in pairs])
    return mean_reciprocal((shapes.transform([question for question, _ in pairs]) @ answers.T).toarray())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_stays_behind_character_runs(language: str) -> None:
    pairs = LANGUAGES[language]()

    assert len(pairs) >= 10
    assert by_words(pairs, language) >= by_character_runs(pairs) - WITHIN
