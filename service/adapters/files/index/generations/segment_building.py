"""Builds a segment of rows from several sources, block by block, in memory bounded by one block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.files.arrays.columns import Columns, in_files, in_memory, map_array
from service.adapters.files.index.search.neighbours import Merged, find_neighbours
from service.adapters.files.index.segment.compact import (
    BLOCK,
    CompactRows,
    bands_of,
    block_postings,
    common_norms,
    compact_rows,
    entries_of,
    take_rows,
)
from service.adapters.files.index.segment.segment import (
    FLAT,
    RAGGED,
    UNLISTED,
    Batch,
    RowBlock,
    Segment,
    TermRows,
    concatenate,
    empty_batch,
    segment_of,
    take,
)


class Source(Protocol):
    """Rows that go into a segment."""

    published_at: Array
    id_hash: Array

    def terms(self) -> tuple[Array, Array]:
        """Returns the ids of its terms, sorted, and about how many of its rows have each."""

    def rows(self, wanted: Array, vocabulary: Array) -> tuple[RowBlock, CompactRows]:
        """Returns some of its rows, the terms by their numbers in a vocabulary that holds all of them."""


class FreshRows:
    """Articles that are in no segment yet."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.published_at = batch.block.published_at
        self.id_hash = batch.block.id_hash

    def terms(self) -> tuple[Array, Array]:
        """Returns the ids of its terms, sorted, and how many of its rows have each."""
        hashes = self._batch.terms.hashes
        pieces = [np.unique(hashes[at : at + PIECE], return_counts=True) for at in range(0, hashes.size, PIECE)]
        return _counted(pieces)

    def rows(self, wanted: Array, vocabulary: Array) -> tuple[RowBlock, CompactRows]:
        """Returns some of its rows, the terms by their numbers in a vocabulary that holds all of them."""
        terms = self._batch.terms
        offsets, (hashes, weights) = entries_of(terms.indptr, wanted, (terms.hashes, terms.weights))
        return take(self._batch.block, wanted), compact_rows(offsets, np.searchsorted(vocabulary, hashes), weights)


class KeptRows:
    """Rows of an older segment that still stand."""

    def __init__(self, segment: Segment, kept: Array) -> None:
        """`kept` are their numbers in it, rising."""
        self._segment = segment
        self._kept = kept
        self._numbers = np.empty(0, np.uint32)
        self.published_at = segment.block.published_at[kept]
        self.id_hash = segment.block.id_hash[kept]

    def terms(self) -> tuple[Array, Array]:
        """Returns the ids of the segment's terms, sorted, and how many of its rows have each.

        Those which only rows have that no longer stand are left out the next time.
        """
        postings = self._segment.postings
        per_run = np.repeat(np.arange(self._segment.vocabulary.size), np.diff(postings.run_indptr))
        sizes = (postings.runs[:, 0] & np.uint32(BLOCK - 1)) + 1
        counts = np.bincount(per_run, weights=sizes, minlength=self._segment.vocabulary.size)
        return self._segment.vocabulary[counts > 0], counts[counts > 0].astype(np.int64)

    def rows(self, wanted: Array, vocabulary: Array) -> tuple[RowBlock, CompactRows]:
        """Returns some of its rows, the terms by their numbers in a vocabulary that holds all of them."""
        if not self._numbers.size:
            self._numbers = np.searchsorted(vocabulary, self._segment.vocabulary).astype(np.uint32)
        rows = take_rows(self._segment.rows, self._kept[wanted])
        return take(self._segment.block, self._kept[wanted]), rows._replace(numbers=self._numbers[rows.numbers])

    def merged(self, into: Segment) -> Merged:
        """Returns where its rows stand in the segment that was built of them and others."""
        places = np.full(self._segment.size, -1, np.int64)
        at = np.searchsorted(into.id_sorted, self.id_hash)
        places[self._kept] = into.id_rows[at]
        return Merged(self._segment, places)


PIECE = 8_000_000
"""Terms that are sorted at once: 64 MB, and as much again."""


