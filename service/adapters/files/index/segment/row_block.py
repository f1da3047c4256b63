"""Prepares articles for the index: each becomes one row of columns, terms and ready-made teaser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Protocol

import numpy as np
import orjson

from models.relevance.model import RelevanceModel, TermVector
from models.text import Reading, read, term_hash
from models.text.detect import detect
from models.text.signatures import signature
from models.topics import topic_scorer
from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.segment.segment import FOREVER, Batch, RowBlock, TermRows, empty_batch
from service.domain.ads.targeting.suitability import SENSITIVE, risk_of
from service.domain.content.article import Article
from service.domain.content.opening import model_text, read_opening
from service.domain.content.teaser import teaser_fields
from service.domain.identity import hash64, section_hash, tag_hash, url_hash
from service.domain.index.telling import Printed, Telling, TellingColumns, terms_of, text_of
from service.domain.sites.language import language_code, language_of
from service.domain.sites.site import Site

LEAD_CHARS = 700
"""Characters of the text kept for excerpts of another length: the longest that a widget may ask for, and a word."""


KEYWORDS = 16
"""Terms of each article kept with their words, to say in the answer what two articles share."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedText:
    """What the index keeps of one text under one model: sorted term ids with weights, words, signature, place."""

    signature: Array
    place: Array
    terms: Array
    weights: Array
    title_terms: Array
    title_weights: Array
    keyword_terms: Array
    keyword_weights: Array
    words: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One article, prepared: what the columns of a RowBlock hold for it."""

    published_at: int
    visible_from: int
    expires_at: int
    id_hash: int
    url_hash: int
    section_hash: int
    text_digest: int
    comment_count: int
    language: int
    evergreen: bool
    risk: int
    tag_hashes: tuple[int, ...]
    text: PreparedText
    teaser: bytes
    lead: bytes


class KnownTexts(Protocol):
    """Texts that were prepared before, under the same model."""

    def prepared_text(self, id_hash: int, text_digest: int) -> PreparedText | None:
        """Returns what was made of the article's text, if it is still the same text."""


def prepare(article: Article, site: Site, model: RelevanceModel, known: KnownTexts | None = None) -> Row:
    """Returns the article's row under this model; a text in `known` is not analysed again."""
    text = model_text(article)
    id_hash = hash64(article.id)
    language = language_of(site, article.language, f"{article.title}\n{text}", detect)
    digest = hash64(f"{article.title}\x00{text}\x00{language}")
    prepared = known.prepared_text(id_hash, digest) if known else None
    analysed = prepared or prepare_text(article.title, text, language, model)
    fields = teaser_fields(article, site)
    del fields["comment_count"]  # joined when the page is made, so that a site may hide zeros at any time
    return Row(
        published_at=_seconds(article.published_at),
        visible_from=max(_seconds(article.published_at), _embargo_ends(article)),
        expires_at=_seconds(article.expires_at, FOREVER),
        id_hash=id_hash,
        url_hash=url_hash(article.url),
        section_hash=section_hash(article.section),
        text_digest=digest,
        comment_count=-1 if article.comment_count is None else article.comment_count,
        language=language_code(language),
        evergreen=article.evergreen,
        risk=SENSITIVE if article.sensitive else text_risk(analysed.terms, analysed.weights, language, model),
        tag_hashes=tuple(sorted({tag_hash(tag) for tag in article.tags})),
        text=analysed,
        teaser=orjson.dumps(fields)[1:-1],
        lead=(article.excerpt or read_opening(article.text).story)[:LEAD_CHARS].encode(),
    )


def text_risk(terms: Array, weights: Array, language: str | None, model: RelevanceModel) -> int:
    """Returns the bits of what advertisers may not want to stand beside, as service.domain.ads has them."""
    return risk_of(topic_scorer(model).scores(TermVector(terms, weights), language).tolist())


def prepare_text(title: str, text: str, language: str | None, model: RelevanceModel) -> PreparedText:
    """Returns what the index keeps of a text: its vector, its headline's, its weightiest words, signature and place."""
    of_title, of_text = read(title, language), read(text, language)
    vector = model.encode_terms(of_title.terms * model.title_weight + of_text.terms)
    title_vector = model.encode_terms(of_title.terms)
    keywords, keyword_weights, words = weightiest(vector, (of_title, of_text))
    return PreparedText(
        signature=signature(of_text.words),
        place=model.meaning.place(vector.terms, vector.weights),
        terms=vector.terms,
        weights=vector.weights,
        title_terms=title_vector.terms,
        title_weights=title_vector.weights,
        keyword_terms=keywords,
        keyword_weights=keyword_weights,
        words="\n".join(words).encode(),
    )


