"""Learns, beside the requests, how likely readers look at each place of a site's pages."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.examination import examination_of
from service.domain.events.teaser_events import TeaserCounts, day_of
from service.domain.ports import Clock, ExaminationStore, SiteStore, TeaserCounter

DAYS = 7
"""Days that are learnt from: a week has every hour of readers' habits, and a new look of the pages is learnt in one."""

EVERY_S = 600.0


class LearnExamination:
    """Goes round the sites; each call of `look` learns of those anew that were not learnt of for EVERY_S."""

    def __init__(self, sites: SiteStore, teasers: TeaserCounter, examinations: ExaminationStore, clock: Clock) -> None:
        self._sites = sites
        self._teasers = teasers
        self._examinations = examinations
        self._clock = clock
        self._learnt_at = float("-inf")

    def look(self) -> None:
        """Learns of every site if it is time to. Raises StoreUnavailable; then it is tried again at the next call."""
        now = self._clock()
        if now - self._learnt_at < EVERY_S:
            return
        for site in self._sites.all():
            found = examination_of(self._days(site.id, day_of(now)))
            if found.clicks:
                self._examinations.put(site.id, found)
        self._learnt_at = now

    def _days(self, site_id: str, today: int) -> Iterator[TeaserCounts]:
        """Yields the counts of one day after another: a day alone may hold tens of thousands of places."""
        for day in range(today - DAYS + 1, today + 1):
            yield from self._teasers.days(site_id, [day])
