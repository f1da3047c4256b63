"""Delivered over due: how a flight keeps to its line, since its start or in a part of its time."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.ads.inventory import Unit
from service.domain.ads.pacing.line import Line
from service.domain.money.money import MICROS

_KINDS = {Unit.IMPRESSIONS: 0, Unit.VIEWS: 1, Unit.CLICKS: 2}


def booked(unit: Unit, net: Sequence[int], unbilled: Sequence[int], spend_micros: int) -> int:
    """Returns what was booked of a line's unit, in its micros; impressions, views and clicks in this order."""
    if unit is Unit.MONEY:
        return spend_micros
    kind = _KINDS[unit]
    return (net[kind] - unbilled[kind]) * MICROS


def pacing_ratio(line: Line, delivered: int, until: float, since: float | None = None) -> float | None:
    """Returns delivered over due by a time (seconds since 1970), or since another; None where nothing fell due."""
    due = line.due(until) - (0 if since is None else line.due(since))
    return round(delivered / due, 4) if due > 0 else None
