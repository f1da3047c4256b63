"""How much a read of some hours ago still counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from service.domain.durations import HOUR_S

HALF_LIFE_H = 6


def hour_of(at: float) -> int:
    """Returns the hour since 1970 of a time in seconds since 1970."""
    return int(at // HOUR_S)


def decayed_reads(hours: Iterable[tuple[int, Mapping[str, int]]]) -> dict[str, float]:
    """Returns reads by article id, each hour's weight halved every HALF_LIFE_H hours.

    `hours` are pairs of an age in hours and that hour's reads by article id.
    """
    total: defaultdict[str, float] = defaultdict(float)
    for age_h, reads in hours:
        weight = 0.5 ** (age_h / HALF_LIFE_H)
        for article_id, count in reads.items():
            total[article_id] += weight * count
    return dict(total)
