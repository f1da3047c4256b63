"""Learns, beside the requests, how likely readers look at each place of a site's pages."""

from __future__ import annotations

from service.domain.engagement.examination import Examination, examination_of
from service.domain.ports import Clock, LearntStore, SiteStore, TeaserCounter
from service.usecases.learn_by_day import LearnByDay

DAYS = 7
"""Days that are learnt from: a week has every hour of readers' habits, and a new look of the pages is learnt in one."""


class LearnExamination(LearnByDay):
    """Keeps the examination of each site's places."""

    def __init__(
        self, sites: SiteStore, teasers: TeaserCounter, examinations: LearntStore[Examination], clock: Clock
    ) -> None:
        super().__init__(sites, clock, DAYS)
        self._teasers = teasers
        self._examinations = examinations

    def learn(self, site_id: str, days: range) -> None:
        """Reads one day after another: a day alone may hold tens of thousands of places."""
        found = examination_of(counts for day in days for counts in self._teasers.days(site_id, [day]))
        if found.clicks:
            self._examinations.keep(site_id, found)
