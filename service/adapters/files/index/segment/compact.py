"""How an index keeps its weights small: rows of 16-bit levels, and posting blocks of 16-bit rows and 8-bit levels.

The weights of a row are exact in the sense of this index: 16-bit levels of the row's largest weight, which were 4e-6
off at most in cosines of news. Those of a posting are bounds: 8-bit levels of the run's largest weight, never below the
row's own. So a sum over postings is never below a row's score, and a search that drops rows by it drops none of the
nearest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

BLOCK = 65_536
"""Rows of a posting block: as many as 16 bits tell apart; the scores of one block stay in a core's second cache."""

BANDS = 5
"""Bands of terms by how common they are, from rare to common: up to 1 in 64, 32, 16, 8 rows, and beyond."""

RAREST_PART = 64

ROW_LEVELS = 65_535
RUN_LEVELS = 255
NORM_LEVELS = 250
"""Levels of a length of 1: a row may be longer by 2 %."""

PIECE = 500_000
"""Entries worked on at once while an index is built: few megabytes, which the caches hold and the heap gives again.

Larger arrays come zeroed from the system each time, and what a merge moves, searches beside it wait for.
"""

SCALE_UNIT = 2.0**38
"""Of a run's scale: what a level counts, at most 1 / 255."""

UPWARD = 1.0 + 1e-6
"""Outweighs the rounding of 32-bit numbers wherever a bound must not fall below what it bounds."""


class CompactRows(NamedTuple):
    """Rows of terms: row i's term numbers are `numbers[indptr[i]:indptr[i + 1]]`, rising.

    The weight of an entry is its level times its row's scale.
    """

    indptr: Array
    numbers: Array
    levels: Array
    scales: Array


class Postings(NamedTuple):
    """Which rows have a term: one run of postings a term and block of rows, in order of terms, then of blocks.

    Term t's runs are those from `run_indptr[t]` to `[t + 1]`. Each is three numbers, side by side because a search
    reads all of a term's at once: its block times 65,536 plus its size less 1; where it begins after
    `block_starts[block]`; and its scale in SCALE_UNIT-ths. It holds rows within the block, rising, and levels of the
    scale. `bands` is each term's band. `common_norms` bounds each row's length above each band but the last: block
    after block, in it band after band, and of each band the block's rows.
    """

    run_indptr: Array
    runs: Array
    block_starts: Array
    rows: Array
    levels: Array
    bands: Array
    common_norms: Array


class BlockPostings(NamedTuple):
    """The postings of one block of rows: its terms, rising, the runs without their block, and the postings."""

    terms: Array
    runs: Array
    rows: Array
    levels: Array


def compact_rows(indptr: Array, numbers: Array, weights: Array) -> CompactRows:
    """Returns the rows with 16-bit weights. Raises ValueError for a negative weight or a row longer than 1."""
    entry_rows = np.repeat(np.arange(indptr.size - 1), np.diff(indptr))
    largest = np.zeros(indptr.size - 1, np.float32)
    filled = np.flatnonzero(np.diff(indptr))
    largest[filled] = np.maximum.reduceat(weights, indptr[filled]) if filled.size else 0
    squares = np.bincount(entry_rows, weights=weights.astype(np.float64) ** 2, minlength=largest.size)
    if weights.size and (weights.min() < 0 or squares.max() > 1.02):
        raise ValueError("Weights of an index must not be negative, nor a row longer than 1: norm each row.")
    scales = (largest / ROW_LEVELS).astype(np.float32)
    per_entry = np.where(scales > 0, scales, 1)[entry_rows]
    levels = np.minimum(np.rint(weights / per_entry), ROW_LEVELS).astype(np.uint16)
    return CompactRows(indptr.astype(np.int64), numbers.astype(np.uint32), levels, scales)


def take_rows(rows: CompactRows, wanted: Array) -> CompactRows:
    """Returns the wanted rows, in the order given."""
    offsets, (numbers, levels) = entries_of(rows.indptr, wanted, (rows.numbers, rows.levels))
    return CompactRows(offsets, numbers, levels, rows.scales[wanted])


