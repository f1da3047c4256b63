"""Scores rows exactly and keeps the best of them, written for numba."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from service.adapters.files.index.segment.compact import CompactRows
from service.domain.compiled import compiled

Array = npt.NDArray[Any]

FREE = np.uint32(0xFFFFFFFF)
ONE = np.uint64(1)


class Best(NamedTuple):
    """The best rows so far as a heap, the worst of them first."""

    scores: Array
    rows: Array


@compiled
def fill_table(terms: Array, weights: Array, keys: Array, values: Array) -> None:
    """Puts the query's terms into a table of open addresses, of a power of two."""
    mask = np.uint64(keys.size - 1)
    keys[:] = FREE
    for position in range(terms.size):
        slot = np.uint64(terms[position]) & mask
        while keys[slot] != FREE:
            slot = (slot + ONE) & mask
        keys[slot] = np.uint32(terms[position])
        values[slot] = weights[position]


@compiled
def table_of(terms: Array, weights: Array) -> tuple[Array, Array]:
    """Returns a table of the query's terms, one slot in sixteen of it taken at most."""
    size = 4096
    while size < 16 * terms.size:
        size *= 2
    keys, values = np.empty(size, np.uint32), np.empty(size, np.float64)
    fill_table(terms, weights, keys, values)
    return keys, values


@compiled
def score_row(rows: CompactRows, row: int, keys: Array, values: Array) -> float:
    """Returns the exact score of a row against the query in the table."""
    mask = np.uint64(keys.size - 1)
    total = 0.0
    # Unsigned places: numba looks no further for those that count from the end.
    for at in range(np.uint64(rows.indptr[row]), np.uint64(rows.indptr[row + 1])):
        number = rows.numbers[at]
        slot = np.uint64(number) & mask
        key = keys[slot]
        while key != FREE:
            if key == number:
                total += values[slot] * rows.levels[at]
                break
            slot = (slot + ONE) & mask
            key = keys[slot]
    return total * float(rows.scales[row])


@compiled
def goes_before(score: Any, row: int, other_score: Any, other_row: int) -> bool:
    """True where the first of two stands below the other: by score, of equals the older row."""
    return score < other_score or (score == other_score and row < other_row)


@compiled
def keep(best: Best, count: int, score: Any, row: int) -> int:
    """Keeps a row if it is among the best, in a heap with the worst of them first; returns how many there are."""
    scores, rows = best.scores, best.rows
    if count < scores.size:
        at = count
        count += 1
        while at > 0:
            parent = (at - 1) // 2
            if not goes_before(score, row, scores[parent], rows[parent]):
                break
            scores[at], rows[at] = scores[parent], rows[parent]
            at = parent
    elif goes_before(score, row, scores[0], rows[0]):
        return count
    else:
        at = 0
        while 2 * at + 1 < count:
            child = 2 * at + 1
            right = child + 1
            if right < count and goes_before(scores[right], rows[right], scores[child], rows[child]):
                child = right
            if not goes_before(scores[child], rows[child], score, row):
                break
            scores[at], rows[at] = scores[child], rows[child]
            at = child
    scores[at], rows[at] = score, row
    return count
