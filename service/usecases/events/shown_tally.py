"""Collects what page views showed and what was followed, of a share of them, until it is written down together."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from service.domain.errors import StoreUnavailable
from service.domain.events.shown_pages import FollowedTeaser, ShownEvent, ShownLog, ShownPage, ShownTeaser, is_logged
from service.domain.identity import hash64
from service.domain.ports import Clock

MOST_WAITING = 2_000
"""Events of one site that a process collects until they are written down, some 1 MB; a further one is not logged."""


class ShownTally:
    """Collects in bounded memory; of page views that are not among the share, nothing."""

    def __init__(self, share: float, clock: Clock) -> None:
        self._share = share
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, list[ShownEvent]] = {}

    @property
    def logs(self) -> bool:
        """Whether any page view is logged."""
        return self._share > 0

    def note_page(self, site_id: str, page_view: str, teasers: tuple[ShownTeaser, ...]) -> None:
        """Logs a page view with its teasers, if it is one of the share."""
        if teasers and is_logged(page_view, self._share):
            self._add(site_id, ShownPage(hash64(page_view), int(self._clock()), teasers))

    def note_followed(self, site_id: str, page_view: str, articles: Sequence[int]) -> None:
        """Logs articles that were followed from a page view, if it is one of the share."""
        if is_logged(page_view, self._share):
            for article in articles:
                self._add(site_id, FollowedTeaser(hash64(page_view), article))

    def write_down(self, log: ShownLog, _: float) -> None:
        """Adds what was collected to the log; on StoreUnavailable it is kept and tried again."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        while waiting:
            site_id, events = waiting.popitem()
            try:
                log.add(site_id, events)
            except StoreUnavailable:
                with self._lock:
                    for site, kept in {site_id: events, **waiting}.items():
                        self._waiting[site] = [*kept, *self._waiting.get(site, [])][:MOST_WAITING]
                raise

    def _add(self, site_id: str, event: ShownEvent) -> None:
        with self._lock:
            events = self._waiting.setdefault(site_id, [])
            if len(events) < MOST_WAITING:
                events.append(event)
