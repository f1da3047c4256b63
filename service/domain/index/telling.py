"""How articles tell their stories, as arrays that are read where they stand: signature, headline, key words, date."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SIGNATURE_WORDS = 16


class Terms(NamedTuple):
    """Terms by hash with a weight each, 32-bit, in any order; no term stands twice."""

    hashes: Array
    weights: Array


class Telling(NamedTuple):
    """How one article tells its story: its text's signature, its headline's terms, its weightiest ones.

    `text` is a signature (models.text.signatures) as 16 numbers of 64 bits. `published_at`: seconds since 1970.
    """

    text: Array
    title: Terms
    keywords: Terms
    published_at: int


class TellingColumns(NamedTuple):
    """The tellings of many rows: of row i the signature `texts[i]`, and the terms between `indptr[i]` and the next."""

    texts: Array
    title_indptr: Array
    titles: Terms
    keyword_indptr: Array
    keywords: Terms
    published_at: Array


def telling_at(columns: TellingColumns, at: int) -> Telling:
    """Returns how the article of this row tells its story; its arrays are parts of the columns."""
    begin, end = columns.title_indptr[at], columns.title_indptr[at + 1]
    key_begin, key_end = columns.keyword_indptr[at], columns.keyword_indptr[at + 1]
    return Telling(
        columns.texts[at],
        Terms(columns.titles.hashes[begin:end], columns.titles.weights[begin:end]),
        Terms(columns.keywords.hashes[key_begin:key_end], columns.keywords.weights[key_begin:key_end]),
        columns.published_at[at],
    )


class Printed(NamedTuple):
    """The key words of many rows as readers see them: of row i the bytes from `offsets[i]` to the next, one a line."""

    offsets: Array
    text: Array


OFFSETS, PRINTED = 8, 9
"""Where the columns of Printed stand among a part's places, behind those of TellingColumns."""

UNPRINTED = Printed(np.zeros(1, np.int64), np.empty(0, np.uint8))


class Tellings:
    """The tellings of an index: rows below `first_delta` stand in the base, the others in the delta.

    `places` tells compiled code where the columns stand: of the base, then of the delta, the address and the size of
    each. To hand on twenty arrays would take longer than what is done with them. It holds while this object lives.
    """

    def __init__(
        self,
        base: TellingColumns,
        delta: TellingColumns,
        printed: tuple[Printed, Printed] = (UNPRINTED, UNPRINTED),
    ) -> None:
        """`printed` are the key words of both, for who tells readers of them."""
        self._columns = (base, delta)
        self._printed = printed
        self.first_delta = int(base.published_at.size)
        parts = [(*_flat(columns), *words) for columns, words in zip(self._columns, printed, strict=True)]
        self.places = np.array([[(each.ctypes.data, each.shape[0]) for each in part] for part in parts])

    def at(self, row: int) -> Telling:
        """Returns how the article of this row tells its story, in arrays of its own."""
        in_delta = row >= self.first_delta
        told = telling_at(self._columns[in_delta], row - self.first_delta if in_delta else row)
        title, keywords = (Terms(*map(np.copy, terms)) for terms in (told.title, told.keywords))
        return Telling(told.text.copy(), title, keywords, int(told.published_at))


def _flat(columns: TellingColumns) -> tuple[Array, ...]:
    texts, title_indptr, titles, keyword_indptr, keywords, published_at = columns
    return texts, title_indptr, *titles, keyword_indptr, *keywords, published_at


def text_of(signatures: Array) -> Array:
    """Returns signatures of 128 bytes, one or a line each, as numbers of 64 bits."""
    return np.ascontiguousarray(signatures, np.uint8).view(np.uint64)


def terms_of(hashes: Array, weights: Array) -> Terms:
    """Returns terms and their weights."""
    return Terms(np.ascontiguousarray(hashes, np.uint64), np.ascontiguousarray(weights, np.float32))


NO_TERMS = terms_of(np.empty(0, np.uint64), np.empty(0, np.float32))

NO_TELLING = Telling(np.zeros(SIGNATURE_WORDS, np.uint64), NO_TERMS, NO_TERMS, 0)
"""What stands for the telling of a page without a text: nothing retells it."""
