"""A segment of the article index: columns and an inverted index in plain arrays, in memory or memory-mapped.

Rows stand in order of publication, so a time window is a range of rows and of each posting list.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.meaning import TOPICS

SIGNATURE_SIZE = 128
FOREVER = int(np.iinfo(np.int64).max)

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class RowBlock:
    """Articles as columns, before the inverted index is made.

    Of n rows: `term_hashes[indptr[i]:indptr[i+1]]` are row i's terms (sorted) with `weights`; `title_*` likewise its
    headline's and `keyword_*` those of its weightiest terms, whose words stand in `words`, one a line; `tag_*` are its
    tags; `words`, `teasers` and `leads` are bytes cut by their offsets (n + 1 each). `signatures` and `places` have a
    line a row: see models.signatures and models.meaning.
    """

    published_at: Array
    visible_from: Array
    expires_at: Array
    id_hash: Array
    url_hash: Array
    section_hash: Array
    text_digest: Array
    comment_count: Array
    evergreen: Array
    signatures: Array
    places: Array
    indptr: Array
    term_hashes: Array
    weights: Array
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
    "evergreen",
    "signatures",
    "places",
)
RAGGED = {
    "indptr": ("term_hashes", "weights"),
    "tag_indptr": ("tag_hashes",),
    "title_indptr": ("title_hashes", "title_weights"),
    "keyword_indptr": ("keyword_hashes", "keyword_weights"),
    "word_offsets": ("words",),
    "teaser_offsets": ("teasers",),
    "lead_offsets": ("leads",),
}


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A row block with its inverted index.

    `vocabulary` holds every term id of the block, sorted; term j's postings are `posting_rows` and `posting_weights`
    from `posting_indptr[j]` to `[j + 1]`, rows ascending. `id_sorted` and `url_sorted` are hashes in order, with the
    row of each in `id_rows` and `url_rows`.
    """

    block: RowBlock
    vocabulary: Array
    posting_indptr: Array
    posting_rows: Array
    posting_weights: Array
    id_sorted: Array
    id_rows: Array
    url_sorted: Array
    url_rows: Array

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
        columns[offsets_name], positions = places_of(offsets, rows)
        columns.update({name: getattr(block, name)[positions] for name in cut_names})
    return RowBlock(**columns)


def places_of(offsets: Array, rows: Array) -> tuple[Array, Array]:
    """Returns the offsets of these rows alone, and where their entries stand in what `offsets` cuts."""
    lengths = offsets[rows + 1] - offsets[rows]
    own = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return own, np.repeat(offsets[rows] - own[:-1], lengths) + np.arange(own[-1])


def concatenate(blocks: list[RowBlock]) -> RowBlock:
    """Returns the rows of all blocks, one after the other."""
    columns: dict[str, Array] = {name: np.concatenate([getattr(b, name) for b in blocks]) for name in FLAT}
    for offsets_name, cut_names in RAGGED.items():
        lengths = np.concatenate([np.diff(getattr(b, offsets_name)) for b in blocks])
        columns[offsets_name] = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        columns.update({name: np.concatenate([getattr(b, name) for b in blocks]) for name in cut_names})
    return RowBlock(**columns)


def build_segment(blocks: list[RowBlock]) -> Segment:
    """Returns one segment of all blocks' rows, in order of publication, with its inverted index."""
    joined = concatenate(blocks)
    block = take(joined, np.lexsort((joined.id_hash, joined.published_at)))
    vocabulary, columns = np.unique(block.term_hashes, return_inverse=True)
    row_of_entry = np.repeat(np.arange(block.size, dtype=np.int32), np.diff(block.indptr))
    order = np.argsort(columns, kind="stable")
    counts = np.bincount(columns, minlength=vocabulary.size)
    id_rows, url_rows = np.argsort(block.id_hash), np.argsort(block.url_hash, kind="stable")
    segment = Segment(
        block=block,
        vocabulary=vocabulary,
        posting_indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        posting_rows=row_of_entry[order],
        posting_weights=block.weights[order],
        id_sorted=block.id_hash[id_rows],
        id_rows=id_rows.astype(np.int32),
        url_sorted=block.url_hash[url_rows],
        url_rows=url_rows.astype(np.int32),
    )
    for array in arrays_of(segment).values():
        array.setflags(write=False)
    return segment


def arrays_of(segment: Segment) -> dict[str, Array]:
    """Returns every array of the segment by name, those of its block under `block.`."""
    own = {f.name: getattr(segment, f.name) for f in fields(Segment) if f.name != "block"}
    return own | {f"block.{f.name}": getattr(segment.block, f.name) for f in fields(RowBlock)}


def save_segment(segment: Segment, folder: Path) -> None:
    """Writes one `.npy` file an array into the folder."""
    for name, array in arrays_of(segment).items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def open_segment(folder: Path) -> Segment:
    """Returns the segment in the folder, memory-mapped: nothing is read until it is used.

    Raises OSError or ValueError where a file is missing or cut.
    """
    own = {f.name: _map(folder / f"{f.name}.npy") for f in fields(Segment) if f.name != "block"}
    return Segment(block=RowBlock(**{f.name: _map(folder / f"block.{f.name}.npy") for f in fields(RowBlock)}), **own)


def _map(path: Path) -> Array:
    # A plain view: an ndarray indexes faster than its memmap subclass. An empty file cannot be mapped.
    mapped = np.load(path, mmap_mode="r" if path.stat().st_size > 4096 else None, allow_pickle=False)
    view = np.asarray(mapped).view(np.ndarray)
    view.setflags(write=False)
    return view


def empty_block() -> RowBlock:
    """Returns a block of no rows."""
    types: dict[str, Any] = {
        "id_hash": np.uint64,
        "url_hash": np.uint64,
        "section_hash": np.uint64,
        "text_digest": np.uint64,
        "comment_count": np.int32,
        "evergreen": np.bool_,
        "tag_hashes": np.uint64,
        "term_hashes": np.uint64,
        "weights": np.float32,
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
