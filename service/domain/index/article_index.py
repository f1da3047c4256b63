"""What ranking needs of a site's articles: one immutable snapshot, its rows addressed by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from service.domain.index.telling import Telling, Tellings

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Times = npt.NDArray[np.int64]


class TermVector(NamedTuple):
    """A sparse vector: term ids, sorted, each once, and weights of length 1 together (or nothing).

    `row` is the article's whose vector it is, in the snapshot that gave it; None for a text from outside.
    """

    terms: npt.NDArray[np.uint64]
    weights: npt.NDArray[np.float32]
    row: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """Articles by cosine to a query, best first, and the cosine of further rows that were asked for."""

    rows: Rows
    scores: Scores
    also: Scores


class Columns(NamedTuple):
    """What ranking knows of some rows, one entry a row: times in seconds since 1970, hashes of id and section.

    `language` is the code of each (see service.domain.sites.language), 0 where it is not known.
    """

    published_at: Times
    visible_from: Times
    expires_at: Times
    id_hash: npt.NDArray[np.uint64]
    section_hash: npt.NDArray[np.uint64]
    comment_count: npt.NDArray[np.int32]
    language: npt.NDArray[np.uint16]
    evergreen: npt.NDArray[np.bool_]


class KeyTerms(NamedTuple):
    """The weightiest terms of some rows: the hash of each, its weight, and which of the rows asked for has it.

    Those of one row have length 1 together.
    """

    bearer: npt.NDArray[np.int64]
    term: npt.NDArray[np.uint64]
    weight: npt.NDArray[np.float64]


class Tags(NamedTuple):
    """The tags of some rows: the hash of each, and which of the rows asked for carries it."""

    bearer: npt.NDArray[np.int64]
    tag_hash: npt.NDArray[np.uint64]


class ArticleIndex(Protocol):
    """A site's articles at one moment. A row number means the same article for as long as this snapshot lives."""

    @property
    def model_version(self) -> str | None:
        """The version of the relevance model behind the vectors; None while none is trained."""

    @property
    def cosine_power(self) -> float:
        """The power that brings this index's cosines to the scale of whole words, on which nearness is told."""

    @property
    def tellings(self) -> Tellings:
        """How all articles tell their stories, for what may stand beside what."""

    @property
    def size(self) -> int:
        """How many rows there are, superseded ones included."""

    def row_of(self, article_id: str) -> int | None:
        """Returns the article's row, or None."""

    def row_of_url(self, url: str) -> int | None:
        """Returns the row of the article at this address, or None."""

    def row_of_hash(self, id_hash: int) -> int | None:
        """Returns the row of the article whose id has this hash, or None."""

    def vector(self, row: int) -> TermVector:
        """Returns the article's vector."""

    def encode(self, title: str, text: str, language: str | None) -> tuple[TermVector, Telling]:
        """Returns the vector and the telling of a text in this language that is not in the index, published in 1970."""

    def related(self, vector: TermVector, *, since: int, limit: int, also: Rows) -> Related:
        """Returns the `limit` rows nearest to the vector among those published at or after `since`.

        By the cosine of words, exactly, which the topics of both texts then move up or down where the model knows
        topics; rows that share no word are left out. `also` are rows whose cosine is wanted too.
        """

    def recent(self, limit: int, now: int, sections: frozenset[int] = frozenset()) -> Rows:
        """Returns the newest rows visible at `now`, newest first; of these sections only, by hash, if any is named."""

    def tagged(self, limit: int, now: int, tags: frozenset[int]) -> Rows:
        """Returns the newest rows visible at `now` with any of these tags (by hash), newest first."""

    def next_change(self, now: int) -> int:
        """Returns the first moment after `now` at which an article becomes visible or expires."""

    def columns(self, rows: Rows) -> Columns:
        """Returns what ranking knows of the rows."""

    def evergreen(self, limit: int, now: int) -> Rows:
        """Returns the newest rows visible at `now` of articles that do not age, newest first."""

    def key_terms(self, rows: Rows) -> KeyTerms:
        """Returns the weightiest terms of the rows, by their places among those asked for."""

    def tags(self, rows: Rows) -> Tags:
        """Returns the tags of the rows, by their places among those asked for."""

    def telling(self, row: int) -> Telling:
        """Returns how the article tells its story."""

    def words(self, row: int) -> Sequence[str]:
        """Returns the words of the article's weightiest terms, in the order of its telling's."""

    def risk(self, row: int) -> int:
        """Returns the article's risk to advertisers beside it, as the bits of suitability."""

    def risk_of_text(self, vector: TermVector, language: str | None) -> int:
        """Returns the same of a text in this language that is not in the index."""

    def section(self, row: int) -> str | None:
        """Returns the name of the article's section."""

    def teaser(self, row: int) -> bytes:
        """Returns the teaser's fields as the inside of a JSON object, without braces."""

    def lead(self, row: int) -> str:
        """Returns the beginning of the text, for an excerpt of another length than the teaser's own."""
