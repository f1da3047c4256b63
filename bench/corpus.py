"""A corpus of any size with the statistics of real news, as columns ready for the index.

Each article mixes the terms of two real ones (60 % of one, 20 % of the other, counts kept), and three rare terms that
stand for names: drawn from a pool that grows with the corpus to the power 0.6, so that the vocabulary grows as
Heaps' law has it in news. Without the sample data the real articles are drawn from a Zipf distribution.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.text import term_hashes, tokens
from service.adapters.files.segment import FLAT, RAGGED, RowBlock, Segment, build_segment, empty_block

Counts = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]


def real_articles(limit: int = 4_000) -> list[Counts]:
    """Returns term ids and counts of real articles from STANDFIRST_SAMPLE_DATA, or of drawn ones without it."""
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    path = Path(folder, "newsarticles", "NewsArticles.csv.gz") if folder else None
    if path is None or not path.exists():
        return _drawn(limit)
    csv.field_size_limit(10**9)
    with gzip.open(path) as raw:
        rows = csv.DictReader(io.TextIOWrapper(raw, "utf-8", errors="replace"))
        texts = [f"{row['title']} {row['text']}" for row in rows if row["text"]]
    return [_counted(term_hashes(tokens(text))) for text in texts[:limit]]


def _counted(ids: npt.NDArray[np.uint64]) -> Counts:
    unique, counts = np.unique(ids, return_counts=True)
    return unique, counts


def _drawn(limit: int) -> list[Counts]:
    chosen = np.random.default_rng(7)
    return [_counted(chosen.zipf(1.3, 400).astype(np.uint64) % 60_000) for _ in range(limit)]


def segment_of(size: int, seed: int = 1) -> Segment:
    """Returns an index segment of so many articles, weighed by TF-IDF with sublinear term frequency."""
    chosen = np.random.default_rng(seed)
    real = real_articles()
    ids, counts, lengths = [], [], []
    rare_terms = int(50 * size**0.6)
    for _ in range(size):
        terms, tf = _mixed(real, chosen, rare_terms)
        ids.append(terms)
        counts.append(tf)
        lengths.append(terms.size)
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return build_segment([_block(np.concatenate(ids), np.concatenate(counts), indptr)])


def _mixed(real: list[Counts], chosen: np.random.Generator, rare_terms: int) -> Counts:
    (one, one_tf), (other, other_tf) = (real[at] for at in chosen.integers(0, len(real), 2))
    kept, lent = chosen.random(one.size) < 0.6, chosen.random(other.size) < 0.2
    rare = np.uint64(2**63) + chosen.integers(0, rare_terms, 3).astype(np.uint64)
    terms = np.concatenate((one[kept], other[lent], rare))
    unique, first = np.unique(terms, return_index=True)
    return unique, np.concatenate((one_tf[kept], other_tf[lent], [1, 1, 1]))[first]


def _block(ids: npt.NDArray[np.uint64], counts: npt.NDArray[np.int64], indptr: npt.NDArray[np.int64]) -> RowBlock:
    size = indptr.size - 1
    vocabulary, columns = np.unique(ids, return_inverse=True)
    df = np.bincount(columns, minlength=vocabulary.size)
    weights = (1 + np.log(counts)) * (np.log((1 + size) / (1 + df)) + 1)[columns]
    norms = np.sqrt(np.add.reduceat(weights**2, indptr[:-1]))
    weights = weights / np.repeat(norms, np.diff(indptr))
    empty = empty_block()
    columns_of = {name: np.zeros((size, *getattr(empty, name).shape[1:]), getattr(empty, name).dtype) for name in FLAT}
    columns_of["published_at"] = np.arange(size, dtype=np.int64)
    columns_of["id_hash"] = np.arange(size, dtype=np.uint64)
    for offsets, cut in RAGGED.items():
        columns_of[offsets] = np.zeros(size + 1, np.int64)
        columns_of.update({name: getattr(empty, name) for name in cut})
    columns_of |= {"indptr": indptr, "term_hashes": ids, "weights": weights.astype(np.float32)}
    return RowBlock(**columns_of)
