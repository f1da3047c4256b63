"""Learns, beside the requests, what a site's placements do to an ad's chance to be seen and followed."""

from __future__ import annotations

from service.domain.ads.response.place_effects import PlaceEffects, effects_of
from service.domain.events.sums.rollup import Rollups
from service.domain.ports import Clock, LearntStore, SiteStore
from service.usecases.learn_by_day import LearnByDay

DAYS = 28
"""Days that are learnt from: clicks on ads are few."""


class LearnPlaceEffects(LearnByDay):
    """Keeps the effects of each site's placements."""

    def __init__(self, sites: SiteStore, rollups: Rollups, effects: LearntStore[PlaceEffects], clock: Clock) -> None:
        super().__init__(sites, clock, DAYS)
        self._rollups = rollups
        self._effects = effects

    def learn(self, site_id: str, days: range) -> None:
        """Reads one day after another: a day alone may hold tens of thousands of cells."""
        found = effects_of(sums for day in days for sums in self._rollups.days(site_id, [day]))
        if found.placements:
            self._effects.keep(site_id, found)
