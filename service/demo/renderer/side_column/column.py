"""The side column: what a page asks Standfirst for, and which of it is fit to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from service.demo.renderer.side_column.reasons import Reasons, reasons_of
from service.demo.renderer.side_column.trial import Trial
from standfirst_client import Creative, Page, Slot, StandfirstClient, Teaser

WIDGETS: tuple[Mapping[str, Any], ...] = (
    {"id": "must-read", "kind": "must-read", "size": 5},
    {"id": "recent-news", "kind": "recent-news", "size": 5},
)
SIDE_SLOTS: tuple[Mapping[str, Any], ...] = (
    {"id": "sidebar-top", "placement": "sidebar"},
    {"id": "sidebar-foot", "placement": "sidebar"},
)
FOOT_SLOT: Mapping[str, Any] = {"id": "article-foot", "placement": "article-foot"}


@dataclass(frozen=True, slots=True)
class Reader:
    """What a page view tells of its reader; no identifier, for none was consented to."""

    device: str
    gpc: bool
    is_rendering: bool
    """Whether a person will see the page: not so for a prefetch or a HEAD request, which must use up no ads."""

    def told(self, trial: Trial) -> dict[str, Any]:
        """Returns what the page call says of the reader, with what a visitor tries in its place."""
        gpc = self.gpc if trial.gpc is None else trial.gpc
        consent = {"gpc": gpc, **({"tcf": trial.tcf} if trial.tcf else {})}
        told: dict[str, Any] = {"device": trial.device or self.device, "consent": consent}
        if trial.history:
            told["history"] = list(trial.history)
        if trial.country:
            told["country"] = trial.country
        return told


@dataclass(frozen=True, slots=True)
class Subject:
    """The page that the column is for: its story as the page call names it, or None, and what it may not repeat."""

    article: Mapping[str, Any] | None
    exclude: tuple[str, ...] = ()
    has_foot: bool = False
    is_front: bool = False

    @property
    def widgets(self) -> tuple[Mapping[str, Any], ...]:
        """Returns the widgets to ask for; those of the front page have ids of their own, for its editors to pin to."""
        return tuple({**widget, "id": self.widget_id(widget["id"])} for widget in WIDGETS)

    def widget_id(self, kind: str) -> str:
        """Returns the id of this page's widget of a kind."""
        return f"front-{kind}" if self.is_front else kind


@dataclass(frozen=True, slots=True)
class SideColumn:
    """What stands beside a story; every part of it may be empty."""

    page: Page
    asked: Mapping[str, Any]
    """The page call as it was sent."""
    reasons: Reasons = field(default_factory=Reasons)
    must_read: tuple[Teaser, ...] = ()
    recent_news: tuple[Teaser, ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)

    @property
    def article_ids(self) -> list[str]:
        """Returns the ids of all articles in the column."""
        return [teaser.article_id for teaser in (*self.must_read, *self.recent_news)]

    def __bool__(self) -> bool:
        return bool(self.must_read or self.recent_news or self.slots)


def side_column(client: StandfirstClient, reader: Reader, subject: Subject, trial: Trial) -> SideColumn:
    """Returns the side column of a story, or of a front or section page; empty when the service is away."""
    slots = (*SIDE_SLOTS, FOOT_SLOT) if subject.has_foot else SIDE_SLOTS
    asked: dict[str, Any] = {
        "article": subject.article,
        "widgets": subject.widgets,
        "slots": slots if reader.is_rendering else (),
        "reader": reader.told(trial),
        "page_view": str(uuid4()),
        "exclude": subject.exclude,
        "explain": True,
    }
    page = client.page(**asked, page_is_cached=False)
    return SideColumn(
        page=page,
        asked={"site": client.site, **{name: value for name, value in asked.items() if value}},
        reasons=reasons_of(page),
        must_read=_shown(page.teasers(subject.widget_id("must-read"))),
        recent_news=_shown(page.teasers(subject.widget_id("recent-news"))),
        slots={key: safe for key, slot in page.slots.items() if slot and (safe := _safe_slot(slot))},
    )


def is_web_address(address: str | None) -> bool:
    """Returns whether an address may stand in a page: http, https, or a path on this site."""
    if not address or any(ord(letter) <= 32 for letter in address) or "\\" in address:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme or parts.netloc:
        return parts.scheme in ("http", "https") and bool(parts.netloc)
    return address.startswith("/")


def origin_of(address: str) -> str | None:
    """Returns scheme and host of an absolute web address, else None."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if is_web_address(address) and parts.netloc else None


def _shown(teasers: Iterable[Teaser]) -> tuple[Teaser, ...]:
    """Returns the teasers whose links are web addresses, without the pictures whose addresses are not."""
    return tuple(
        teaser if teaser.image is None or is_web_address(teaser.image.url) else replace(teaser, image=None)
        for teaser in teasers
        if is_web_address(teaser.click_url)
    )


def _safe_slot(slot: Slot) -> Slot | None:
    """Returns a slot that can be shown, or None: its link is a web address and there is something to see."""
    creative = slot.creative
    if creative.image and not is_web_address(creative.image.url):
        creative = replace(creative, image=None)
    if not is_web_address(slot.click_url) or not _has_something_to_show(creative):
        return None
    pixel = slot.impression_url if is_web_address(slot.impression_url) else None
    return replace(slot, creative=creative, impression_url=pixel)


def _has_something_to_show(creative: Creative) -> bool:
    return bool(
        {"image": creative.image, "html": creative.html, "tag": creative.html}.get(creative.format, creative.headline)
    )
