"""A page call and its answer: what a renderer asks to be filled, and what was chosen for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from service.domain.ads.slot import SlotRequest
from service.domain.call.explanation import Explanation
from service.domain.engagement.reader_history import NOTHING_RECALLED, Recalled

MAX_WIDGETS = 20

Source = Literal["model", "pin", "fallback"]

Fallback = Literal[
    "unknown-kind",
    "no-model",
    "any-language",
    "any-section",
    "any-article",
    "recent",
    "popular",
    "same-section",
    "few-sections",
    "wider-window",
]
"""What a widget fell back to, the farthest first: see docs/explanation/how-a-page-is-decided.md."""

ReasonCode = Literal[
    "shares-words",
    "same-subject",
    "same-section",
    "most-read",
    "most-discussed",
    "recent",
    "tried-out",
    "pinned",
]


@dataclass(frozen=True, slots=True)
class ArticleReference:
    """The page's own article: a known one by id or address, or any text sent along."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    text: str | None = None
    section: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WidgetRequest:
    """One widget to fill: its kind, how many teasers, from which sections, and excerpts of which length.

    Without a size it has as many teasers as its kind says.
    """

    id: str
    kind: str
    size: int | None = None
    sections: tuple[str, ...] = ()
    excerpt_words: int | None = None
    excerpt_chars: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """What the renderer says of its reader. `history` ends with what was read last.

    Nothing of it is kept, but with consent under a digest of `id` what frequency caps count and what was read, else
    the same of `session` for half an hour. `tcf` is a consent string, `gpc` Global Privacy Control.
    """

    id: str | None = None
    history: tuple[str, ...] = ()
    country: str | None = None
    device: str | None = None
    session: str | None = None
    tcf: str | None = None
    gpc: bool = False
    region: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page call.

    `language` is the page's where its article names none. `page_view` names this view of the page: a repeated call with
    it gets the same ads. `explain_article` is the id of an article that is explained too where it is no candidate,
    `explain_flight` that of a flight of many.
    `key_values` are what the renderer tells of page and reader, such as `team=reds`. `recalled` is what is kept of the
    reader's reading.
    """

    site: str
    page_view: str
    article: ArticleReference | None = None
    widgets: tuple[WidgetRequest, ...] = ()
    slots: tuple[SlotRequest, ...] = ()
    reader: Reader = Reader()
    exclude: tuple[str, ...] = ()
    language: str | None = None
    billable: bool = True
    explain: bool = False
    explain_article: str | None = None
    explain_flight: str | None = None
    key_values: tuple[str, ...] = ()
    recalled: Recalled = NOTHING_RECALLED


class Reason(NamedTuple):
    """Why a teaser stands where it stands: a code for programs, a few words for people."""

    code: ReasonCode
    text: str


class ChosenTeaser(NamedTuple):
    """One filled position: the article's row in the index snapshot, its score in [0, 1], and why."""

    row: int
    position: int
    score: float
    source: Source
    reason: Reason


class FilledWidget(NamedTuple):
    """A widget with its teasers in order; `fallback` names what it had to fall back to, or None."""

    request: WidgetRequest
    fallback: Fallback | None
    teasers: tuple[ChosenTeaser, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The answer: every widget in the order asked, every slot (None: nothing to show), and what to know of it."""

    widgets: tuple[FilledWidget, ...]
    slots: Mapping[str, Any] = field(default_factory=dict)
    model_version: str | None = None
    warnings: tuple[str, ...] = ()
    explanation: Explanation | None = None
