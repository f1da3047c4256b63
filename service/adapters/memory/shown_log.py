"""Keeps what page views showed in this process: the twin of the Redis log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from service.domain.events.shown_pages import ShownEvent


class MemoryShownLog:
    """A ShownLog in memory; it forgets nothing."""

    def __init__(self) -> None:
        self._events: defaultdict[str, list[ShownEvent]] = defaultdict(list)

    def add(self, site_id: str, events: list[ShownEvent]) -> None:
        """Adds events."""
        self._events[site_id] += events

    def events(self, site_id: str) -> Iterator[ShownEvent]:
        """Yields what is kept, the oldest first."""
        yield from self._events[site_id]
