"""Learns each site's traffic from what its pages asked for, once an hour, whoever of the workers comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.domain.ads.forecast.demand import Demand, DemandCounter
from service.domain.ads.forecast.traffic import WEEKS_READ, Traffic, learn
from service.domain.ads.pacing.line import HOURS_OF_WEEK
from service.domain.durations import HOUR_S
from service.domain.ports import Clock, LearntStore, SiteStore
from service.domain.sites.site import Site


class LearnTraffic:
    """Reads whole hours only: the present one is not over."""

    def __init__(
        self, sites: SiteStore, demand: DemandCounter, traffic: LearntStore[Traffic | None], clock: Clock
    ) -> None:
        self._sites = sites
        self._demand = demand
        self._traffic = traffic
        self._clock = clock

    def look(self) -> None:
        """Learns the traffic of every site anew of which an hour more is over. Raises StoreUnavailable."""
        until_hour = int(self._clock() // HOUR_S)
        for site in self._sites.all():
            known = self._traffic.read(site.id)
            if known is None or known.until_hour < until_hour or known.timezone != site.timezone:
                self._learn(site, until_hour)

    def _learn(self, site: Site, until_hour: int) -> None:
        hours = range(until_hour - WEEKS_READ * HOURS_OF_WEEK, until_hour)
        told = self._demand.hours(site.id, hours)
        # The first hour of all was not seen from its beginning.
        seen_from = next((at for at, found in enumerate(told) if found), len(told)) + 1
        seen = told if told[0] else told[seen_from:]
        traffic = learn(site.timezone, until_hour - len(seen), _by_placement(seen))
        if traffic is not None:
            self._traffic.keep(site.id, traffic)


def _by_placement(hours: Sequence[Mapping[str, Demand]]) -> dict[str, list[int]]:
    """The slots asked for in each hour, by placement; none where an hour tells of none."""
    names = {name for found in hours for name in found}
    return {name: [found.get(name, Demand()).asked for found in hours] for name in sorted(names)}
