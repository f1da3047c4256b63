"""The exact search of an index, written for numba: block by block, rare terms first, rows dropped by proven bounds.

A score in a block is a whole number of UNIT-ths and never below the true one. After each band of terms, a row can
still gain at most the length of the query's remaining terms times the length of its own remaining part (Cauchy and
Schwarz), a bound that the index keeps with the row. Rows that cannot reach the score of the worst kept are dropped;
when few are left, or no band is, each is scored exactly from its own terms.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from service.adapters.files.index.search.exact_rows import Best, keep, score_row, table_of
from service.adapters.files.index.segment.compact import (
    BANDS,
    BLOCK,
    NORM_LEVELS,
    SCALE_UNIT,
    UPWARD,
    CompactRows,
    Postings,
)
from service.domain.compiled import borrowed, compiled

Array = npt.NDArray[Any]

UNIT = 1 << 22
"""Of a score of 1. Sums stay below 2^31 for scores up to 256 and millions of terms."""

POSTINGS_PER_ROW = 4096
"""Postings left to a block for each row that may be scored exactly in their place.

More than one row costs, 0.6 microseconds to 1.3 ns a posting: the next band drops most of the rows by itself. A query
at a million articles took 12.8, 5.2, 3.6, 3.1, 2.9 and 2.9 ms with 128, 512, 1,024, 2,048, 4,096 and 8,192.
"""

SEEDED_BLOCKS = 2
"""Blocks, of those searched first, in which rows that look best are scored early though enough rows are kept.

The newest block is seldom full: what it leaves is worth little in the next one. A query for the ten nearest of a
million added 585,000 of its 1.57 million postings there, and 124,000 with early scores.
"""

SEEDS = 20
"""Rows scored so: 10 to 32 measured alike for the ten nearest, and 200 cost more than they spared for 200."""

WORTH_SEEDS = 1 << 18
"""Postings that must be ahead. To find and score so many rows costs what 15,000 postings do."""

STEP = 256
"""Rows that are looked at one by one only if one of them may be of use."""

DONE = np.int32(-(1 << 30))
LOW_BITS = 0xFFFF


class Query(NamedTuple):
    """A query's terms in order of their bands with 64-bit weights; where each band ends; what is left beyond it.

    `rest[j]` bounds the length of the query's part in bands above j. `keys` and `values` are its terms as a table.
    """

    terms: Array
    weights: Array
    band_ends: Array
    rest: Array
    keys: Array
    values: Array


class Scratch(NamedTuple):
    """What a search writes on: each term's run, the postings of a block in bands above each, sums, rows found."""

    cursors: Array
    ahead: Array
    sums: Array
    found: Array
    seed_sums: Array
    seeds: Array


@compiled
def add_run(rows: Array, levels: Array, begin: int, end: int, low: int, factor: np.int32, sums: Array) -> None:
    """Adds one run's postings to the sums of their rows, from row `low` on."""
    last = end
    while low > 0 and begin < end:  # the first posting at or after `low`
        middle = (begin + end) // 2
        if rows[middle] < low:
            begin = middle + 1
        else:
            end = middle
    some, theirs = rows[begin:last], levels[begin:last]
    for at in range(some.size):
        sums[some[at]] += factor * np.int32(theirs[at])


@compiled
def reaching(sums: Array, norms: Array, factor: np.int32, least: np.int32, found: Array, most: int) -> int:
    """Notes the rows whose sum and norm together reach `least`; returns how many, or `most` + 1 if there are more."""
    count = 0
    for begin in range(0, sums.size, STEP):
        some, their_norms = sums[begin : begin + STEP], norms[begin : begin + STEP]
        largest = DONE
        for at in range(some.size):  # in 32 bits without a branch, which the compiler turns into vectors
            largest = np.maximum(largest, np.int32(some[at] + np.int32(factor * np.int32(their_norms[at]))))
        if largest < least:
            continue
        for at in range(some.size):
            if some[at] + factor * np.int32(their_norms[at]) >= least:
                if count == most:
                    return most + 1
                found[count] = begin + at
                count += 1
    return count


@compiled
def best_sums(sums: Array, seeds: Best) -> int:
    """Notes the rows with the best sums above 0, as many as fit; returns how many there are."""
    count = 0
    for begin in range(0, sums.size, STEP):
        some = sums[begin : begin + STEP]
        largest = np.int32(0)
        for at in range(some.size):
            largest = np.maximum(largest, some[at])
        if largest == 0 or (count == seeds.rows.size and largest <= seeds.scores[0]):
            continue
        for at in range(some.size):
            if some[at] > 0 and (count < seeds.rows.size or some[at] > seeds.scores[0]):
                count = keep(seeds, count, np.float64(some[at]), begin + at)
    return count


@compiled
def score_found(rows: CompactRows, query: Query, first: int, found: Array, sums: Array, best: Best, kept: int) -> int:
    """Scores the found rows of the block that begins at row `first` exactly and keeps the best; marks them as done."""
    for local in found:
        sums[local] = DONE
        score = np.float32(score_row(rows, first + local, query.keys, query.values))
        if score > 0:
            kept = keep(best, kept, score, first + local)
    return kept


@compiled
def enter_block(postings: Postings, query: Query, block: int, scratch: Scratch) -> None:
    """Moves the cursors down to the block and counts the postings that it has ahead of each band."""
    cursors, ahead = scratch.cursors, scratch.ahead
    for band in range(BANDS):
        ahead[band] = 0
    begin = 0
    for band in range(BANDS):
        size = 0
        for position in range(begin, query.band_ends[band]):
            run, first = cursors[position], postings.run_indptr[query.terms[position]]
            while run >= first and postings.runs[run, 0] >> 16 > block:
                run -= 1
            cursors[position] = run
            if run >= first and postings.runs[run, 0] >> 16 == block:
                size += (postings.runs[run, 0] & LOW_BITS) + 1
        begin = query.band_ends[band]
        for lower in range(band):
            ahead[lower] += size


