"""Makes index segments of rows of terms and weights for tests, without articles."""

from __future__ import annotations

import numpy as np

from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.segment.segment import FLAT, RAGGED, Batch, Segment, TermRows, empty_batch


def batch_of_terms(rows: list[dict[int, float]], first: int = 0) -> Batch:
    """A batch of rows of terms with weights, each brought to length 1; row i is published in second `first` + i."""
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    ordered = [(term, row[term] / np.sqrt(sum(w * w for w in row.values()))) for row in rows for term in sorted(row)]
    hashes = np.array([term for term, _ in ordered], np.uint64)
    return batch(indptr, hashes, np.array([weight for _, weight in ordered], np.float32), first)


def segment_of_rows(rows: list[dict[int, float]]) -> Segment:
    """A segment of such rows."""
    return build_segment([batch_of_terms(rows)])


def batch(indptr, hashes, weights, first: int = 0) -> Batch:
    """A batch of rows of these terms, published from second `first` on, their ids' hashes their seconds."""
    size = indptr.size - 1
    nothing = empty_batch().block
    columns = {name: getattr(nothing, name) for name in nothing.__slots__}
    columns |= {n: np.zeros((size, *columns[n].shape[1:]), columns[n].dtype) for n in FLAT}
    columns |= {name: np.zeros(size + 1, np.int64) for name in RAGGED}
    columns["published_at"] = np.arange(first, first + size)
    columns["id_hash"] = columns["url_hash"] = np.arange(first, first + size, dtype=np.uint64)
    return Batch(type(nothing)(**columns), TermRows(indptr, hashes, weights))
