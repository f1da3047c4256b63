"""What a page call answers, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from standfirst_client.errors import FieldError

Json = Mapping[str, Any]


def _nothing() -> MappingProxyType[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: its address, the words that stand for it, and its size in pixels where known."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a teaser stands where it stands: a code for machines and a text for people."""

    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """Which model ranked the page, and in which variant of a split."""

    version: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Teaser:
    """One recommended article; `comment_count` None means unknown, `published_at` is aware or None."""

    position: int
    article_id: str
    url: str
    click_url: str
    title: str
    excerpt: str = ""
    section: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    comment_count: int | None = None
    image: Image | None = None
    score: float | None = None
    source: str = "model"
    reason: Reason = Reason()
    raw: Json = field(default_factory=_nothing, repr=False, compare=False)

    @property
    def token(self) -> str:
        """Returns what names the teaser in its events: the end of its `click_url`."""
        return self.click_url.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Widget:
    """A block of teasers; `fallback` names what it fell back to, or is None."""

    kind: str
    fallback: str | None = None
    items: tuple[Teaser, ...] = ()
    raw: Json = field(default_factory=_nothing, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Creative:
    """What an advertisement shows; which fields are filled depends on `format` (`image`, `native`, `html`, `tag`)."""

    id: str
    format: str
    width: int | None = None
    height: int | None = None
    html: str | None = None
    image: Image | None = None
    headline: str | None = None
    body: str | None = None
    cta: str | None = None
    landing_domain: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A filled advertisement slot, with the label it must carry and the addresses of its events."""

    label: str
    advertiser: str
    creative: Creative
    click_url: str
    impression_url: str | None = None
    view_url: str | None = None
    decision_id: str | None = None
    campaign_id: str | None = None
    flight_id: str | None = None
    raw: Json = field(default_factory=_nothing, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Page:
    """The answer for one page; empty, with a short reason in `error`, when the service could not give one.

    `error` is None, `timeout`, `connection`, `too-large`, `malformed`, `circuit-open` or `http-STATUS`.
    """

    request_id: str | None = None
    page_view: str | None = None
    widgets: Mapping[str, Widget] = field(default_factory=_nothing)
    slots: Mapping[str, Slot | None] = field(default_factory=_nothing)
    model: Model = Model()
    warnings: tuple[str, ...] = ()
    events_url: str | None = None
    took_ms: float | None = None
    error: str | None = None
    raw: Json = field(default_factory=_nothing, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Returns whether the service answered."""
        return self.error is None

    def teasers(self, widget_id: str) -> tuple[Teaser, ...]:
        """Returns the widget's teasers, none when the answer lacks the widget."""
        widget = self.widgets.get(widget_id)
        return widget.items if widget else ()

    def teaser_attributes(self, widget_id: str, teaser: Teaser) -> Mapping[str, str]:
        """Returns the attributes of the teaser's element by which embed.js reports it; their values want escaping."""
        return {
            "data-standfirst-teaser": teaser.token,
            "data-standfirst-position": str(teaser.position),
            "data-standfirst-kind": self._kind(widget_id),
            "data-standfirst-model": self.model.version or "",
            "data-standfirst-variant": self.model.variant or "",
        }

    def teaser_events(self, kind: str = "impression") -> list[dict[str, Any]]:
        """Returns an event (`impression` or `view`) of every teaser, for `report` or for a script of your own."""
        return [
            {
                "token": teaser.token,
                "kind": kind,
                "widget": self._kind(widget_id),
                "position": teaser.position,
                "model": self.model.version or "",
                "variant": self.model.variant or "",
            }
            for widget_id, widget in self.widgets.items()
            for teaser in widget.items
        ]

    def _kind(self, widget_id: str) -> str:
        widget = self.widgets.get(widget_id)
        return widget.kind if widget else ""

    def slot(self, slot_id: str) -> Slot | None:
        """Returns the slot's advertisement, or None when there is nothing to show."""
        return self.slots.get(slot_id)


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one article of a load: `loaded`, `updated`, `unchanged` or `refused`, and why.

    `line` counts from 1 over the whole load.
    """

    line: int
    outcome: str
    article_id: str | None = None
    errors: tuple[FieldError, ...] = ()
    raw: Json = field(default_factory=_nothing, repr=False, compare=False)

    @property
    def refused(self) -> bool:
        """Returns whether the service did not take the row."""
        return self.outcome == "refused"
