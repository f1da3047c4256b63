"""Kinds of widgets as data: what each weighs, how far back it looks, what it keeps to, when it is filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from service.domain.durations import DAY_S, HOUR_S

WHOLE_ARCHIVE = None

MAX_SIZE = 50
"""Teasers that a widget may have."""

NEAR = 0.6
"""Least relevance of an article that is about the same as the page: a cosine of 0.12 (ranking.cosine_at).

Of 182 judged pairs of real news (tests/quality, the half not held back) none of the 13 below a cosine of 0.106 are of
one affair or topic, 3 of the 17 up to 0.142, 8 of the 18 up to 0.206, and 129 of the 134 above.
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part of a score weighs; together 1, so that a score is in [0, 1]."""

    relevance: float = 0.0
    freshness: float = 0.0
    reads: float = 0.0
    comments: float = 0.0
    clicks: float = 0.0
    section: float = 0.0
    profile: float = 0.0


PARTS = tuple(field.name for field in fields(Weights))


@dataclass(frozen=True, slots=True)
class WidgetFilter:
    """What a kind of widget keeps to: articles of these sections, with one of these tags, no older than this.

    `page_section`: only the section of the page's own article. Age counts back from the site's newest article.
    """

    sections: tuple[str, ...] = ()
    page_section: bool = False
    tags: tuple[str, ...] = ()
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class WidgetKind:
    """How one kind of widget chooses and orders articles.

    `half_life_s`: age in seconds at which freshness is a half. `windows_s`: how far back from the site's newest
    article it looks, in seconds, step by step while too little is found. `size`: teasers where the call names no
    number. `order`: which widget of a page is filled first, the lowest; of equals the one asked for first.
    `min_relevance`: whatever is less relevant comes after all that is not, and a step is wide enough when enough of
    it is; 0 where relevance does not lead. `evergreen`: what does not age is never past its half-life here.
    `diversity`: what nearness to those that stand there takes from a score, as a share. `section_cap`: the largest
    share of one section. `stories`: how many tellings of one event. `exploration`: the share of positions that new
    articles get to learn whether they are read. `root` is the kind from the start that it
    comes from; empty for those themselves. `heading` is what readers see above it, where it differs from its name.
    """

    name: str
    weights: Weights
    half_life_s: int
    windows_s: tuple[int | None, ...]
    order: int
    size: int = 5
    min_relevance: float = 0.0
    keeps_to: WidgetFilter = WidgetFilter()
    evergreen: bool = False
    diversity: float = 0.0
    section_cap: float = 1.0
    stories: int = 1
    exploration: float = 0.0
    root: str = ""
    heading: str = ""

    @property
    def title(self) -> str:
        """What readers see above it: its heading, or its name in words."""
        return self.heading or self.name.replace("-", " ").capitalize()

    @property
    def led_by_relevance(self) -> bool:
        """Whether what is near the page comes first."""
        return self.min_relevance > 0


KINDS: Mapping[str, WidgetKind] = {
    kind.name: kind
    for kind in (
        # About what is being read; of two equally near, the fresher and the more read.
        WidgetKind("must-read",
                   Weights(relevance=0.65, freshness=0.12, reads=0.05, clicks=0.08, section=0.05, profile=0.05),
                   2 * DAY_S, (30 * DAY_S, 365 * DAY_S, WHOLE_ARCHIVE), order=10, min_relevance=NEAR, evergreen=True,
                   diversity=0.1, exploration=0.1),
        # Fresh first; relevance decides among stories of the same hours.
        WidgetKind("recent-news",
                   Weights(relevance=0.25, freshness=0.55, reads=0.05, clicks=0.05, section=0.03, profile=0.07),
                   6 * HOUR_S, (2 * DAY_S, 7 * DAY_S, 30 * DAY_S, WHOLE_ARCHIVE), order=60,
                   diversity=0.2, section_cap=0.6, exploration=0.1),
        # Nearest of all times; freshness only parts equals.
        WidgetKind("related", Weights(relevance=0.98, freshness=0.02), 30 * DAY_S,
                   (WHOLE_ARCHIVE,), order=20, min_relevance=NEAR, evergreen=True),
        WidgetKind("most-read", Weights(freshness=0.15, reads=0.85), DAY_S,
                   (2 * DAY_S, 7 * DAY_S, 30 * DAY_S, WHOLE_ARCHIVE), order=30),
        WidgetKind("most-discussed", Weights(freshness=0.15, comments=0.85), DAY_S,
                   (7 * DAY_S, 30 * DAY_S, WHOLE_ARCHIVE), order=40),
        WidgetKind("latest-in-section", Weights(freshness=1.0), 6 * HOUR_S,
                   (7 * DAY_S, 30 * DAY_S, WHOLE_ARCHIVE), order=50, keeps_to=WidgetFilter(page_section=True)),
    )
}  # fmt: skip
"""The kinds that every site has from the start, and may change."""
