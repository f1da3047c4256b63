"""Finds the rows nearest to a query in a segment: compiled by numba, or in numpy without it; same result."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import NamedTuple, Protocol

import numpy as np

from service.adapters.files.index.compact import BLOCK, SCALE_UNIT, UPWARD, Postings, places_of, weights_of_row
from service.adapters.files.index.segment import Array, Segment


class Query(NamedTuple):
    """Terms by their numbers in a segment's vocabulary, each once, and their weights, none negative."""

    numbers: Array
    weights: Array


class Found(NamedTuple):
    """Rows with their scores, best first; of equal scores the newer row first."""

    rows: Array
    scores: Array


NOTHING = Found(np.empty(0, np.int64), np.empty(0, np.float32))


def query_of(segment: Segment, hashes: Array, weights: Array) -> Query:
    """Returns those of the terms that the segment has."""
    if not segment.vocabulary.size:
        return Query(np.empty(0, np.int64), np.empty(0, np.float64))
    at = np.minimum(np.searchsorted(segment.vocabulary, hashes), segment.vocabulary.size - 1)
    known = segment.vocabulary[at] == hashes
    return Query(at[known].astype(np.int64), weights[known].astype(np.float64))


def query_of_row(segment: Segment, row: int) -> Query:
    """Returns a row's own terms, without looking them up."""
    span = slice(segment.rows.indptr[row], segment.rows.indptr[row + 1])
    weights = weights_of_row(segment.rows, row)
    return Query(segment.rows.numbers[span].astype(np.int64), weights.astype(np.float64))


class Search(Protocol):
    """A way to search."""

    def nearest(self, segment: Segment, query: Query, first_row: int, limit: int) -> Found:
        """Returns the `limit` rows of the highest scores above 0 from `first_row` on."""

    def scores(self, segment: Segment, query: Query, rows: Array) -> Array:
        """Returns the score of each of the rows."""


class CompiledSearch:
    """Searches with the kernel."""

    def __init__(self, kernel: ModuleType) -> None:
        self._kernel = kernel

    def nearest(self, segment: Segment, query: Query, first_row: int, limit: int) -> Found:
        """Returns the `limit` rows of the highest scores above 0 from `first_row` on."""
        order = np.argsort(segment.postings.bands[query.numbers], kind="stable")
        best = self._kernel.Best(np.empty(limit, np.float32), np.empty(limit, np.int64))
        terms, weights = query.numbers[order], query.weights[order]
        count = self._kernel.search(segment.rows, segment.postings, terms, weights, first_row, best)
        return _in_order(Found(best.rows[:count], best.scores[:count]))

    def scores(self, segment: Segment, query: Query, rows: Array) -> Array:
        """Returns the score of each of the rows."""
        scores = np.empty(rows.size, np.float32)
        self._kernel.score_rows(segment.rows, *query, rows, scores)
        return scores


class NumpySearch:
    """Searches by the same bounds with numpy alone."""

    def nearest(self, segment: Segment, query: Query, first_row: int, limit: int) -> Found:
        """Returns the `limit` rows of the highest scores above 0 from `first_row` on."""
        found = NOTHING
        for first, bounds in _bounds_by_block(segment.postings, segment.size, query, first_row):
            rows = np.flatnonzero(bounds > 0)
            look_best = rows[np.argsort(-bounds[rows], kind="stable")]
            for some in (look_best[:limit], look_best[limit:]):
                least = found.scores[-1] / UPWARD if found.rows.size == limit else 0.0
                wanted = some[bounds[some] >= least] + first
                scores = self.scores(segment, query, wanted)
                both = Found(np.concatenate((found.rows, wanted)), np.concatenate((found.scores, scores)))
                found = Found(*(part[:limit] for part in _in_order(Found(*(p[both.scores > 0] for p in both)))))
        return found

    def scores(self, segment: Segment, query: Query, rows: Array) -> Array:
        """Returns the score of each of the rows."""
        weights = np.zeros(segment.vocabulary.size)
        weights[query.numbers] = query.weights
        offsets, places = places_of(segment.rows.indptr, rows)
        shares = weights[segment.rows.numbers[places]] * segment.rows.levels[places]
        sums = np.bincount(np.repeat(np.arange(rows.size), np.diff(offsets)), weights=shares, minlength=rows.size)
        scores: Array = (sums * segment.rows.scales[rows]).astype(np.float32)
        return scores


def _bounds_by_block(postings: Postings, size: int, query: Query, first_row: int) -> Iterator[tuple[int, Array]]:
    """Yields each block's first row and what its rows' scores do not exceed, the newest block first."""
    offsets, places = places_of(postings.run_indptr, query.numbers)
    runs = postings.runs[places].astype(np.int64)
    weights = np.repeat(query.weights, np.diff(offsets)) * runs[:, 2] / SCALE_UNIT
    blocks, sizes = runs[:, 0] // BLOCK, runs[:, 0] % BLOCK + 1
    for block in range((size - 1) // BLOCK, first_row // BLOCK - 1, -1):
        here = blocks == block
        begins = postings.block_starts[block] + runs[here, 1]
        at = np.repeat(begins - np.cumsum(sizes[here]) + sizes[here], sizes[here]) + np.arange(sizes[here].sum())
        shares = np.repeat(weights[here], sizes[here]) * postings.levels[at]
        bounds = np.bincount(postings.rows[at], weights=shares, minlength=min(BLOCK, size - block * BLOCK))
        bounds[: max(0, first_row - block * BLOCK)] = 0
        yield block * BLOCK, bounds


def _in_order(found: Found) -> Found:
    order = np.lexsort((-found.rows, -found.scores))
    return Found(found.rows[order], found.scores[order])


@cache
def best_search() -> Search:
    """Returns the compiled search, or numpy's where numba is not installed."""
    try:
        from service.adapters.files.index import kernel
    except ImportError:
        return NumpySearch()
    return CompiledSearch(kernel)


def warm_up(segment: Segment) -> None:
    """Compiles the kernel, or reads it from numba's cache, before the first request needs it."""
    nothing = Query(np.empty(0, np.int64), np.empty(0, np.float64))
    best_search().nearest(segment, nothing, 0, 1)
    best_search().scores(segment, nothing, np.empty(0, np.int64))
