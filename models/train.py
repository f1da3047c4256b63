"""Trains the relevance model on a site's articles with scikit-learn."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version as library_version
from pathlib import Path

import numpy as np

from models.bundle import BundleError, Manifest, write_bundle
from models.meaning import LEAST_ARTICLES as LEAST_FOR_MEANING
from models.meaning import MeaningSpace, fit_meaning
from models.pipeline import TITLE_WEIGHT, Written, relevance_pipeline
from models.relevance import RelevanceModel
from models.text import term_hashes

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
    digest = 0
    count = 0

    def written() -> Iterable[Written]:
        nonlocal digest, count
        for article in articles:
            row = sha256(f"{article.id}\x00{article.title}\x00{article.text}\x00{article.language}".encode()).digest()
            digest = (digest + int.from_bytes(row)) % 2**256
            count += 1
            progress(count)
            yield article.title, article.text, article.language

    pipeline = relevance_pipeline(title_weight)
    try:
        rows = pipeline.fit_transform(written())
    except ValueError as error:  # scikit-learn's word for a corpus without any term
        raise BundleError("The articles hold no words to learn from; load articles first.") from error
    if count < LEAST_ARTICLES:
        raise BundleError(f"A model needs at least {LEAST_ARTICLES} articles; this site has {count}.")
    corpus_hash = f"{digest:064x}"
    trained_at = datetime.fromtimestamp(now, UTC)
    version = f"tfidf-{trained_at:%Y%m%dT%H%M%S}{trained_at.microsecond // 1_000:03d}-{corpus_hash[:8]}"
    tfidf = pipeline.named_steps["tfidf"]
    words = [str(word) for word in tfidf.get_feature_names_out()]
    hashes = term_hashes(words)
    order = np.argsort(hashes)
    model = RelevanceModel(
        version=version,
        terms=hashes[order],
        idf=np.asarray(tfidf.idf_, np.float32)[order],
        # scikit-learn's smoothed idf, ln((1 + n) / (1 + df)) + 1, at df = 0.
        unseen_idf=float(np.log(1 + count) + 1),
        title_weight=title_weight,
        meaning=fit_meaning(rows, hashes) if count >= least_for_meaning else MeaningSpace(),
    )
    return Trained(model, [words[at] for at in order], corpus_hash, count)


def save(trained: Trained, folder: Path, now: float) -> Manifest:
    """Writes the trained model as a bundle `folder/<version>` and returns its manifest."""
    libraries = ("numpy", "regex", "scikit-learn", "scipy")
    return write_bundle(
        folder / trained.model.version,
        trained.model,
        trained.names,
        created_at=datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        corpus={"sha256": trained.corpus_hash, "articles": trained.article_count},
        libraries={name: library_version(name) for name in libraries} | {"python": platform.python_version()},
        metrics={"vocabulary": len(trained.names), "terms_with_topics": int(trained.model.meaning.terms.size)},
    )
