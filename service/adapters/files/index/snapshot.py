"""A site's article index at one moment: the memory-mapped base, the arrivals since, and what they supersede."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import orjson

from models.relevance.model import RelevanceModel
from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.base_searches import (
    BaseSearches,
    bytes_of,
    prepared_of,
    rows_with_tags,
)
from service.adapters.files.index.search.postings import nearest_rows, query_of, scores_of
from service.adapters.files.index.segment.compact import weights_of_row
from service.adapters.files.index.segment.joined_blocks import JoinedBlocks
from service.adapters.files.index.segment.moments import moments_of_change, next_publication
from service.adapters.files.index.segment.row_block import (
    PreparedText,
    prepare_text,
    printed_of,
    telling_of,
    tellings_of,
    text_risk,
)
from service.adapters.files.index.segment.segment import FOREVER, Segment
from service.domain.identity import hash64, url_hash
from service.domain.index.article_index import Columns, KeyTerms, Related, Rows, Tags, TermVector
from service.domain.index.telling import Telling, Tellings


class IndexSnapshot:
    """Implements ArticleIndex over two segments: rows of the base come first, then those of the delta."""

    def __init__(
        self, model: RelevanceModel, base: BaseSearches, delta: Segment, superseded: Array, version: int
    ) -> None:
        """`superseded`: base rows that are replaced or gone; `version`: the newest change that is in it."""
        self.model = model
        self.base = base
        self.delta = delta
        self.superseded = superseded
        self.version = version
        self._first_delta = base.segment.size
        self._rows = JoinedBlocks(base.segment.block, delta.block)
        self._changes = sorted({*base.changes, *moments_of_change(delta.block)})
        self.tellings = Tellings(
            base.tellings, tellings_of(delta.block), (printed_of(base.segment.block), printed_of(delta.block))
        )
        self._dead = np.zeros(self._first_delta, bool)
        self._dead[superseded] = True

    @property
    def model_version(self) -> str | None:
        """The version of the trained model, or None."""
        return self.model.version if self.model.is_trained else None

    @property
    def cosine_power(self) -> float:
        """The power that brings cosines to the scale of whole words."""
        return self.model.power

    @property
    def size(self) -> int:
        """How many rows there are, superseded ones included."""
        return self._first_delta + self.delta.size

    def row_of(self, article_id: str) -> int | None:
        """Returns the article's row, or None."""
        return self.row_of_hash(hash64(article_id))

    def row_of_hash(self, id_hash: int) -> int | None:
        """Returns the row of the article whose id has this hash, or None."""
        return self._live_row(self.delta.row_of_id(id_hash), self.base.segment.row_of_id(id_hash))

    def row_of_url(self, url: str) -> int | None:
        """Returns the row of the article at this address, or None."""
        key = url_hash(url)
        return self._live_row(self.delta.row_of_url(key), self.base.segment.row_of_url(key))

    def _live_row(self, in_delta: int | None, in_base: int | None) -> int | None:
        if in_delta is not None:
            return self._first_delta + in_delta
        return None if in_base is None or self._dead[in_base] else in_base

    def vector(self, row: int) -> TermVector:
        """Returns the article's vector."""
        segment, local = self._segment_at(row)
        span = slice(segment.rows.indptr[local], segment.rows.indptr[local + 1])
        terms = segment.vocabulary[segment.rows.numbers[span]]
        return TermVector(terms, weights_of_row(segment.rows, local), row)

    def encode(self, title: str, text: str, language: str | None) -> tuple[TermVector, Telling]:
        """Returns the vector and the telling of a text that is not in the index, published in 1970."""
        prepared = prepare_text(title, text, language, self.model)
        return TermVector(prepared.terms, prepared.weights), telling_of(prepared, 0)

    def related(self, vector: TermVector, *, since: int, limit: int, also: Rows) -> Related:
        """Returns the nearest rows of both segments, best first, and the cosines of `also`.

        The nearest by words, twice as many as asked for, are put in order by both views.
        """
        in_base = self.base.query(vector)
        first = self.base.segment.first_row_since(since)
        rows, words = self.base.nearest(vector, in_base, first, 2 * limit, self._dead)
        if self.delta.size:
            in_delta = query_of(self.delta, vector.terms, vector.weights)
            new = nearest_rows(self.delta, in_delta, self.delta.first_row_since(since), 2 * limit)
            rows, words = np.concatenate((rows, new.rows + self._first_delta)), np.concatenate((words, new.scores))
            arrived = also >= self._first_delta
            words_also = np.empty(also.size, np.float32)
            words_also[~arrived] = scores_of(self.base.segment, in_base, also[~arrived])
            words_also[arrived] = scores_of(self.delta, in_delta, also[arrived] - self._first_delta)
        else:
            words_also = scores_of(self.base.segment, in_base, also)
        both = self._blended(vector, np.concatenate((rows, also)), np.concatenate((words, words_also)))
        scores = both[: rows.size]
        order = np.argsort(-scores, kind="stable")[:limit]
        return Related(rows[order], scores[order], both[rows.size :])

    def _blended(self, vector: TermVector, rows: Rows, words: Array) -> Array:
        """Returns the rows' cosines of both views to the vector, of those of words and of their places."""
        if vector.row is None:
            place = self.model.meaning.place(vector.terms, vector.weights)
        else:
            place = self._rows.topic_places(np.array([vector.row]))[0]
        return self.model.meaning.blend(words, self._rows.topic_places(rows), place) if place.any() else words

    def recent(self, limit: int, now: int, sections: frozenset[int] = frozenset()) -> Rows:
        """Returns the newest rows visible at `now`, newest first; of these sections only, if any is named."""
        return self._rows.newest(self._dead, limit, now, sections)

    def tagged(self, limit: int, now: int, tags: frozenset[int]) -> Rows:
        """Returns the newest rows visible at `now` with any of these tags, newest first."""
        from_base = self.base.tagged(tags)
        from_delta = rows_with_tags(self.delta.block, tags) + self._first_delta
        return self._newest_of(from_base, from_delta, limit, now)

    def evergreen(self, limit: int, now: int) -> Rows:
        """Returns the newest rows visible at `now` of articles that do not age, newest first."""
        from_delta = np.flatnonzero(self.delta.block.evergreen) + self._first_delta
        return self._newest_of(self.base.evergreen, from_delta, limit, now)

    def _newest_of(self, from_base: Rows, from_delta: Rows, limit: int, now: int) -> Rows:
        rows = np.concatenate((from_base[~self._dead[from_base]], from_delta))
        columns = self.columns(rows)
        shown = np.flatnonzero((columns.visible_from <= now) & (now < columns.expires_at))
        return rows[shown[np.argsort(-columns.published_at[shown], kind="stable")[:limit]]]

    def next_change(self, now: int) -> int:
        """Returns the first moment after `now` at which an article becomes visible or expires."""
        place = bisect_right(self._changes, now)
        kept = self._changes[place] if place < len(self._changes) else FOREVER
        return min(kept, *(next_publication(block, now) for block in (self.base.segment.block, self.delta.block)))

    def columns(self, rows: Rows) -> Columns:
        """Returns what ranking knows of the rows."""
        return self._rows.columns(rows)

    def tags(self, rows: Rows) -> Tags:
        """Returns the tags of the rows, by their places among those asked for."""
        return self._rows.tags(rows)

    def key_terms(self, rows: Rows) -> KeyTerms:
        """Returns the weightiest terms of the rows, by their places among those asked for."""
        return self._rows.key_terms(rows)

    def telling(self, row: int) -> Telling:
        """Returns how the article tells its story."""
        return self.tellings.at(row)

    def words(self, row: int) -> list[str]:
        """Returns the words of the article's weightiest terms, in the order of its telling's."""
        block, local = self._rows.at(row)
        return _text(block.words, block.word_offsets, local).split("\n")

    def risk(self, row: int) -> int:
        """Returns the article's risk to advertisers beside it, as bits."""
        block, local = self._rows.at(row)
        return int(block.risk[local])

    def risk_of_text(self, vector: TermVector, language: str | None) -> int:
        """Returns the same of a text that is not in the index."""
        return text_risk(vector.terms, vector.weights, language, self.model)

    def section(self, row: int) -> str | None:
        """Returns the name of the article's section."""
        section: str | None = orjson.loads(b"{%b}" % self.teaser(row)).get("section")
        return section

    def teaser(self, row: int) -> bytes:
        """Returns the teaser's fields as the inside of a JSON object."""
        block, local = self._rows.at(row)
        return bytes_of(block.teasers, block.teaser_offsets, local)

    def lead(self, row: int) -> str:
        """Returns the beginning of the text."""
        block, local = self._rows.at(row)
        return _text(block.leads, block.lead_offsets, local)

    def prepared_text(self, id_hash: int, text_digest: int) -> PreparedText | None:
        """Returns what was made of an article's text, if it is still the same text."""
        row = self.row_of_hash(id_hash)
        if row is None:
            return None
        segment, local = self._segment_at(row)
        return prepared_of(segment, local) if int(segment.block.text_digest[local]) == text_digest else None

    def _segment_at(self, row: int) -> tuple[Segment, int]:
        if row < self._first_delta:
            return self.base.segment, row
        return self.delta, row - self._first_delta


def _text(blob: Array, offsets: Array, row: int) -> str:
    return bytes_of(blob, offsets, row).decode()
