"""What readers do with teasers, by the place in which one stood: counts for editors, and none for billing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.domain.durations import DAY_S
from service.domain.widgets.kind import MAX_SIZE

MAX_DWELL_MS = 30 * 60 * 1_000
"""The longest that one reader is believed to read one page; a tab left open is no reader."""


class TeaserAct(StrEnum):
    """What a beacon says of a teaser, or of an article that is read."""

    IMPRESSION = "impression"
    VIEW = "view"
    CLICK = "click"
    READ = "read"
    """A page of the article was left; counted with its time."""
    DWELL_MS = "dwell-ms"
    """Milliseconds of reads, summed."""


@dataclass(frozen=True, slots=True, order=True)
class TeaserPlace:
    """Where a teaser stood: on which widget, in which position (from 1; 0: not said), chosen by which model.

    A read has the article alone, named by the hash of its id.
    """

    article_hash: int
    widget: str = ""
    position: int = 0
    model: str = ""
    variant: str = ""


TeaserCounts = Mapping[tuple[TeaserAct, TeaserPlace], int]
"""How often each act was done in each place."""


def day_of(at: float) -> int:
    """Returns the day since 1970 of a time in seconds since 1970, in UTC."""
    return int(at // DAY_S)


def is_place(place: TeaserPlace) -> bool:
    """Returns whether a widget can have such a position."""
    return 0 <= place.position <= MAX_SIZE
