"""Trains the relevance model on a site's articles with scikit-learn."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version as library_version
from pathlib import Path

import numpy as np

from models.relevance.bundle import BundleError, Manifest, write_bundle
from models.relevance.meaning import LEAST_ARTICLES as LEAST_FOR_MEANING
from models.relevance.meaning import MeaningSpace, fit_meaning
from models.relevance.model import TITLE_WEIGHT, RelevanceModel
from models.relevance.pipeline import Written, relevance_pipeline
from models.text import likeness_power, term_hashes

LEAST_ARTICLES = 2


@dataclass(frozen=True, slots=True)
class TrainingText:
    """One article to learn from; `language` is the primary subtag of its language, None where it is not known."""

    id: str
    title: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A fitted model, the words of its vocabulary in the order of `model.terms`, and what it was trained on."""

    model: RelevanceModel
    names: Sequence[str]
    corpus_hash: str
    article_count: int


def train(
    articles: Iterable[TrainingText],
    *,
    now: float,
    title_weight: int = TITLE_WEIGHT,
    least_for_meaning: int = LEAST_FOR_MEANING,
    progress: Callable[[int], None] = lambda _: None,
) -> Trained:
    """Returns a model fitted on the articles; `progress` is told how many were read.

    Topics are learnt from `least_for_meaning` articles on.

    The version is the time in UTC to the millisecond and the first eight digits of the corpus's digest: the same
    articles give the same corpus hash in any order. Raises BundleError for fewer than two articles with a text.
    """
    corpus = _Corpus()
    pipeline = relevance_pipeline(title_weight)
    try:
        rows = pipeline.fit_transform(corpus.read(articles, progress))
    except ValueError as error:  # scikit-learn's word for a corpus without any term
        raise BundleError("The articles hold no words to learn from; load articles first.") from error
    if corpus.count < LEAST_ARTICLES:
        raise BundleError(f"A model needs at least {LEAST_ARTICLES} articles; this site has {corpus.count}.")
    tfidf = pipeline.named_steps["tfidf"]
    words = [str(word) for word in tfidf.get_feature_names_out()]
    hashes = term_hashes(words)
    order = np.argsort(hashes)
    model = RelevanceModel(
        version=corpus.version(now),
        terms=hashes[order],
        idf=np.asarray(tfidf.idf_, np.float32)[order],
        # scikit-learn's smoothed idf, ln((1 + n) / (1 + df)) + 1, at df = 0.
        unseen_idf=float(np.log(1 + corpus.count) + 1),
        title_weight=title_weight,
        meaning=fit_meaning(rows, hashes) if corpus.count >= least_for_meaning else MeaningSpace(),
        power=corpus.power / corpus.count,
    )
    return Trained(model, [words[at] for at in order], corpus.hash, corpus.count)


class _Corpus:
    """Tells of the articles, once they were read, how many there are, their digest and their mean power of likeness."""

    def __init__(self) -> None:
        self.count = 0
        self.power = 0.0
        self._digest = 0

    def read(self, articles: Iterable[TrainingText], progress: Callable[[int], None]) -> Iterator[Written]:
        """Yields each article as the pipeline takes it."""
        for article in articles:
            row = sha256(f"{article.id}\x00{article.title}\x00{article.text}\x00{article.language}".encode())
            self._digest = (self._digest + int.from_bytes(row.digest())) % 2**256
            self.power += likeness_power(article.language)
            self.count += 1
            progress(self.count)
            yield article.title, article.text, article.language

    @property
    def hash(self) -> str:
        """The same for the same articles in any order."""
        return f"{self._digest:064x}"

    def version(self, now: float) -> str:
        """Returns what a model trained on them at this moment is called."""
        trained_at = datetime.fromtimestamp(now, UTC)
        return f"tfidf-{trained_at:%Y%m%dT%H%M%S}{trained_at.microsecond // 1_000:03d}-{self.hash[:8]}"


def save(trained: Trained, folder: Path, now: float) -> Manifest:
    """Writes the trained model as a bundle `folder/<version>` and returns its manifest."""
    libraries = ("numpy", "PyStemmer", "regex", "scikit-learn", "scipy")
    return write_bundle(
        folder / trained.model.version,
        trained.model,
        trained.names,
        created_at=datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        corpus={"sha256": trained.corpus_hash, "articles": trained.article_count},
        libraries={name: library_version(name) for name in libraries} | {"python": platform.python_version()},
        metrics={"vocabulary": len(trained.names), "terms_with_topics": int(trained.model.meaning.terms.size)},
    )
