"""Kinds of widgets as data: what each weighs, how far back it looks, and when a match is too poor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOUR = 3_600
DAY = 24 * HOUR

WHOLE_ARCHIVE = None


@dataclass(frozen=True, slots=True)
class WidgetKind:
    """How one kind of widget orders candidates.

    The weights of relevance, freshness, reads and comments add up to 1, so that a score is in [0, 1].
    `half_life_s`: age in seconds at which freshness is a half. `windows_s`: how far back from the site's newest
    article it looks, in seconds, step by step while too little is found. `led_by_relevance`: a step is wide enough
    when enough articles are near the page, else when enough are there at all. `same_section`: only the page's own.
    """

    name: str
    relevance: float
    freshness: float
    reads: float
    comments: float
    half_life_s: int
    windows_s: tuple[int | None, ...]
    led_by_relevance: bool = False
    same_section: bool = False


KINDS: Mapping[str, WidgetKind] = {
    kind.name: kind
    for kind in (
        # About what is being read; of two equally near, the fresher and the more read.
        WidgetKind("must-read", 0.75, 0.15, 0.10, 0, 2 * DAY, (30 * DAY, 365 * DAY, WHOLE_ARCHIVE), True),
        # Fresh first; relevance decides among stories of the same hours.
        WidgetKind("recent-news", 0.30, 0.65, 0.05, 0, 6 * HOUR, (2 * DAY, 7 * DAY, 30 * DAY, WHOLE_ARCHIVE)),
        # Nearest of all times; freshness only parts equals.
        WidgetKind("related", 0.98, 0.02, 0, 0, 30 * DAY, (WHOLE_ARCHIVE,), True),
        WidgetKind("most-read", 0, 0.15, 0.85, 0, DAY, (2 * DAY, 7 * DAY, 30 * DAY, WHOLE_ARCHIVE)),
        WidgetKind("most-discussed", 0, 0.15, 0, 0.85, DAY, (7 * DAY, 30 * DAY, WHOLE_ARCHIVE)),
        WidgetKind("latest-in-section", 0, 1, 0, 0, 6 * HOUR, (7 * DAY, 30 * DAY, WHOLE_ARCHIVE), same_section=True),
    )
}
