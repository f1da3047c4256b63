"""Finds the rows nearest to a query in a segment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.segment.compact import weights_of_row
from service.adapters.files.index.segment.segment import Segment


class Query(NamedTuple):
    """Terms by their numbers in a segment's vocabulary, each once, and their weights, none negative."""

    numbers: Array
    weights: Array


class Found(NamedTuple):
    """Rows with their scores, best first; of equal scores the newer row first."""

    rows: Array
    scores: Array


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


def nearest_rows(segment: Segment, query: Query, first_row: int, limit: int) -> Found:
    """Returns the `limit` rows of the highest scores above 0 from `first_row` on."""
    # numba takes a quarter of a second to import.
    from service.adapters.files.index.search.exact_rows import Best
    from service.adapters.files.index.search.kernel import search

    order = np.argsort(segment.postings.bands[query.numbers], kind="stable")
    best = Best(np.empty(limit, np.float32), np.empty(limit, np.int64))
    terms, weights = query.numbers[order], query.weights[order]
    count = search(segment.rows, segment.postings, terms, weights, first_row, best)
    rows, scores = best.rows[:count], best.scores[:count]
    in_order = np.lexsort((-rows, -scores))
    return Found(rows[in_order], scores[in_order])


def scores_of(segment: Segment, query: Query, rows: Array) -> Array:
    """Returns the score of each of the rows."""
    from service.adapters.files.index.search.kernel import score_rows

    scores = np.empty(rows.size, np.float32)
    score_rows(segment.rows, *query, rows, scores)
    return scores


def warm_up(segment: Segment) -> None:
    """Compiles the kernel, or reads it from numba's cache, before the first request needs it."""
    nothing = Query(np.empty(0, np.int64), np.empty(0, np.float64))
    nearest_rows(segment, nothing, 0, 1)
    scores_of(segment, nothing, np.empty(0, np.int64))