@compiled
def add_band(postings: Postings, query: Query, band: int, block: int, low: int, scratch: Scratch) -> None:
    """Adds the block's postings of the query's terms in the band, from row `low` of the block on."""
    for position in range(query.band_ends[band - 1] if band else 0, query.band_ends[band]):
        run = scratch.cursors[position]
        if run < postings.run_indptr[query.terms[position]] or postings.runs[run, 0] >> 16 != block:
            continue
        factor = np.int32(np.ceil(query.weights[position] * postings.runs[run, 2] * (UNIT / SCALE_UNIT)))
        start = postings.block_starts[block] + postings.runs[run, 1]
        end = start + (postings.runs[run, 0] & LOW_BITS) + 1
        add_run(postings.rows, postings.levels, start, end, low, factor, scratch.sums)


@compiled
def seeds_wanted(limit: int, kept: int, band: int, ahead: int, blocks_before: int) -> int:
    """Returns how many of the rows with the best sums are to be scored before the others."""
    if kept < limit or not ahead:  # the better the kept, the fewer are left
        return limit
    early = band == 0 and blocks_before < SEEDED_BLOCKS and ahead >= WORTH_SEEDS
    return min(limit, SEEDS) if early else 0


@compiled
def search_block(rows: CompactRows, postings: Postings, query: Query, block: int, first_row: int, scratch: Scratch,
                 best: Best, kept: int) -> int:  # fmt: skip
    """Searches one block band by band; returns how many rows are kept."""
    first, limit = block * BLOCK, best.rows.size
    high = min(BLOCK, rows.scales.size - first)
    low = max(0, first_row - first)
    sums = scratch.sums[:high]
    sums[:low] = DONE
    sums[low:] = 0
    enter_block(postings, query, block, scratch)
    for band in range(BANDS):
        ahead = scratch.ahead[band]
        if ahead and query.band_ends[band] == (query.band_ends[band - 1] if band else 0):
            continue
        add_band(postings, query, band, block, low, scratch)
        wanted = seeds_wanted(limit, kept, band, ahead, (rows.scales.size - 1) // BLOCK - block)
        if wanted:
            count = best_sums(sums, Best(scratch.seed_sums[:wanted], scratch.seeds[:wanted]))
            kept = score_found(rows, query, first, scratch.seeds[:count], sums, best, kept)
        least = np.int32(np.float64(best.scores[0]) / UPWARD * UNIT) if kept == limit else np.int32(1)
        factor = np.int32(np.ceil(query.rest[band] * UNIT / NORM_LEVELS)) if ahead else np.int32(0)
        begin = first * (BANDS - 1) + min(band, BANDS - 2) * high
        norms = postings.common_norms[begin : begin + high]
        most = min(BLOCK, ahead // POSTINGS_PER_ROW) if ahead else BLOCK
        count = reaching(sums, norms, factor, max(least, np.int32(1)), scratch.found, most)
        if count <= most:
            return score_found(rows, query, first, scratch.found[:count], sums, best, kept)
    return kept


@compiled
def prepared(postings: Postings, terms: Array, weights: Array) -> Query:
    """Returns the query of these terms, which stand in order of their bands."""
    band_ends, rest = np.zeros(BANDS, np.int64), np.zeros(BANDS, np.float64)
    for position in range(terms.size):
        band = postings.bands[terms[position]]
        for at in range(band, BANDS):
            band_ends[at] += 1
        for at in range(band):
            rest[at] += weights[position] ** 2
    for at in range(BANDS):
        rest[at] = np.sqrt(rest[at]) * UPWARD
    keys, values = table_of(terms, weights)
    return Query(terms, weights, band_ends, rest, keys, values)


@compiled
def search(rows: CompactRows, postings: Postings, terms: Array, weights: Array, first_row: int, best: Best) -> int:
    """Fills the heap with the best rows from `first_row` on; returns how many there are.

    `terms` stand in order of their bands, `weights`, 64-bit, beside them.
    """
    query = prepared(postings, terms, weights)
    size, limit = rows.scales.size, best.rows.size
    scratch = Scratch(
        cursors=np.empty(terms.size, np.int64),
        ahead=np.empty(BANDS, np.int64),
        sums=np.empty(min(BLOCK, size), np.int32),
        found=np.empty(min(BLOCK, size), np.int64),
        seed_sums=np.empty(limit, np.float64),
        seeds=np.empty(limit, np.int64),
    )
    for position in range(terms.size):
        scratch.cursors[position] = postings.run_indptr[terms[position] + 1] - 1
    kept = 0
    for block in range((size - 1) // BLOCK, first_row // BLOCK - 1, -1):
        # In the loop, which keeps the query and what it writes on alive.
        kept = search_block(borrowed(rows), borrowed(postings), borrowed(query), block, first_row, borrowed(scratch),
                            borrowed(best), kept)  # fmt: skip
    return kept


@compiled
def score_rows(rows: CompactRows, terms: Array, weights: Array, wanted: Array, scores: Array) -> None:
    """Sets the exact score of each wanted row."""
    keys, values = table_of(terms, weights)
    for position in range(wanted.size):
        scores[position] = score_row(rows, wanted[position], keys, values)