def _counted(pieces: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Returns the terms of all pieces, sorted, each once, and the sums of their counts."""
    if not pieces:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    hashes, numbers = np.unique(np.concatenate([piece[0] for piece in pieces]), return_inverse=True)
    return hashes, np.bincount(numbers, weights=np.concatenate([piece[1] for piece in pieces])).astype(np.int64)


def build_segment(batches: Sequence[Batch]) -> Segment:
    """Returns one segment of all batches' rows in memory, without lists of neighbours."""
    return _build([FreshRows(batch) for batch in batches or [empty_batch()]], in_memory())


def write_segment(sources: Sequence[Source], folder: Path) -> Segment:
    """Writes one segment of all sources' rows as `.npy` files into the folder; returns it, memory-mapped."""
    return _build(sources, in_files(folder))


def write_neighbours(segment: Segment, sources: Sequence[Source], folder: Path) -> Segment:
    """Writes the lists of neighbours of a segment made of these sources into its folder; returns it with them."""
    merged = next((source.merged(segment) for source in sources if isinstance(source, KeptRows)), None)
    lists = in_files(folder)
    for name, array in find_neighbours(segment, merged)._asdict().items():
        lists.append(f"neighbours.{name}", array)
    lists.finish()
    return open_segment(folder)


def open_segment(folder: Path) -> Segment:
    """Returns the segment in the folder, memory-mapped: nothing is read until it is used.

    Raises OSError, KeyError or ValueError where a file is missing or cut.
    """
    return segment_of({path.stem: map_array(path) for path in folder.glob("*.npy")})


def spool(batches: Iterable[Batch], folder: Path) -> Batch:
    """Writes the batches as they come into files in the folder; returns all rows as one batch, memory-mapped."""
    columns = in_files(folder)
    _append_batch(columns, empty_batch())
    for batch in batches:
        _append_batch(columns, batch)
    arrays = columns.finish()
    block = RowBlock(**{name: arrays[name] for name in arrays if not name.startswith("terms.")})
    return Batch(block, TermRows(*(arrays[f"terms.{name}"] for name in TermRows._fields)))


def _append_batch(columns: Columns, batch: Batch) -> None:
    _append_block(columns, batch.block, "")
    columns.append_offsets("terms.indptr", batch.terms.indptr)
    columns.append("terms.hashes", batch.terms.hashes)
    columns.append("terms.weights", batch.terms.weights)


def _append_block(columns: Columns, block: RowBlock, prefix: str) -> None:
    for name in FLAT:
        columns.append(prefix + name, getattr(block, name))
    for offsets_name, cut_names in RAGGED.items():
        columns.append_offsets(prefix + offsets_name, getattr(block, offsets_name))
        for name in cut_names:
            columns.append(prefix + name, getattr(block, name))


def _build(sources: Sequence[Source], columns: Columns) -> Segment:
    vocabulary, counts = _counted([source.terms() for source in sources])
    published = np.concatenate([source.published_at for source in sources])
    id_hash = np.concatenate([source.id_hash for source in sources])
    order = np.lexsort((id_hash, published))
    bands = bands_of(counts, order.size)
    columns.append("vocabulary", vocabulary)
    columns.append("postings.bands", bands)
    ends = np.cumsum([source.published_at.size for source in sources])
    runs: list[tuple[Array, Array]] = []
    urls, starts = [], [0]
    for number, first in enumerate(range(0, max(order.size, 1), BLOCK)):
        block, rows = _rows_at(sources, ends, order[first : first + BLOCK], vocabulary)
        _append_block(columns, block, "block.")
        terms, block_runs, count = _append_terms(columns, rows, bands)
        block_runs[:, 0] += np.uint32(number * BLOCK)
        runs.append((terms, block_runs))
        starts.append(starts[-1] + count)
        urls.append(block.url_hash)
    _append_runs(columns, runs, vocabulary.size)
    columns.append("postings.block_starts", np.array(starts[:-1], np.int64))
    _append_sorted(columns, "id", id_hash[order])
    _append_sorted(columns, "url", np.concatenate(urls))
    for name, array in UNLISTED._asdict().items():
        columns.append(f"neighbours.{name}", array)
    return segment_of(columns.finish())


def _rows_at(sources: Sequence[Source], ends: Array, places: Array, vocabulary: Array) -> tuple[RowBlock, CompactRows]:
    """Returns the rows at these places of all sources' rows one after the other, in the order given."""
    blocks, rows, order = [], [], []
    for source, end in zip(sources, ends, strict=True):
        begin = end - source.published_at.size
        wanted = np.flatnonzero((places >= begin) & (places < end))
        if wanted.size or not places.size:
            block, terms = source.rows(places[wanted] - begin, vocabulary)
            blocks.append(block)
            rows.append(terms)
            order.append(wanted)
    if len(blocks) == 1:
        return blocks[0], rows[0]
    back = np.argsort(np.concatenate(order))
    return take(concatenate(blocks), back), take_rows(joined_rows(rows), back)


def joined_rows(parts: Sequence[CompactRows]) -> CompactRows:
    """Returns the rows of all parts, one after the other."""
    lengths = np.concatenate([np.diff(part.indptr) for part in parts])
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return CompactRows(indptr, *(np.concatenate(arrays) for arrays in zip(*(part[1:] for part in parts), strict=True)))


def _append_terms(columns: Columns, rows: CompactRows, bands: Array) -> tuple[Array, Array, int]:
    """Adds one block's rows and postings; returns its terms, its runs, and how many postings it has."""
    columns.append_offsets("rows.indptr", rows.indptr)
    columns.append("rows.numbers", rows.numbers)
    columns.append("rows.levels", rows.levels)
    columns.append("rows.scales", rows.scales)
    columns.append("postings.common_norms", common_norms(rows, bands))
    postings = block_postings(rows, bands.size)
    columns.append("postings.rows", postings.rows)
    columns.append("postings.levels", postings.levels)
    return postings.terms, postings.runs, postings.rows.size


def _append_runs(columns: Columns, runs: Sequence[tuple[Array, Array]], width: int) -> None:
    terms = np.concatenate([block_terms for block_terms, _ in runs])
    order = np.argsort(terms, kind="stable")
    columns.append("postings.runs", np.concatenate([block_runs for _, block_runs in runs])[order])
    counts = np.bincount(terms, minlength=width)
    columns.append("postings.run_indptr", np.concatenate(([0], np.cumsum(counts))).astype(np.int64))


def _append_sorted(columns: Columns, name: str, hashes: Array) -> None:
    order = np.argsort(hashes, kind="stable")
    columns.append(f"{name}_sorted", hashes[order])
    columns.append(f"{name}_rows", order.astype(np.int32))
