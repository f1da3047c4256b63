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
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from models.relevance.meaning import TOPICS
from models.text import term_hashes, tokens
from service.adapters.files.index.generations.segment_building import FreshRows, build_segment, spool
from service.adapters.files.index.segment.row_block import KEYWORDS
from service.adapters.files.index.segment.segment import FOREVER, SIGNATURE_SIZE, Batch, RowBlock, Segment, TermRows
from service.domain.identity import hash64, section_hash
from service.domain.sites.language import language_code

Counts = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]

MADE_AS = 1
"""Goes up by one with any change of what is made here, so that no corpus kept from before is taken for it."""

RARE = 2**63
"""From here on a term id stands for a rare term."""

TITLE_TERMS = 8
TAGS, TAG_NAMES = 3, 5_000
SPACING_S = 420
SECTIONS = ("World", "City", "Business", "Sport", "Culture", "Science")
AT_ONCE = 25_000
RARE_TERMS = 3
PARTS = (0.6, 0.2)


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
    return [_counted(term_hashes(tokens(text, "en"))) for text in texts[:limit]]


def _counted(ids: npt.NDArray[np.uint64]) -> Counts:
    unique, counts = np.unique(ids, return_counts=True)
    return unique, counts


def _drawn(limit: int) -> list[Counts]:
    chosen = np.random.default_rng(7)
    return [_counted(chosen.zipf(1.3, 400).astype(np.uint64) % 60_000) for _ in range(limit)]


class _Stock(NamedTuple):
    """The real articles one after the other: terms by number, how often each; and the names of all terms, sorted."""

    offsets: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    names: npt.NDArray[np.uint64]
    rare: npt.NDArray[np.int64]


class _Counted(NamedTuple):
    """Made articles: terms by number, rising in each article, and how often each stands there."""

    indptr: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint8]


def segment_of(size: int) -> Segment:
    """Returns an index segment of articles `a-0` to `a-(size - 1)`, weighed by TF-IDF with sublinear frequency."""
    return build_segment(list(batches_of(size)))


def rows_in(folder: Path, size: int) -> FreshRows:
    """Returns the rows of such a segment, kept in files of the folder, so that a million fit beside their index."""
    return FreshRows(spool(batches_of(size), folder))


def batches_of(size: int, seed: int = 1) -> Iterator[Batch]:
    """Yields articles `a-0` to `a-(size - 1)`, the oldest first."""
    chosen = np.random.default_rng(seed)
    stock = _stock(int(50 * size**0.6))
    pieces = [_mixed(stock, chosen, min(AT_ONCE, size - begin)) for begin in range(0, size, AT_ONCE)]
    df = sum(np.bincount(piece.numbers, minlength=stock.names.size) for piece in pieces)
    idf = np.log((1 + size) / (1 + df)) + 1
    newest_at = int(time.time())
    for position, piece in enumerate(pieces):
        terms = TermRows(piece.indptr, stock.names[piece.numbers], _weights(piece, idf))
        numbers = np.arange(position * AT_ONCE, position * AT_ONCE + piece.indptr.size - 1)
        yield Batch(_block(terms, numbers, newest_at - SPACING_S * (size - 1 - numbers), chosen), terms)


def _stock(rare_terms: int) -> _Stock:
    real = real_articles()
    rare = np.uint64(RARE) + np.arange(rare_terms, dtype=np.uint64)
    ids = np.concatenate([terms for terms, _ in real])
    names = np.unique(np.concatenate((ids, rare)))
    offsets = np.concatenate(([0], np.cumsum([terms.size for terms, _ in real])))
    counts = np.concatenate([counts for _, counts in real])
    return _Stock(offsets, np.searchsorted(names, ids), counts, names, np.searchsorted(names, rare))


def _mixed(stock: _Stock, chosen: np.random.Generator, size: int) -> _Counted:
    """Returns so many articles; a term that comes from both parts keeps the count of the first."""
    width = stock.names.size
    keys, counts = [], []
    for part in PARTS:
        source = chosen.integers(0, stock.offsets.size - 1, size)
        lengths = stock.offsets[source + 1] - stock.offsets[source]
        begins = np.repeat(stock.offsets[source] - np.cumsum(lengths) + lengths, lengths)
        places = begins + np.arange(lengths.sum())
        kept = chosen.random(places.size) < part
        keys.append(np.repeat(np.arange(size), lengths)[kept] * width + stock.numbers[places[kept]])
        counts.append(stock.counts[places[kept]])
    keys.append(np.repeat(np.arange(size), RARE_TERMS) * width + chosen.choice(stock.rare, size * RARE_TERMS))
    counts.append(np.ones(size * RARE_TERMS, np.int64))
    unique, first = np.unique(np.concatenate(keys), return_index=True)
    indptr = np.concatenate(([0], np.cumsum(np.bincount(unique // width, minlength=size))))
    often = np.minimum(np.concatenate(counts)[first], 255)
    return _Counted(indptr, (unique % width).astype(np.int32), often.astype(np.uint8))


def _weights(piece: _Counted, idf: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    weights = (1 + np.log(piece.counts.astype(np.float64))) * idf[piece.numbers]
    norms = np.sqrt(np.add.reduceat(weights**2, piece.indptr[:-1]))
    return (weights / np.repeat(norms, np.diff(piece.indptr))).astype(np.float32)


def _block(
    terms: TermRows, numbers: npt.NDArray[np.int64], published: npt.NDArray[np.int64], chosen: np.random.Generator
) -> RowBlock:
    size = numbers.size
    lengths = np.diff(terms.indptr)
    title_at = terms.indptr[:-1, None] + (chosen.random((size, TITLE_TERMS)) * lengths[:, None]).astype(np.int64)
    keyword_at = terms.indptr[:-1, None] + (chosen.random((size, KEYWORDS)) * lengths[:, None]).astype(np.int64)
    teasers = [_teaser(number, at) for number, at in zip(numbers.tolist(), published.tolist(), strict=True)]
    words, lead = b"\n".join([b"word%d" % n for n in range(KEYWORDS)]), b"The opening of an article. " * 10
    sections = np.array([section_hash(section) for section in SECTIONS], np.uint64)
    return RowBlock(
        published_at=published,
        visible_from=published,
        expires_at=np.full(size, FOREVER, np.int64),
        id_hash=np.array([hash64(f"a-{number}") for number in numbers.tolist()], np.uint64),
        url_hash=numbers.astype(np.uint64),
        section_hash=sections[numbers % len(SECTIONS)],
        text_digest=numbers.astype(np.uint64),
        comment_count=chosen.integers(0, 50, size, dtype=np.int32),
        language=np.full(size, language_code("en"), np.uint16),
        evergreen=np.zeros(size, bool),
        risk=np.zeros(size, np.uint64),
        signatures=chosen.integers(0, 256, (size, SIGNATURE_SIZE), dtype=np.uint8),
        places=_places(size, chosen),
        tag_indptr=np.arange(size + 1, dtype=np.int64) * TAGS,
        tag_hashes=chosen.integers(0, TAG_NAMES, size * TAGS).astype(np.uint64),
        title_indptr=np.arange(size + 1, dtype=np.int64) * TITLE_TERMS,
        title_hashes=terms.hashes[title_at].ravel(),
        title_weights=np.full(size * TITLE_TERMS, TITLE_TERMS**-0.5, np.float32),
        keyword_indptr=np.arange(size + 1, dtype=np.int64) * KEYWORDS,
        keyword_hashes=terms.hashes[keyword_at].ravel(),
        keyword_weights=terms.weights[keyword_at].ravel(),
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
