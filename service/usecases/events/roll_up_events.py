"""Takes events off the sites' streams and adds them to hourly sums, beside other processes that do the same."""

from __future__ import annotations

from collections.abc import Callable

from service.domain.events.sums.rollup import Batch, EventStream, roll_up
from service.domain.ports import SiteStore

BATCH = 10_000
"""Events summed in one step: a quarter of a second of work, and some 50 ms of the store's time in two calls."""

DEAD_AFTER_MS = 30_000
"""A consumer that has not dealt with its batch for so long is dead, and its batch another's."""


class RollUpEvents:
    """One consumer of the streams. Each process has one, under a name of its own."""

    def __init__(
        self, stream: EventStream, sites: SiteStore, consumer: str, dead_after_ms: int = DEAD_AFTER_MS
    ) -> None:
        self._stream = stream
        self._sites = sites
        self._consumer = consumer
        self._dead_after_ms = dead_after_ms

    def work_off(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Adds up what waits at every site; returns how many events that were. Stops between batches when told so.

        Raises StoreUnavailable: a batch whose fate is unknown then is dealt with as one of a dead consumer.
        """
        return self._each_site(self._take, may_go_on)

    def work_off_dead(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Adds up what dead consumers left at every site; returns how many events that were."""
        return self._each_site(self._claim, may_go_on)

    def _each_site(self, batch_of: Callable[[str], Batch | None], may_go_on: Callable[[], bool]) -> int:
        done = 0
        for site in self._sites.all():
            of_site = 0
            while may_go_on() and (batch := batch_of(site.id)) is not None:
                self._stream.apply(site.id, self._consumer, batch, roll_up(batch.events))
                of_site += batch.count
            if of_site:
                self._stream.trim(site.id)
            done += of_site
        return done

    def _take(self, site_id: str) -> Batch | None:
        return self._stream.take(site_id, self._consumer, BATCH)

    def _claim(self, site_id: str) -> Batch | None:
        return self._stream.claim(site_id, self._consumer, BATCH, self._dead_after_ms)
