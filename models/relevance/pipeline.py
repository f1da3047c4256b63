"""The scikit-learn pipeline that training fits: article texts in, TF-IDF rows out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline

from models.relevance.model import TITLE_WEIGHT, article_terms

Written = tuple[str, str, str | None]
"""An article's title, its text, and the primary subtag of its language, None where that is not known."""


class ArticleTerms(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns titles with texts and their languages into lists of terms; stateless.

    `title_weight`: how often each word of the title counts.
    """

    def __init__(self, *, title_weight: int = TITLE_WEIGHT) -> None:
        self.title_weight = title_weight

    def fit(self, X: Iterable[Written], y: Any = None) -> Self:  # noqa: N803, ARG002
        """Returns self; there is nothing to learn."""
        return self

    def transform(self, X: Iterable[Written]) -> list[list[str]]:  # noqa: N803
        """Returns one list of terms for each article."""
        return [article_terms(title, text, self.title_weight, language) for title, text, language in X]

    def __sklearn_is_fitted__(self) -> bool:
        """True: it needs no fitting."""
        return True


def _as_given(terms: Sequence[str]) -> Sequence[str]:
    return terms


def relevance_pipeline(title_weight: int = TITLE_WEIGHT) -> Pipeline:
    """Returns the unfitted pipeline: terms, then TF-IDF with sublinear term frequency and unit length.

    No `min_df` and no cap on the vocabulary: a name that stands in one article is what the next one shares with it.
    """
    return Pipeline(
        [
            ("terms", ArticleTerms(title_weight=title_weight)),
            ("tfidf", TfidfVectorizer(analyzer=_as_given, lowercase=False, sublinear_tf=True)),
        ]
    )
