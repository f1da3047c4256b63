"""A segment of the article index: columns and an inverted index in plain arrays, in memory or memory-mapped.

Rows stand in order of publication, so a time window is a range of rows and of each run of postings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from models.relevance.meaning import TOPICS
from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.segment.compact import CompactRows, Postings, entries_of

SIGNATURE_SIZE = 128
FOREVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, eq=False)
class RowBlock:
    """Articles as columns, all but the terms of their texts.

    Of n rows: `title_hashes[title_indptr[i]:title_indptr[i+1]]` are the terms of row i's headline (sorted) with
    `title_weights`, and `keyword_*` likewise its weightiest terms, whose words stand in `words`, one a line; `tag_*`
    are its tags; `words`, `teasers` and `leads` are bytes cut by their offsets (n + 1 each). `signatures` and `places`
    have a line a row: see models.text.signatures and models.relevance.meaning. `risk` is that of service.domain.ads.
    """

    published_at: Array
    visible_from: Array
    expires_at: Array
    id_hash: Array
    url_hash: Array
    section_hash: Array
    text_digest: Array
    comment_count: Array
    language: Array
    evergreen: Array
    risk: Array
    signatures: Array
    places: Array
    tag_indptr: Array
    tag_hashes: Array
    title_indptr: Array
    title_hashes: Array
    title_weights: Array
    keyword_indptr: Array
    keyword_hashes: Array
    keyword_weights: Array
    word_offsets: Array
    words: Array
    teaser_offsets: Array
    teasers: Array
    lead_offsets: Array
    leads: Array

    @property
    def size(self) -> int:
        """How many rows there are."""
        return int(self.published_at.size)


# Columns with one entry a row, and ragged ones: offsets with the arrays that they cut.
FLAT = (
    "published_at",
    "visible_from",
    "expires_at",
    "id_hash",
    "url_hash",
    "section_hash",
    "text_digest",
    "comment_count",
    "language",
    "evergreen",
    "risk",
    "signatures",
    "places",
)
RAGGED = {
    "tag_indptr": ("tag_hashes",),
    "title_indptr": ("title_hashes", "title_weights"),
    "keyword_indptr": ("keyword_hashes", "keyword_weights"),
    "word_offsets": ("words",),
    "teaser_offsets": ("teasers",),
    "lead_offsets": ("leads",),
}


class TermRows(NamedTuple):
    """The terms of articles' texts: row i's are `hashes[indptr[i]:indptr[i + 1]]`, sorted, with 32-bit weights."""

    indptr: Array
    hashes: Array
    weights: Array


class Batch(NamedTuple):
    """Articles on their way into a segment, in any order."""

    block: RowBlock
    terms: TermRows


class Neighbours(NamedTuple):
    """The nearest rows of each of the newest rows, best first, -1 where there are no more, with their scores.

    `whole` tells of which rows these are all that have a score above 0.
    """

    rows: Array
    scores: Array
    whole: Array


UNLISTED = Neighbours(np.empty((0, 0), np.int32), np.empty((0, 0), np.float32), np.empty(0, bool))


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A row block with its terms and its inverted index.

    `vocabulary` holds every term id, sorted; `rows` and `postings` name terms by their number in it. `id_sorted` and
    `url_sorted` are hashes in order, with the row of each in `id_rows` and `url_rows`.
    """

    block: RowBlock
    rows: CompactRows
    postings: Postings
    vocabulary: Array
    id_sorted: Array
    id_rows: Array
    url_sorted: Array
    url_rows: Array
    neighbours: Neighbours = UNLISTED

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.block.size

    def row_of_id(self, id_hash: int) -> int | None:
        """Returns the row whose article id has this hash, or None."""
        return _find(self.id_sorted, self.id_rows, id_hash)

    def row_of_url(self, url_hash: int) -> int | None:
        """Returns the row whose address has this hash, or None."""
        return _find(self.url_sorted, self.url_rows, url_hash)

    def first_row_since(self, since: int) -> int:
        """Returns the first row published at or after `since`, in seconds since 1970."""
        return int(np.searchsorted(self.block.published_at, since))


