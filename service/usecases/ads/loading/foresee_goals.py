"""Warns of flights whose goal is beyond what a site's pages are likely to ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.domain.ads.forecast.contention import beyond
from service.domain.ads.inventory import Flight, FlightStatus, Tier
from service.usecases.ads.forecast.forecast_avails import ForecastSupply

Foresee = Callable[[str, Sequence[Flight]], tuple[str, ...]]
"""Returns a warning for each flight of a site that cannot be expected to deliver."""

MOST_WARNINGS = 100


def foresee_nothing(_: str, __: Sequence[Flight]) -> tuple[str, ...]:
    """Returns no warning."""
    return ()


class ForeseeGoals:
    """A Foresee by the traffic that was learnt; while none is, it warns of nothing."""

    def __init__(self, supply: ForecastSupply) -> None:
        self._supply = supply

    def __call__(self, site_id: str, flights: Sequence[Flight]) -> tuple[str, ...]:
        """Returns a warning for each flight that needs more slots than are likely to come, at most MOST_WARNINGS."""
        paid = [one for one in flights if one.status is FlightStatus.ACTIVE and one.tier is not Tier.HOUSE]
        known = self._supply.of(site_id, paid) if paid else None
        if known is None:
            return ()
        _, supply, now = known
        found = [
            f"flight {flight.id}: needs {needed:,.0f} impressions, its slots are forecast to be {slots.expected:,.0f} "
            f"(at most {slots.high:,.0f}, four times of five), before what other flights take"
            for flight, needed, slots in beyond(paid, supply, now)
        ]
        hidden = len(found) - MOST_WARNINGS
        return (
            *found[:MOST_WARNINGS],
            *([f"and {hidden:,} more flights need more than is forecast"] if hidden > 0 else []),
        )
