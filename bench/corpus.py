"""A corpus of any size with the statistics of real news, as columns ready for the index.

Each article mixes the terms of two real ones (60 % of one, 20 % of the other, counts kept), and three rare terms that
stand for names: drawn from a pool that grows with the corpus to the power 0.6, so that the vocabulary grows as
Heaps' law has it in news. Without the sample data the real articles are drawn from a Zipf distribution. Articles are
seven minutes apart, the last one now.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from models.meaning import TOPICS
from models.text import term_hashes, tokens
from service.adapters.files.row_block import KEYWORDS
from service.adapters.files.segment import FOREVER, SIGNATURE_SIZE, RowBlock, Segment, build_segment
from service.domain.identity import hash64, section_hash

Counts = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]

RARE = 2**63
"""From here on a term id stands for a rare term."""

TITLE_TERMS = 8
TAGS, TAG_NAMES = 3, 5_000
SPACING_S = 420
SECTIONS = ("World", "City", "Business", "Sport", "Culture", "Science")


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
    """Returns an index segment of articles `a-0` to `a-(size - 1)`, weighed by TF-IDF with sublinear frequency."""
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
    return build_segment([_block(np.concatenate(ids), np.concatenate(counts), indptr, chosen)])


def _mixed(real: list[Counts], chosen: np.random.Generator, rare_terms: int) -> Counts:
    (one, one_tf), (other, other_tf) = (real[at] for at in chosen.integers(0, len(real), 2))
    kept, lent = chosen.random(one.size) < 0.6, chosen.random(other.size) < 0.2
    rare = np.uint64(RARE) + chosen.integers(0, rare_terms, 3).astype(np.uint64)
    terms = np.concatenate((one[kept], other[lent], rare))
    unique, first = np.unique(terms, return_index=True)
    return unique, np.concatenate((one_tf[kept], other_tf[lent], [1, 1, 1]))[first]


def _block(
    ids: npt.NDArray[np.uint64],
    counts: npt.NDArray[np.int64],
    indptr: npt.NDArray[np.int64],
    chosen: np.random.Generator,
) -> RowBlock:
    size = indptr.size - 1
    weights = _weights(ids, counts, indptr)
    published = int(time.time()) - SPACING_S * np.arange(size - 1, -1, -1, dtype=np.int64)
    lengths = np.diff(indptr)
    title_at = indptr[:-1, None] + (chosen.random((size, TITLE_TERMS)) * lengths[:, None]).astype(np.int64)
    keyword_at = indptr[:-1, None] + (chosen.random((size, KEYWORDS)) * lengths[:, None]).astype(np.int64)
    teasers = [_teaser(number, int(at)) for number, at in enumerate(published)]
    words, lead = b"\n".join([b"word%d" % n for n in range(KEYWORDS)]), b"The opening of an article. " * 10
    return RowBlock(
        published_at=published,
        visible_from=published,
        expires_at=np.full(size, FOREVER, np.int64),
        id_hash=np.array([hash64(f"a-{number}") for number in range(size)], np.uint64),
        url_hash=np.arange(size, dtype=np.uint64),
        section_hash=np.array([section_hash(SECTIONS[number % 6]) for number in range(size)], np.uint64),
        text_digest=np.arange(size, dtype=np.uint64),
        comment_count=chosen.integers(0, 50, size, dtype=np.int32),
        evergreen=np.zeros(size, bool),
        signatures=chosen.integers(0, 256, (size, SIGNATURE_SIZE), dtype=np.uint8),
        places=_places(size, chosen),
        indptr=indptr,
        term_hashes=ids,
        weights=weights,
        tag_indptr=np.arange(size + 1, dtype=np.int64) * TAGS,
        tag_hashes=chosen.integers(0, TAG_NAMES, size * TAGS).astype(np.uint64),
        title_indptr=np.arange(size + 1, dtype=np.int64) * TITLE_TERMS,
        title_hashes=ids[title_at].ravel(),
        title_weights=np.full(size * TITLE_TERMS, TITLE_TERMS**-0.5, np.float32),
        keyword_indptr=np.arange(size + 1, dtype=np.int64) * KEYWORDS,
        keyword_hashes=ids[keyword_at].ravel(),
        keyword_weights=weights[keyword_at].ravel(),
        word_offsets=np.arange(size + 1, dtype=np.int64) * len(words),
        words=np.frombuffer(words * size, np.uint8),
        teaser_offsets=np.concatenate(([0], np.cumsum([len(teaser) for teaser in teasers]))).astype(np.int64),
        teasers=np.frombuffer(b"".join(teasers), np.uint8),
        lead_offsets=np.arange(size + 1, dtype=np.int64) * len(lead),
        leads=np.frombuffer(lead * size, np.uint8),
    )


def _places(size: int, chosen: np.random.Generator) -> npt.NDArray[np.int8]:
    """A place among the topics for each article, drawn: it costs what a learnt one does, and means nothing."""
    drawn = chosen.normal(size=(size, TOPICS)).astype(np.float32)
    return np.rint(drawn * (127 / np.linalg.norm(drawn, axis=1, keepdims=True))).astype(np.int8)


def _weights(
    ids: npt.NDArray[np.uint64], counts: npt.NDArray[np.int64], indptr: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    size = indptr.size - 1
    vocabulary, columns = np.unique(ids, return_inverse=True)
    df = np.bincount(columns, minlength=vocabulary.size)
    weights = (1 + np.log(counts)) * (np.log((1 + size) / (1 + df)) + 1)[columns]
    norms = np.sqrt(np.add.reduceat(weights**2, indptr[:-1]))
    return (weights / np.repeat(norms, np.diff(indptr))).astype(np.float32)


def _teaser(number: int, published_at: int) -> bytes:
    fields = {
        "article_id": f"a-{number}",
        "url": f"https://news.example.com/{SECTIONS[number % 6].lower()}/a-{number}",
        "title": f"Headline number {number} of a paper that prints a great many of them",
        "excerpt": "Twenty-four words open the story, and they are about as long as such words are in a paper " * 2
        + "…",
        "section": SECTIONS[number % 6],
        "byline": "By a reporter",
        "published_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(published_at)),
        "image": {"url": f"https://cdn.example.com/{number}.jpg", "alt": "A picture", "width": 324, "height": 235},
    }
    return orjson.dumps(fields)[1:-1]