def weightiest(vector: TermVector, readings: Sequence[Reading]) -> tuple[Array, Array, list[str]]:
    """Returns ids, weights and words of the vector's KEYWORDS weightiest terms; `readings` are those it was made of.

    Readers see the words: of those that share a term the commonest, with as few capitals as it is ever printed with.
    """
    best = np.argsort(-vector.weights, kind="stable")[:KEYWORDS]
    ids = vector.terms[best]
    printed: dict[int, Counter[str]] = {term_id: Counter() for term_id in ids.tolist()}
    for reading in readings:
        for term, word in zip(reading.terms, reading.printed, strict=True):
            if (forms := printed.get(term_hash(term))) is not None:
                forms[word] += 1
    return ids, vector.weights[best], [_shown(printed[term_id]) for term_id in ids.tolist()]


def _shown(forms: Counter[str]) -> str:
    counts: Counter[str] = Counter()
    for word, count in forms.items():
        counts[word.lower()] += count
    return min(forms, key=lambda word: (-counts[word.lower()], sum(map(str.isupper, word))))


def telling_of(text: PreparedText, published_at: int) -> Telling:
    """Returns how an article tells its story."""
    return Telling(
        text_of(text.signature),
        terms_of(text.title_terms, text.title_weights),
        terms_of(text.keyword_terms, text.keyword_weights),
        published_at,
    )


def tellings_of(block: RowBlock) -> TellingColumns:
    """Returns how the articles of a block tell their stories; nothing is copied."""
    return TellingColumns(
        text_of(block.signatures),
        np.ascontiguousarray(block.title_indptr, np.int64),
        terms_of(block.title_hashes, block.title_weights),
        np.ascontiguousarray(block.keyword_indptr, np.int64),
        terms_of(block.keyword_hashes, block.keyword_weights),
        np.ascontiguousarray(block.published_at, np.int64),
    )


def printed_of(block: RowBlock) -> Printed:
    """Returns the key words of a block's articles as readers see them; nothing is copied."""
    return Printed(np.ascontiguousarray(block.word_offsets, np.int64), np.ascontiguousarray(block.words, np.uint8))


def _seconds(moment: datetime | None, default: int = 0) -> int:
    return default if moment is None else int(moment.timestamp())


def _embargo_ends(article: Article) -> int:
    """Returns the first whole second without an embargo: one that ends within a second holds until that is over."""
    return 0 if article.embargo_until is None else ceil(article.embargo_until.timestamp())


def batch_of(rows: Sequence[Row]) -> Batch:
    """Returns the rows as columns."""
    if not rows:
        return empty_batch()
    terms = TermRows(
        indptr=_offsets([row.text.terms.size for row in rows]),
        hashes=np.concatenate([row.text.terms for row in rows]),
        weights=np.concatenate([row.text.weights for row in rows]),
    )
    return Batch(_block_of(rows), terms)


def _block_of(rows: Sequence[Row]) -> RowBlock:
    return RowBlock(
        published_at=np.array([row.published_at for row in rows], np.int64),
        visible_from=np.array([row.visible_from for row in rows], np.int64),
        expires_at=np.array([row.expires_at for row in rows], np.int64),
        id_hash=np.array([row.id_hash for row in rows], np.uint64),
        url_hash=np.array([row.url_hash for row in rows], np.uint64),
        section_hash=np.array([row.section_hash for row in rows], np.uint64),
        text_digest=np.array([row.text_digest for row in rows], np.uint64),
        comment_count=np.array([row.comment_count for row in rows], np.int32),
        language=np.array([row.language for row in rows], np.uint16),
        evergreen=np.array([row.evergreen for row in rows], bool),
        risk=np.array([row.risk for row in rows], np.uint64),
        signatures=np.stack([row.text.signature for row in rows]),
        places=np.stack([row.text.place for row in rows]),
        tag_indptr=_offsets([len(row.tag_hashes) for row in rows]),
        tag_hashes=np.array([tag for row in rows for tag in row.tag_hashes], np.uint64),
        title_indptr=_offsets([row.text.title_terms.size for row in rows]),
        title_hashes=np.concatenate([row.text.title_terms for row in rows]),
        title_weights=np.concatenate([row.text.title_weights for row in rows]),
        keyword_indptr=_offsets([row.text.keyword_terms.size for row in rows]),
        keyword_hashes=np.concatenate([row.text.keyword_terms for row in rows]),
        keyword_weights=np.concatenate([row.text.keyword_weights for row in rows]),
        word_offsets=_offsets([len(row.text.words) for row in rows]),
        words=np.frombuffer(b"".join(row.text.words for row in rows), np.uint8),
        teaser_offsets=_offsets([len(row.teaser) for row in rows]),
        teasers=np.frombuffer(b"".join(row.teaser for row in rows), np.uint8),
        lead_offsets=_offsets([len(row.lead) for row in rows]),
        leads=np.frombuffer(b"".join(row.lead for row in rows), np.uint8),
    )


def _offsets(lengths: list[Any]) -> Array:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
