"""Finds the rows nearest to a query in a segment: a numba kernel, or scipy where numba is missing; same result."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from service.adapters.files.segment import Segment

Array = npt.NDArray[Any]
Found = tuple[Array, Array, Array]
Search = Callable[[Segment, Array, Array, int, int, int], Found]


def known_terms(segment: Segment, terms: Array, weights: Array) -> tuple[Array, Array]:
    """Returns the query's terms that the segment has, as posting numbers, with their weights."""
    if not segment.vocabulary.size:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    at = np.minimum(np.searchsorted(segment.vocabulary, terms), segment.vocabulary.size - 1)
    known = segment.vocabulary[at] == terms
    return at[known].astype(np.int64), weights[known].astype(np.float32)


def search_scipy(segment: Segment, terms: Array, weights: Array, first_row: int, limit: int, tail: int) -> Found:
    """Returns rows and scores of the nearest, best first, and the scores of the last `tail` rows.

    A product of the query and the matrix of postings. `first_row` begins the window; rows of score 0 are left out.
    """
    from scipy import sparse

    size, width = segment.size, segment.vocabulary.size
    # A row a term: the transposed matrix of articles, in the form that a product reads fastest.
    matrix = sparse.csr_array((width, size), dtype=np.float32)
    # Set after it is made: given to it, they would all be read and checked at every search.
    matrix.data, matrix.indices, matrix.indptr = segment.posting_weights, segment.posting_rows, segment.posting_indptr
    query = sparse.csr_array((weights, terms, [0, terms.size]), shape=(1, width))
    scores = (query @ matrix).toarray().ravel().astype(np.float32)
    window = scores[first_row:]
    kept = np.argpartition(-window, limit)[:limit] if window.size > limit else np.arange(window.size)
    kept = kept[window[kept] > 0]
    order = np.lexsort((-kept, -window[kept]))
    rows = kept[order] + first_row
    return rows.astype(np.int64), scores[rows], scores[scores.size - tail :].copy()


def _accumulate(indptr: Array, posting_rows: Array, posting_weights: Array, terms: Array, weights: Array,
                first_row: int, scores: Array) -> None:  # fmt: skip
    """Adds each term's share to the scores of the window's rows; each posting list is entered at the window."""
    for position in range(terms.size):
        low, high = indptr[terms[position]], indptr[terms[position] + 1]
        end = high
        while low < high:  # the first posting at or after first_row
            middle = (low + high) // 2
            if posting_rows[middle] < first_row:
                low = middle + 1
            else:
                high = middle
        weight = weights[position]
        for at in range(low, end):
            scores[posting_rows[at]] += weight * posting_weights[at]


def _select(scores: Array, first_row: int, limit: int, heap_scores: Array, heap_rows: Array) -> int:
    """Keeps the `limit` best positive scores from `first_row` on in a min-heap; returns how many there are."""
    count = 0
    for row in range(first_row, scores.size):
        score = scores[row]
        if score <= 0:
            continue
        if count < limit:
            at = count
            count += 1
            while at > 0 and heap_scores[(at - 1) // 2] > score:
                heap_scores[at], heap_rows[at] = heap_scores[(at - 1) // 2], heap_rows[(at - 1) // 2]
                at = (at - 1) // 2
            heap_scores[at], heap_rows[at] = score, row
        elif score >= heap_scores[0]:
            at = 0
            while 2 * at + 1 < count:
                child = 2 * at + 1
                if child + 1 < count and heap_scores[child + 1] < heap_scores[child]:
                    child += 1
                if heap_scores[child] >= score:
                    break
                heap_scores[at], heap_rows[at] = heap_scores[child], heap_rows[child]
                at = child
            heap_scores[at], heap_rows[at] = score, row
    return count


@cache
def _compiled() -> tuple[Callable[..., None], Callable[..., int]]:
    from numba import njit

    try:
        return njit(nogil=True, cache=True)(_accumulate), njit(nogil=True, cache=True)(_select)
    except RuntimeError:  # no folder where numba could keep its cache: compile in each process
        return njit(nogil=True)(_accumulate), njit(nogil=True)(_select)


def search_numba(segment: Segment, terms: Array, weights: Array, first_row: int, limit: int, tail: int) -> Found:
    """Returns what search_scipy does, by walking only the window's postings of the query's terms."""
    accumulate, select = _compiled()
    scores = np.zeros(segment.size, np.float32)
    begin = min(first_row, segment.size - tail)
    accumulate(segment.posting_indptr, segment.posting_rows, segment.posting_weights, terms, weights, begin, scores)
    heap_scores, heap_rows = np.empty(limit, np.float32), np.empty(limit, np.int64)
    count = select(scores, first_row, limit, heap_scores, heap_rows)
    order = np.lexsort((-heap_rows[:count], -heap_scores[:count]))
    return heap_rows[:count][order], heap_scores[:count][order], scores[segment.size - tail :].copy()


@cache
def best_search() -> Search:
    """Returns the numba search, or scipy's where numba is not installed."""
    try:
        _compiled()
    except ImportError:
        return search_scipy
    return search_numba


def warm_up(segment: Segment) -> None:
    """Compiles the kernel, or reads it from numba's cache, before the first request needs it."""
    best_search()(segment, np.empty(0, np.int64), np.empty(0, np.float32), 0, 1, 0)
