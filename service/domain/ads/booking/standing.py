"""Where flights stand: what each has booked and holds, as pacing reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.ads.inventory import Unit


@dataclass(frozen=True, slots=True)
class Standing:
    """What a flight has booked and holds by unit, in micros of money or of units, and its valid events.

    `lapsing` is what it holds for impressions of the minute whose window ends with the present one: most of it is lost.
    """

    booked: Mapping[Unit, int] = field(default_factory=dict)
    held: Mapping[Unit, int] = field(default_factory=dict)
    lapsing: Mapping[Unit, int] = field(default_factory=dict)
    net_impressions: int = 0
    net_views: int = 0
    net_clicks: int = 0


@dataclass(frozen=True, slots=True)
class Standings:
    """Where flights stand at a minute (since 1970) of the ledger's clock."""

    minute: int
    flights: tuple[Standing, ...]
