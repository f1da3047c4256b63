"""Learns, beside the requests, what a site's placements do to an ad's chance to be seen and followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.domain.ads.forecast.place_effects import PlaceEffectsStore, effects_of
from service.domain.events.rollup import Cell, Rollups, Sums
from service.domain.events.teaser_events import day_of
from service.domain.ports import Clock, SiteStore

DAYS = 28
"""Days that are learnt from: clicks on ads are few."""

EVERY_S = 600.0


class LearnPlaceEffects:
    """Goes round the sites; each call of `look` learns of those anew that were not learnt of for EVERY_S."""

    def __init__(self, sites: SiteStore, rollups: Rollups, effects: PlaceEffectsStore, clock: Clock) -> None:
        self._sites = sites
        self._rollups = rollups
        self._effects = effects
        self._clock = clock
        self._learnt_at = float("-inf")

    def look(self) -> None:
        """Learns of every site if it is time to. Raises StoreUnavailable; then it is tried again at the next call."""
        now = self._clock()
        if now - self._learnt_at < EVERY_S:
            return
        for site in self._sites.all():
            found = effects_of(self._days(site.id, day_of(now)))
            if found.placements:
                self._effects.keep(site.id, found)
        self._learnt_at = now

    def _days(self, site_id: str, today: int) -> Iterator[Mapping[Cell, Sums]]:
        """Yields the sums of one day after another: a day alone may hold tens of thousands of cells."""
        for day in range(today - DAYS + 1, today + 1):
            yield from self._rollups.days(site_id, [day])
