"""The relevance model: TF-IDF weights by term id, with a weight for words it has never seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.relevance.meaning import MeaningSpace
from models.text import VERSION, TermHashes, term_hashes, tokens

Weights = npt.NDArray[np.float32]

TITLE_WEIGHT = 3
"""How often a title's words count: a headline is about the story, of which a text of 400 words keeps too little."""


class TermVector(NamedTuple):
    """A sparse vector: term ids, sorted, each once, and their weights; of length 1, or empty."""

    terms: TermHashes
    weights: Weights


EMPTY_VECTOR = TermVector(np.empty(0, np.uint64), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class RelevanceModel:
    """Weighs the terms of a text as scikit-learn's TfidfVectorizer(sublinear_tf=True, smooth_idf=True) does.

    `terms` are the vocabulary's ids, sorted; `idf` their weights; `unseen_idf` that of a term in no training article,
    ln(1 + n) + 1 by the same smoothed formula with a document frequency of 0. `title_weight` is how often a title's
    words count. `meaning` is the second view, empty where the archive was too small to learn one.
    `power` brings cosines to the scale of whole words, whatever the analyzer makes of the articles' languages.
    """

    version: str
    terms: TermHashes
    idf: Weights
    unseen_idf: float
    title_weight: int
    meaning: MeaningSpace = field(default_factory=MeaningSpace)
    power: float = 1.0

    @property
    def is_trained(self) -> bool:
        """False for the stand-in used until a first model is trained."""
        return self.terms.size > 0

    def encode(self, title: str, text: str, language: str | None) -> TermVector:
        """Returns the vector of an article or a query, words outside the vocabulary included."""
        return self.encode_terms(article_terms(title, text, self.title_weight, language))

    def encode_terms(self, terms: list[str]) -> TermVector:
        """Returns the vector of terms that the analyzer gave."""
        if not terms:
            return EMPTY_VECTOR
        ids, counts = np.unique(term_hashes(terms), return_counts=True)
        weights = (1.0 + np.log(counts)) * self.idf_of(ids)
        return TermVector(ids, (weights / np.sqrt(weights @ weights)).astype(np.float32))

    def idf_of(self, ids: TermHashes) -> npt.NDArray[np.float64]:
        """Returns the inverse document frequency of each term id, that of an unseen term where it is unknown."""
        if not self.is_trained:
            return np.full(ids.size, self.unseen_idf)
        at = np.minimum(np.searchsorted(self.terms, ids), self.terms.size - 1)
        return np.where(self.terms[at] == ids, self.idf[at].astype(np.float64), self.unseen_idf)


def cosine(one: TermVector, other: TermVector) -> float:
    """Returns the cosine of two vectors: the sum of the products of what they share."""
    _, ours, theirs = np.intersect1d(one.terms, other.terms, assume_unique=True, return_indices=True)
    return float(one.weights[ours] @ other.weights[theirs])


def article_terms(title: str, text: str, title_weight: int, language: str | None) -> list[str]:
    """Returns the terms of an article: those of its title `title_weight` times, then those of its text."""
    return tokens(title, language) * title_weight + tokens(text, language)


def untrained() -> RelevanceModel:
    """Returns the stand-in for a site without a model: every term weighs the same."""
    return RelevanceModel(f"untrained-{VERSION}", np.empty(0, np.uint64), np.empty(0, np.float32), 1.0, TITLE_WEIGHT)
