"""Counts what readers are offered and follow, and gives each site's engagement from what all processes wrote down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from service.domain.engagement.click_model import ClickModel
from service.domain.engagement.examination import THOUSANDTHS, Examination
from service.domain.engagement.rates import (
    HORIZON_H,
    Counts,
    Engagement,
    counts_of,
    engagement_of,
    joined,
    weight_of_age,
)
from service.domain.engagement.read_decay import hour_of
from service.domain.errors import ModelUnusable
from service.domain.ports import EngagementCounter
from service.usecases.tally import Tally

Offers = tuple[tuple[int, int], ...]
"""The articles that one page was filled with: the hash of each id, and the chance of a look there in thousandths."""

MAX_PAGES = 4_096
"""Different pages that a process counts before it sums them up by article: some 2 MB."""

MAX_ARTICLES = 50_000
"""Articles of one site that a process counts until they are written down; a further one is not counted."""

CLOSED_AFTER_H = 2
"""An hour so long ago is written no more: every process writes within seconds, under the hour in which it writes."""


class _SiteTally:
    """What one process has counted of one site."""

    def __init__(self) -> None:
        self.pages: Counter[Offers] = Counter()
        self.offered: Counter[int] = Counter()
        self.looks: Counter[int] = Counter()
        self.clicks: Counter[int] = Counter()

    def sum_up(self) -> None:
        """Counts the pages' articles one by one."""
        for offers, count in self.pages.items():
            for id_hash, thousandths in offers:
                _add(self.offered, id_hash, count)
                _add(self.looks, id_hash, count * thousandths)
        self.pages.clear()

    def counts(self) -> Counts:
        """Returns all that was counted."""
        self.sum_up()
        every = self.offered.keys() | self.clicks.keys()
        return counts_of(
            (id_hash, self.clicks[id_hash], self.offered[id_hash], self.looks[id_hash] / THOUSANDTHS)
            for id_hash in every
        )

    def add(self, other: _SiteTally) -> None:
        """Counts what another has counted."""
        other.sum_up()
        pairs = ((self.offered, other.offered), (self.looks, other.looks), (self.clicks, other.clicks))
        for ours, theirs in pairs:
            for id_hash, count in theirs.items():
                _add(ours, id_hash, count)


def _add(counted: Counter[int], id_hash: int, count: int) -> None:
    if id_hash in counted or len(counted) < MAX_ARTICLES:
        counted[id_hash] += count


class EngagementTally(Tally[str, _SiteTally]):
    """Counts offers and clicks in this process until they are written down together, in bounded memory."""

    def note_offered(self, site_id: str, offers: Offers) -> None:
        """Counts one page that was filled with these articles: one step, however many they are."""
        with self._lock:
            tally = self._part(site_id)
            tally.pages[offers] += 1
            if len(tally.pages) >= MAX_PAGES:
                tally.sum_up()

    def note_click(self, site_id: str, id_hash: int) -> None:
        """Counts one followed teaser of the article whose id has this hash."""
        with self._lock:
            _add(self._part(site_id).clicks, id_hash, 1)

    def write_down(self, counter: EngagementCounter, at: float) -> None:
        """Adds what was counted to the hour of `at` in the store; what it cannot take is kept for the next time."""
        self._write(lambda site_id, tally: counter.add(site_id, tally.counts(), at))

    def _begin(self) -> _SiteTally:
        return _SiteTally()

    def _join(self, part: _SiteTally, earlier: _SiteTally) -> None:
        part.add(earlier)


class EngagementHistory:
    """Gives sites' engagement over the last HORIZON_H hours; hours that are closed are read once and kept."""

    def __init__(
        self,
        counter: EngagementCounter,
        examination: Callable[[str], Examination],
        learnt: Callable[[str], ClickModel | None],
    ) -> None:
        """`examination` gives what is known of a site's places, `learnt` its click model; both may find no store."""
        self._counter = counter
        self._examination = examination
        self._learnt = learnt
        self._closed: dict[str, dict[int, Counts]] = {}

    def recent(self, site_id: str, at: float) -> Engagement:
        """Returns the site's engagement at `at` (seconds since 1970). Raises StoreUnavailable."""
        newest = hour_of(at)
        hours = range(newest - HORIZON_H + 1, newest + 1)
        closed = {hour: counts for hour, counts in self._closed.get(site_id, {}).items() if hour in hours}
        asked = [hour for hour in hours if hour not in closed]
        found = dict(zip(asked, self._counter.hours(site_id, asked), strict=True))
        self._closed[site_id] = closed | {h: c for h, c in found.items() if newest - h >= CLOSED_AFTER_H}
        every = closed | found
        parts = [(weight_of_age(newest - hour), every[hour]) for hour in hours if every[hour].id_hash.size]
        return engagement_of(joined(parts), self._examination(site_id), self._model(site_id))

    def _model(self, site_id: str) -> ClickModel | None:
        """The click model in use; an altered one is none, and pages are chosen by the default."""
        try:
            return self._learnt(site_id)
        except ModelUnusable:
            return None
