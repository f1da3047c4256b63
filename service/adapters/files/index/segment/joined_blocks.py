"""What is kept of the rows of two segments as if they were one: the rows of the base, then those of the delta."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.segment.compact import places_of
from service.adapters.files.index.segment.segment import RowBlock
from service.domain.index.article_index import Columns, KeyTerms, Rows, Tags

RECENT_STEP = 4

Arrays = TypeVar("Arrays", bound=tuple[Array, ...])


class _Split(NamedTuple):
    """Rows by the block that they are in: their places among those asked for, and their numbers within the block."""

    base_places: Array
    base: Rows
    delta_places: Array
    delta: Rows


class JoinedBlocks:
    """Reads rows of either block by their numbers in both."""

    def __init__(self, base: RowBlock, delta: RowBlock) -> None:
        self._base = base
        self._delta = delta
        self._first_delta = base.size

    def at(self, row: int) -> tuple[RowBlock, int]:
        """Returns the block that a row is in, and its number there."""
        return (self._base, row) if row < self._first_delta else (self._delta, row - self._first_delta)

    def columns(self, rows: Rows) -> Columns:
        """Returns what ranking knows of the rows."""
        in_delta = rows >= self._first_delta
        if not in_delta.any():
            return Columns(*(getattr(self._base, name)[rows] for name in Columns._fields))
        split = self._split(rows)

        def gather(name: str) -> Array:
            from_base, from_delta = getattr(self._base, name), getattr(self._delta, name)
            column = np.empty(rows.size, from_base.dtype)
            column[split.base_places], column[split.delta_places] = from_base[split.base], from_delta[split.delta]
            return column

        return Columns(*(gather(name) for name in Columns._fields))

    def topic_places(self, rows: Rows) -> Array:
        """Returns the rows' places among the model's topics, a row each."""
        if not self._delta.size:
            return self._base.places[rows]
        split = self._split(rows)
        places = np.empty((rows.size, self._base.places.shape[1]), np.int8)
        places[split.base_places] = self._base.places[split.base]
        places[split.delta_places] = self._delta.places[split.delta]
        return places

    def tags(self, rows: Rows) -> Tags:
        """Returns the tags of the rows, by their places among those asked for."""
        return Tags(*self._both(rows, _tags))

    def key_terms(self, rows: Rows) -> KeyTerms:
        """Returns the weightiest terms of the rows, by their places among those asked for."""
        bearer, term, weight = self._both(rows, _key_terms)
        lengths = np.sqrt(np.bincount(bearer, weight * weight, rows.size))
        return KeyTerms(bearer, term, weight / lengths[bearer])

    def newest(self, dead: Array, limit: int, now: int, sections: frozenset[int]) -> Rows:
        """Returns the newest rows visible at `now`, newest first; of these sections only, if any is named.

        `dead` tells of each row of the base whether it was replaced or is gone.
        """
        wanted = np.fromiter(sections, np.uint64)
        from_base = _newest(self._base, dead, limit, now, wanted)
        from_delta = _newest(self._delta, None, limit, now, wanted)
        published = np.concatenate((self._base.published_at[from_base], self._delta.published_at[from_delta]))
        rows = np.concatenate((from_base, from_delta + self._first_delta))
        return rows[np.argsort(-published, kind="stable")[:limit]]

    def _split(self, rows: Rows) -> _Split:
        in_delta = rows >= self._first_delta
        base_places, delta_places = np.flatnonzero(~in_delta), np.flatnonzero(in_delta)
        return _Split(base_places, rows[base_places], delta_places, rows[delta_places] - self._first_delta)

    def _both(self, rows: Rows, read: Callable[[RowBlock, Rows, Array], Arrays]) -> tuple[Array, ...]:
        """Returns what `read` gives of either block, that of the base first."""
        split = self._split(rows)
        parts = read(self._base, split.base, split.base_places), read(self._delta, split.delta, split.delta_places)
        return tuple(map(np.concatenate, zip(*parts, strict=True)))


def _key_terms(block: RowBlock, rows: Rows, places: Array) -> tuple[Array, Array, Array]:
    offsets, entries = places_of(block.keyword_indptr, rows)
    weights = block.keyword_weights[entries].astype(float)
    return np.repeat(places, np.diff(offsets)), block.keyword_hashes[entries], weights


def _tags(block: RowBlock, rows: Rows, places: Array) -> tuple[Array, Array]:
    offsets, entries = places_of(block.tag_indptr, rows)
    return np.repeat(places, np.diff(offsets)), block.tag_hashes[entries]


def _newest(block: RowBlock, dead: Array | None, limit: int, now: int, sections: Array) -> Rows:
    """Returns up to `limit` visible rows from the end, newest first; looks further back while too few are found."""
    span = limit * RECENT_STEP
    while True:
        begin = max(0, block.size - span)
        visible = (block.visible_from[begin:] <= now) & (now < block.expires_at[begin:])
        if dead is not None:
            visible &= ~dead[begin:]
        if sections.size:
            visible &= np.isin(block.section_hash[begin:], sections)
        found: Rows = np.flatnonzero(visible)[::-1][:limit] + begin
        if found.size == limit or begin == 0:
            return found
        span *= RECENT_STEP