def entries_of(offsets: Array, rows: Array, arrays: Sequence[Array]) -> tuple[Array, list[Array]]:
    """Returns the offsets of these rows alone, and their entries in each of the arrays that `offsets` cuts.

    Rows that follow one another are taken as one span, a single span without a copy. Naming each entry by its place
    would move eight bytes for every byte of a text.
    """
    own = np.concatenate(([0], np.cumsum(offsets[rows + 1] - offsets[rows]))).astype(np.int64)
    if not rows.size:
        return own, [array[:0] for array in arrays]
    breaks = np.flatnonzero(np.diff(rows) != 1)
    begins, ends = offsets[rows[np.append(0, breaks + 1)]], offsets[rows[np.append(breaks, -1)] + 1]
    spans = [slice(begin, end) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
    if len(spans) == 1:
        return own, [array[spans[0]] for array in arrays]
    return own, [np.concatenate([array[span] for span in spans]) for array in arrays]


def places_of(offsets: Array, rows: Array) -> tuple[Array, Array]:
    """Returns the offsets of these rows alone, and where their entries stand in what `offsets` cuts."""
    lengths = offsets[rows + 1] - offsets[rows]
    own = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return own, np.repeat(offsets[rows] - own[:-1], lengths) + np.arange(own[-1])


def weights_of(rows: CompactRows, begin: int, end: int) -> Array:
    """Returns the weights of the rows from `begin` to `end`, as 32-bit floats."""
    span = slice(rows.indptr[begin], rows.indptr[end])
    scales = np.repeat(rows.scales[begin:end], np.diff(rows.indptr[begin : end + 1]))
    weights: Array = rows.levels[span] * scales
    return weights


def weights_of_row(rows: CompactRows, row: int) -> Array:
    """Returns the weights of one row, as 32-bit floats."""
    weights: Array = rows.levels[rows.indptr[row] : rows.indptr[row + 1]] * rows.scales[row]
    return weights


def bands_of(counts: Array, size: int) -> Array:
    """Returns the band of each term from the number of rows that have it, of `size` rows."""
    limits = size / RAREST_PART * 2.0 ** np.arange(BANDS - 1)
    return np.searchsorted(limits, counts).astype(np.uint8)


def block_postings(rows: CompactRows, width: int) -> BlockPostings:
    """Returns the postings of one block of at most BLOCK rows, over `width` terms."""
    if not rows.numbers.size:
        return BlockPostings(
            np.empty(0, np.uint32), np.empty((0, 3), np.uint32), np.empty(0, np.uint16), np.empty(0, np.uint8)
        )
    from scipy import sparse  # a quarter of a second to import: only where there is something to index

    shape = (rows.scales.size, width)
    weights = weights_of(rows, 0, shape[0])
    by_term = sparse.csr_array((weights, rows.numbers.view(np.int32), rows.indptr), shape=shape).tocsc()
    del weights
    sizes = np.diff(by_term.indptr)
    terms = np.flatnonzero(sizes)
    sizes = sizes[terms]
    starts = by_term.indptr[terms]
    largest = np.maximum.reduceat(by_term.data, starts)
    scales = np.maximum(np.ceil(largest.astype(np.float64) / RUN_LEVELS * UPWARD * SCALE_UNIT), 1)
    levels = np.empty(by_term.data.size, np.uint8)
    for begin, end in pieces_of(by_term.indptr[np.append(terms, width)]):
        span = slice(by_term.indptr[terms[begin]], by_term.indptr[terms[end - 1] + 1])
        levels[span] = np.ceil(by_term.data[span] / np.repeat(scales[begin:end] / SCALE_UNIT, sizes[begin:end]))
    runs = np.column_stack((sizes - 1, starts, scales)).astype(np.uint32)
    return BlockPostings(terms.astype(np.uint32), runs, by_term.indices.astype(np.uint16), levels)


def common_norms(rows: CompactRows, bands: Array) -> Array:
    """Returns, as levels, a bound of each row's length above each band but the last: band after band."""
    norms = np.empty((BANDS - 1, rows.scales.size), np.uint8)
    for begin, end in pieces_of(rows.indptr):
        squares = weights_of(rows, begin, end).astype(np.float64) ** 2
        numbers = rows.numbers[rows.indptr[begin] : rows.indptr[end]]
        cells = np.repeat(np.arange(end - begin) * BANDS, np.diff(rows.indptr[begin : end + 1])) + bands[numbers]
        by_band = np.bincount(cells, weights=squares, minlength=(end - begin) * BANDS).reshape(-1, BANDS)
        above = np.cumsum(by_band[:, :0:-1], axis=1)[:, ::-1]
        norms[:, begin:end] = np.ceil(np.sqrt(above) * (NORM_LEVELS * UPWARD)).T
    return norms.ravel()


def pieces_of(offsets: Array) -> Iterator[tuple[int, int]]:
    """Yields what to take at once, from where to where, of what the offsets cut: about PIECE entries."""
    begin, count = 0, offsets.size - 1
    while begin < count:
        end = max(begin + 1, int(np.searchsorted(offsets, offsets[begin] + PIECE, "right")) - 1)
        yield begin, end
        begin = end
