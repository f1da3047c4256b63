"""Searches the base of an index, which never changes, and remembers what it found and read."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b
from threading import Lock

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.search.neighbours import listed, listed_from
from service.adapters.files.index.search.postings import Found, Query, nearest_rows, query_of, query_of_row
from service.adapters.files.index.segment.compact import weights_of_row
from service.adapters.files.index.segment.moments import moments_of_change
from service.adapters.files.index.segment.row_block import PreparedText, tellings_of
from service.adapters.files.index.segment.segment import RowBlock, Segment
from service.domain.index.article_index import Rows, TermVector

REMEMBERED = 2_048
"""Searches of the base kept by each worker: about 2 KB each, so 4 MB at most."""

REMEMBERED_TAGS = 64
"""Sets of tags whose rows of the base are kept by each worker, once a widget has asked for them."""

SPARE = 24
"""Rows found beyond those wanted, since some may be superseded."""


class BaseSearches:
    """Searches a base segment, which never changes, and remembers what it found; the longest unused goes first."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.tellings = tellings_of(segment.block)
        self.evergreen = np.flatnonzero(segment.block.evergreen)
        self.tagged = lru_cache(REMEMBERED_TAGS)(lambda tags: rows_with_tags(segment.block, tags))
        self.changes = moments_of_change(segment.block)
        self._kept: OrderedDict[bytes, Found] = OrderedDict()
        self._lock = Lock()

    def query(self, vector: TermVector) -> Query:
        """Returns the vector as a query; that of a row of its own needs no look-up."""
        if vector.row is not None and vector.row < self.segment.size:
            return query_of_row(self.segment, vector.row)
        return query_of(self.segment, vector.terms, vector.weights)

    def nearest(self, vector: TermVector, query: Query, first_row: int, limit: int, dead: Array) -> Found:
        """Returns the `limit` rows nearest to the vector that are not dead, from its list if that holds enough."""
        if vector.row is not None and vector.row < self.segment.size and first_row >= listed_from(self.segment):
            known = listed(self.segment, vector.row)
            if known is not None:
                (rows, scores), whole = known
                standing = np.flatnonzero(~dead[rows] & (rows >= first_row))
                if whole or standing.size >= limit:
                    return Found(rows[standing[:limit]], scores[standing[:limit]])
        wanted = limit + SPARE
        while True:
            found = self._remembered(vector, query, first_row, wanted)
            alive = np.flatnonzero(~dead[found.rows])
            if alive.size >= limit or found.rows.size < wanted:
                return Found(found.rows[alive[:limit]], found.scores[alive[:limit]])
            wanted *= 2

    def _remembered(self, vector: TermVector, query: Query, first_row: int, limit: int) -> Found:
        key = blake2b(
            vector.terms.tobytes() + vector.weights.tobytes() + b"%d %d" % (first_row, limit), digest_size=16
        ).digest()
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        found = nearest_rows(self.segment, query, first_row, limit)
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        return found


def prepared_of(segment: Segment, row: int) -> PreparedText:
    """Returns what the segment keeps of a row's text."""
    block = segment.block
    term, title, keyword = (
        slice(offsets[row], offsets[row + 1])
        for offsets in (segment.rows.indptr, block.title_indptr, block.keyword_indptr)
    )
    return PreparedText(
        signature=block.signatures[row],
        place=block.places[row],
        terms=segment.vocabulary[segment.rows.numbers[term]],
        weights=weights_of_row(segment.rows, row),
        title_terms=block.title_hashes[title],
        title_weights=block.title_weights[title],
        keyword_terms=block.keyword_hashes[keyword],
        keyword_weights=block.keyword_weights[keyword],
        words=bytes_of(block.words, block.word_offsets, row),
    )


def rows_with_tags(block: RowBlock, tags: frozenset[int]) -> Rows:
    """Returns the rows of the block that carry any of these tags (by hash), in order."""
    entries = np.flatnonzero(np.isin(block.tag_hashes, np.fromiter(tags, np.uint64)))
    return np.unique(np.searchsorted(block.tag_indptr, entries, side="right") - 1)


def bytes_of(blob: Array, offsets: Array, row: int) -> bytes:
    """Returns a row's piece of a blob that offsets cut."""
    return bytes(blob[offsets[row] : offsets[row + 1]].data)
