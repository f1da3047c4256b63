"""Contextual similarity: which flights' descriptions a page is like, by the model that weighs the page's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.domain.identity import hash64
from service.domain.index.article_index import TermVector

Floats = npt.NDArray[np.float64]


SIMILAR = 0.1
"""The cosine from which on a page is like a description that names none.

Of 97 pages of real news at 0.1 or more 93 % were about what was described, of 135 from 0.07 to 0.1 63 %
(docs/adr/0035-contextual-similarity.md).
"""

LEAST_SIMILAR = 0.02
"""The least that a description may name: below it a page is like whatever shares a common word with it."""

MAX_CHARS = 1_000
_NAMED = re.compile(r"(.*\S)\s*>=\s*(\d*\.?\d+)", re.S)


class Description(NamedTuple):
    """What a flight says of the pages that it is for, or keeps away from, and the least cosine that counts as like."""

    text: str
    least: float


def described(item: str) -> Description:
    """Returns what an item of `similar_to` says: a text, and behind it perhaps `>=` and a cosine."""
    named = _NAMED.fullmatch(item)
    return Description(named[1], float(named[2])) if named else Description(item, SIMILAR)


def description(item: str) -> str:
    """Returns an item of `similar_to` in its one form. Raises ValueError with what is wrong."""
    text, least = described(" ".join(item.split()))
    if len(text) > MAX_CHARS:
        raise ValueError(f"has a description over {MAX_CHARS:,} characters; a sentence on the subject is best")
    if not any(map(str.isalpha, text)):
        raise ValueError("describes nothing: it has no word")
    if not LEAST_SIMILAR <= least <= 1:
        raise ValueError(f"'>= {least:g}' is no cosine from {LEAST_SIMILAR:g} to 1, such as >= 0.07")
    return text if least == SIMILAR else f"{text} >= {least:g}"


def description_key(item: str) -> int:
    """Returns the number that stands for an item of `similar_to`."""
    return hash64(item)


class DescriptionIndex:
    """Descriptions as an inverted index under one model, for pages of one language.

    The texts that have the term `terms[n]` are `texts[starts[n] : starts[n + 1]]`, with `weights` beside them.
    """

    def __init__(self, items: Sequence[str], encode: Callable[[str], TermVector], power: float) -> None:
        """`items` are those of `similar_to`; `power` brings cosines to the scale of whole words, on which they tell."""
        descriptions = [described(item) for item in items]
        self._numbers = {text: number for number, text in enumerate(dict.fromkeys(one.text for one in descriptions))}
        self._power = power
        self._keys = np.array([description_key(item) for item in items], np.uint64)
        self._texts_of_keys = np.array([self._numbers[one.text] for one in descriptions], np.int64)
        self._least = np.array([one.least for one in descriptions], np.float64) ** (1 / power)
        vectors = [encode(text) for text in self._numbers]
        texts = np.repeat(np.arange(len(vectors)), [vector.terms.size for vector in vectors])
        terms = np.concatenate([np.empty(0, np.uint64), *(vector.terms for vector in vectors)])
        weights = np.concatenate([np.empty(0, np.float32), *(vector.weights for vector in vectors)])
        order = np.argsort(terms, kind="stable")
        self._terms, begins = np.unique(terms[order], return_index=True)
        self._starts = np.append(begins, terms.size)
        self._texts, self._weights = texts[order].astype(np.int32), weights[order]

    def likeness(self, page: TermVector) -> Likeness:
        """Returns what a page of this vector is like."""
        return Likeness(self, page)

    def met(self, page: TermVector) -> tuple[int, ...]:
        """Returns the keys of the descriptions that the page is like."""
        if not (self._terms.size and page.terms.size):
            return ()
        products, texts, _ = self._shared(page)
        cosines = np.bincount(texts, products, len(self._numbers))
        return tuple(self._keys[cosines[self._texts_of_keys] >= self._least].tolist())

    def parts(self, page: TermVector, text: str) -> tuple[float, list[tuple[int, float]]]:
        """Returns the page's nearness to a text, and what each term that both have adds to the cosine, most first."""
        number = self._numbers.get(text)
        if number is None or not (self._terms.size and page.terms.size):
            return 0.0, []
        products, texts, terms = self._shared(page)
        own = texts == number
        found = sorted(zip(terms[own].tolist(), products[own].tolist(), strict=True), key=lambda part: -part[1])
        return float(products[own].sum()) ** self._power, found

    def _shared(self, page: TermVector) -> tuple[Floats, npt.NDArray[np.int32], npt.NDArray[np.uint64]]:
        """Of each term that page and a text have: the product of its weights, the text's number, and the term."""
        places = np.minimum(np.searchsorted(self._terms, page.terms), self._terms.size - 1)
        known = self._terms[places] == page.terms
        places = places[known]
        counts = self._starts[places + 1] - self._starts[places]
        ends = np.cumsum(counts)
        at = np.repeat(self._starts[places] - (ends - counts), counts) + np.arange(ends[-1] if ends.size else 0)
        products = self._weights[at] * np.repeat(page.weights[known], counts)
        return products.astype(np.float64), self._texts[at], np.repeat(page.terms[known], counts)


class Likeness:
    """What a page is like, of all that flights describe; worked out when it is first asked for."""

    def __init__(self, index: DescriptionIndex, page: TermVector) -> None:
        self._index = index
        self._page = page

    @cached_property
    def met(self) -> tuple[int, ...]:
        """The keys of the descriptions that the page is like."""
        return self._index.met(self._page)

    def parts(self, text: str) -> tuple[float, list[tuple[int, float]]]:
        """Returns the page's nearness to a text, and what each term that both have adds to the cosine, most first."""
        return self._index.parts(self._page, text)
