"""Learns of each site anew once in a while, beside the requests, from the counts of its last days."""

from __future__ import annotations

from abc import ABC, abstractmethod

from service.domain.engagement.teaser_events import day_of
from service.domain.ports import Clock, SiteStore

EVERY_S = 600.0


class LearnByDay(ABC):
    """Goes round the sites; each call of `look` learns of all anew if EVERY_S have passed since."""

    def __init__(self, sites: SiteStore, clock: Clock, days: int) -> None:
        """`days` is how many are learnt from, today among them."""
        self._sites = sites
        self._clock = clock
        self._days = days
        self._learnt_at = float("-inf")

    def look(self) -> None:
        """Learns of every site if it is time to. Raises StoreUnavailable; then it is tried again at the next call."""
        now = self._clock()
        if 0 <= now - self._learnt_at < EVERY_S:
            return
        today = day_of(now)
        for site in self._sites.all():
            self.learn(site.id, range(today - self._days + 1, today + 1))
        self._learnt_at = now

    @abstractmethod
    def learn(self, site_id: str, days: range) -> None:
        """Learns from these days of a site, and keeps what was found."""
