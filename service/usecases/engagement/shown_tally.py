"""Collects what page views showed and what was followed, of a share of them, until it is written down together."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.engagement.shown_pages import (
    FollowedTeaser,
    ShownEvent,
    ShownLog,
    ShownPage,
    ShownTeaser,
    is_logged,
)
from service.domain.identity import hash64
from service.domain.ports import Clock
from service.usecases.tally import Tally

MOST_WAITING = 2_000
"""Events of one site that a process collects until they are written down, some 1 MB; a further one is not logged."""


class ShownTally(Tally[str, list[ShownEvent]]):
    """Collects in bounded memory; of page views that are not among the share, nothing."""

    def __init__(self, share: float, clock: Clock) -> None:
        super().__init__()
        self._share = share
        self._clock = clock

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
        """Adds what was collected to the log; what it cannot take is kept for the next time."""
        self._write(log.add)

    def _begin(self) -> list[ShownEvent]:
        return []

    def _join(self, part: list[ShownEvent], earlier: list[ShownEvent]) -> None:
        part[:] = [*earlier, *part][:MOST_WAITING]

    def _add(self, site_id: str, event: ShownEvent) -> None:
        with self._lock:
            events = self._part(site_id)
            if len(events) < MOST_WAITING:
                events.append(event)
