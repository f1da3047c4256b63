"""Scores a text's nearness to each sensitive topic, less its nearness to what merely uses the same words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from models.relevance.model import RelevanceModel, TermVector
from models.text import tokens

Scores = npt.NDArray[np.float64]

LANGUAGES = ("en", "es", "fr", "ur")
"""Languages with descriptions; a text of another language is near to nothing."""

TOPICS = ("adult", "arms", "crime", "violence", "debated", "hate", "drugs", "obscenity", "piracy", "spam", "terrorism")
"""The sensitive topics, in the order of scores."""

HARMLESS = ("sport", "stage", "business", "life", "science")
"""What shares words with them: a striker shoots, a market crashes."""


class TopicScorer:
    """Compares vectors of one relevance model with the descriptions, weighed by the same model."""

    def __init__(self, model: RelevanceModel) -> None:
        self._of_language = {language: _Descriptions(model, language) for language in LANGUAGES}

    def scores(self, vector: TermVector, language: str | None) -> Scores:
        """Returns for each of TOPICS the cosine to its description, less the greatest to a harmless one; 0 at least."""
        descriptions = self._of_language.get(language or "")
        if descriptions is None or not vector.terms.size:
            return np.zeros(len(TOPICS))
        near = descriptions.cosines(vector)
        scores: Scores = np.maximum(near[: len(TOPICS)] - near[len(TOPICS) :].max(), 0.0)
        return scores


class _Descriptions:
    """The descriptions of one language as a matrix: a row for each of their terms, a column for each of them."""

    def __init__(self, model: RelevanceModel, language: str) -> None:
        texts = _texts(language)
        vectors = [model.encode_terms(tokens(texts[name], language)) for name in (*TOPICS, *HARMLESS)]
        self._terms = np.unique(np.concatenate([vector.terms for vector in vectors]))
        self._weights = np.zeros((self._terms.size, len(vectors)))
        for column, vector in enumerate(vectors):
            self._weights[np.searchsorted(self._terms, vector.terms), column] = vector.weights

    def cosines(self, vector: TermVector) -> Scores:
        """Returns the cosine of the vector to each description."""
        at = np.minimum(np.searchsorted(self._terms, vector.terms), self._terms.size - 1)
        shared = self._terms[at] == vector.terms
        found: Scores = vector.weights[shared].astype(np.float64) @ self._weights[at[shared]]
        return found


@lru_cache(maxsize=2)
def topic_scorer(model: RelevanceModel) -> TopicScorer:
    """Returns the scorer of a model; that of the last two models is kept."""
    return TopicScorer(model)


def _texts(language: str) -> Mapping[str, str]:
    folder = resources.files(__package__)
    written = json.loads((folder / f"{language}.json").read_text("utf-8"))
    texts: Mapping[str, str] = {**written["risky"], **written["harmless"]}
    return texts