def _find(hashes: Array, rows: Array, wanted: int) -> int | None:
    at = int(np.searchsorted(hashes, np.uint64(wanted)))
    return int(rows[at]) if at < hashes.size and int(hashes[at]) == wanted else None


def take(block: RowBlock, rows: Array) -> RowBlock:
    """Returns the given rows of a block, in the order given."""
    columns: dict[str, Array] = {name: getattr(block, name)[rows] for name in FLAT}
    for offsets_name, cut_names in RAGGED.items():
        offsets = getattr(block, offsets_name)
        columns[offsets_name], cut = entries_of(offsets, rows, [getattr(block, name) for name in cut_names])
        columns.update(zip(cut_names, cut, strict=True))
    return RowBlock(**columns)


def concatenate(blocks: list[RowBlock]) -> RowBlock:
    """Returns the rows of all blocks, one after the other."""
    columns: dict[str, Array] = {name: np.concatenate([getattr(b, name) for b in blocks]) for name in FLAT}
    for offsets_name, cut_names in RAGGED.items():
        lengths = np.concatenate([np.diff(getattr(b, offsets_name)) for b in blocks])
        columns[offsets_name] = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        columns.update({name: np.concatenate([getattr(b, name) for b in blocks]) for name in cut_names})
    return RowBlock(**columns)


PARTS = {"rows": CompactRows, "postings": Postings, "neighbours": Neighbours}


def arrays_of(segment: Segment) -> dict[str, Array]:
    """Returns every array of the segment by name, those of its parts under `block.`, `rows.` and so on."""
    arrays = {f.name: getattr(segment, f.name) for f in fields(Segment) if f.name not in ("block", *PARTS)}
    arrays |= {f"block.{f.name}": getattr(segment.block, f.name) for f in fields(RowBlock)}
    for part in PARTS:
        arrays |= {f"{part}.{name}": array for name, array in getattr(segment, part)._asdict().items()}
    return arrays


def segment_of(arrays: Mapping[str, Array]) -> Segment:
    """Returns the segment of these arrays, named as arrays_of names them. Raises KeyError where one is missing."""
    own = {f.name: arrays[f.name] for f in fields(Segment) if f.name not in ("block", *PARTS)}
    return Segment(
        block=RowBlock(**{f.name: arrays[f"block.{f.name}"] for f in fields(RowBlock)}),
        rows=CompactRows(*(arrays[f"rows.{name}"] for name in CompactRows._fields)),
        postings=Postings(*(arrays[f"postings.{name}"] for name in Postings._fields)),
        neighbours=Neighbours(*(arrays[f"neighbours.{name}"] for name in Neighbours._fields)),
        **own,
    )


def empty_batch() -> Batch:
    """Returns a batch of no articles."""
    return Batch(empty_block(), TermRows(np.zeros(1, np.int64), np.empty(0, np.uint64), np.empty(0, np.float32)))


def empty_block() -> RowBlock:
    """Returns a block of no rows."""
    types: dict[str, Any] = {
        "id_hash": np.uint64,
        "url_hash": np.uint64,
        "section_hash": np.uint64,
        "text_digest": np.uint64,
        "comment_count": np.int32,
        "language": np.uint16,
        "evergreen": np.bool_,
        "risk": np.uint64,
        "tag_hashes": np.uint64,
        "title_hashes": np.uint64,
        "title_weights": np.float32,
        "keyword_hashes": np.uint64,
        "keyword_weights": np.float32,
        "words": np.uint8,
        "teasers": np.uint8,
        "leads": np.uint8,
    }
    columns: dict[str, Array] = {f.name: np.empty(0, types.get(f.name, np.int64)) for f in fields(RowBlock)}
    columns["signatures"] = np.empty((0, SIGNATURE_SIZE), np.uint8)
    columns["places"] = np.empty((0, TOPICS), np.int8)
    columns.update({name: np.zeros(1, np.int64) for name in RAGGED})
    return RowBlock(**columns)
