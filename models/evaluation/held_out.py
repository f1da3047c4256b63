"""What a model fitted on a site's earlier articles is worth on its newest ones, which it has never seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.evaluation.agreement import Estimate, EvaluationError, mean_of
from models.relevance.model import RelevanceModel, TermVector, article_terms
from models.relevance.train import TrainingText, train
from models.text import term_hashes

NEIGHBOURS = 5
RESCORED = 200
"""Nearest by words that both views put in order, as the index does for a widget's hundred."""

HELD_OUT_SHARE = 0.2
MOST_ASKED = 1_000
LEAST_FITTED = 20

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DatedText:
    """One article: its language as a primary subtag, its section, if known, and its time in seconds since 1970."""

    id: str
    title: str
    text: str
    language: str | None
    section: str | None
    published_at: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How many articles the model was fitted on and how many were asked, and what came of it by name.

    `vocabulary_coverage`: share of an article's distinct words that the earlier ones had; `headline_coverage` of its
    headline's. `section_precision_*`: share of its five nearest earlier articles that are of its section: by `words`,
    by the `blend` that serves, and by `plain`, scikit-learn's TfidfVectorizer as it comes; `chance` is what any five
    articles reach. Figures that need sections are left out where the newest articles have none.
    """

    fitted: int
    asked: int
    with_section: int
    topics: bool
    figures: Mapping[str, Estimate]


def hold_out(articles: Sequence[DatedText], **training: Any) -> HeldOut:
    """Fits on the earlier four fifths and asks with the newest, 1,000 at most; `training` is handed to `train`.

    Raises EvaluationError where the site has too few articles.
    """
    earlier, newest = newest_apart(articles)
    model = train((TrainingText(a.id, a.title, a.text, a.language) for a in earlier), now=0.0, **training).model
    asked = _in_known_section(earlier, newest)
    values = {**asked_newest(model, earlier, newest), **(_references(earlier, asked) if asked else {})}
    figures = {name: mean_of(per_article) for name, per_article in values.items()}
    return HeldOut(len(earlier), len(newest), len(asked), bool(model.meaning.terms.size), figures)


def newest_apart(articles: Sequence[DatedText]) -> tuple[list[DatedText], list[DatedText]]:
    """Returns the earlier four fifths and the newest, 1,000 at most. Raises EvaluationError where they are too few."""
    in_order = sorted(articles, key=lambda article: (article.published_at, article.id))
    count = min(MOST_ASKED, int(len(in_order) * HELD_OUT_SHARE))
    earlier, newest = in_order[: len(in_order) - count], in_order[len(in_order) - count :]
    if not newest or len(earlier) < LEAST_FITTED:
        raise EvaluationError(f"{len(in_order)} articles are too few to hold some out; load more, or give --pairs.")
    return earlier, newest


def asked_newest(model: RelevanceModel, earlier: Sequence[DatedText], newest: Sequence[DatedText]) -> dict[str, Floats]:
    """Returns what a model is worth on each of the newest articles, by name of the figure (see HeldOut)."""
    coverage = {
        "vocabulary_coverage": _coverage(model, newest, with_text=True),
        "headline_coverage": _coverage(model, newest, with_text=False),
    }
    asked = _in_known_section(earlier, newest)
    return {**coverage, **(_sections(model, earlier, asked) if asked else {})}


def _in_known_section(earlier: Sequence[DatedText], newest: Sequence[DatedText]) -> list[DatedText]:
    sections = {a.section for a in earlier if a.section}
    return [a for a in newest if a.section in sections]


def _coverage(model: RelevanceModel, articles: Sequence[DatedText], *, with_text: bool) -> Floats:
    shares = []
    for article in articles:
        text = article.text if with_text else ""
        ids = np.unique(term_hashes(article_terms(article.title, text, 1, article.language)))
        if ids.size:
            shares.append(np.isin(ids, model.terms).mean())
    return np.array(shares, float)


def _sections(model: RelevanceModel, earlier: Sequence[DatedText], asked: Sequence[DatedText]) -> dict[str, Floats]:
    """Returns for each asked article the share of its neighbours' sections that is its own, by view."""
    vectors, questions = ([model.encode(a.title, a.text, a.language) for a in rows] for rows in (earlier, asked))
    by_words, blended = nearest(model, vectors, questions, NEIGHBOURS)
    of_earlier, own = _section_names(earlier), _section_names(asked)
    return {
        "section_precision_blend": (of_earlier[blended] == own[:, None]).mean(axis=1),
        "section_precision_words": (of_earlier[by_words] == own[:, None]).mean(axis=1),
    }


def _references(earlier: Sequence[DatedText], asked: Sequence[DatedText]) -> dict[str, Floats]:
    """Returns the same of neighbours that no model of ours chose."""
    of_earlier, own = _section_names(earlier), _section_names(asked)
    return {
        "section_precision_plain": (of_earlier[_plain(earlier, asked)] == own[:, None]).mean(axis=1),
        "section_precision_chance": np.array([(of_earlier == section).mean() for section in own]),
    }


def _section_names(articles: Sequence[DatedText]) -> npt.NDArray[np.str_]:
    return np.array([a.section or "" for a in articles])


def nearest(
    model: RelevanceModel, archive: Sequence[TermVector], questions: Sequence[TermVector], count: int
) -> tuple[Ints, Ints]:
    """Returns for each question the `count` nearest of the archive, best first: by words, and by both views.

    As the index does, both views put in order the 200 nearest by words.
    """
    places = np.stack([model.meaning.place(*vector) for vector in archive])
    rows = _matrix(archive, questions)
    by_words, blended = [], []
    for at, question in enumerate(questions):
        words = np.asarray((rows[: len(archive)] @ rows[len(archive) + at].T).todense(), np.float32).ravel()
        near = np.argsort(-words, kind="stable")[:RESCORED]
        scores = model.meaning.blend(words[near], places[near], model.meaning.place(*question))
        by_words.append(near[:count])
        blended.append(near[np.argsort(-scores, kind="stable")[:count]])
    return np.array(by_words), np.array(blended)


def _matrix(archive: Sequence[TermVector], questions: Sequence[TermVector]) -> Any:
    from scipy.sparse import csr_matrix

    vectors = (*archive, *questions)
    _, columns = np.unique(np.concatenate([v.terms for v in vectors]), return_inverse=True)
    offsets = np.concatenate(([0], np.cumsum([v.terms.size for v in vectors])))
    return csr_matrix((np.concatenate([v.weights for v in vectors]), columns, offsets))


def _plain(earlier: Sequence[DatedText], asked: Sequence[DatedText]) -> Ints:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer()
    rows = vectorizer.fit_transform([f"{a.title}\n{a.text}" for a in earlier])
    questions = vectorizer.transform([f"{a.title}\n{a.text}" for a in asked])
    found = [
        np.argsort(-np.asarray((rows @ question.T).todense()).ravel(), kind="stable")[:NEIGHBOURS]
        for question in questions
    ]
    return np.array(found)
