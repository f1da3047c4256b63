"""Looks at where events wait, and warns: in the host's journal, in the store's streams, for the export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from service.domain.errors import StoreUnavailable
from service.domain.events.export import ExportLog, ExportState
from service.domain.events.journal import Journal
from service.domain.events.sums.rollup import FILLING_RATIO, EventStream
from service.domain.ports import Clock, SiteStore

WARNED_FOR_S = 5.0
"""Seconds for which a warning is told again without a new look."""


@dataclass(frozen=True, slots=True)
class EventsWaiting:
    """What waits at this moment: bytes in the journal; by site entries of the stream, and the state of its export.

    While the store is away nothing is known of sites.
    """

    journal_bytes: int
    entries: Mapping[str, int] = field(default_factory=dict)
    exports: Mapping[str, ExportState] = field(default_factory=dict)
    most_entries: int = 1

    def filled_ratio(self, site_id: str) -> float:
        """Returns a stream's entries over the most that it takes."""
        return self.entries[site_id] / self.most_entries


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at."""

    journal: Journal
    stream: EventStream
    exports: ExportLog
    sites: SiteStore


class WatchEvents:
    """Looks when it is asked, as whoever collects metrics does."""

    def __init__(self, watched: Watched, most_entries: int, store_is_away: Callable[[], bool], clock: Clock) -> None:
        """A stream takes `most_entries`. `store_is_away` tells of a store known to be away without asking it."""
        self._watched = watched
        self._most_entries = most_entries
        self._store_is_away = store_is_away
        self._clock = clock
        self._warned: tuple[float, str | None] = -WARNED_FOR_S, None

    def look(self) -> EventsWaiting:
        """Returns what waits now."""
        journal_bytes = self._watched.journal.state().waiting_bytes
        if self._store_is_away():
            return EventsWaiting(journal_bytes)
        stream, exports = self._watched.stream, self._watched.exports
        try:
            ids = [site.id for site in self._watched.sites.all()]
            entries = {site_id: stream.state(site_id).entries for site_id in ids}
            states = {site_id: state for site_id in ids if (state := exports.state(site_id)) is not None}
        except StoreUnavailable:
            return EventsWaiting(journal_bytes)
        return EventsWaiting(journal_bytes, entries, states, self._most_entries)

    def warning(self) -> str | None:
        """Returns what will stop paid ads if nobody looks, None where nothing will; told anew every WARNED_FOR_S."""
        now, (at, _) = self._clock(), self._warned
        if not 0 <= now - at < WARNED_FOR_S:
            self._warned = now, "; ".join(_warnings(self.look())) or None
        return self._warned[1]


def _warnings(waiting: EventsWaiting) -> Iterator[str]:
    for site_id in waiting.entries:
        state, filled = waiting.exports.get(site_id), waiting.filled_ratio(site_id)
        if state is not None and state.fault:
            yield f"files of {site_id} cannot be written, and what waits for them fills {filled:.0%} of its room"
        elif filled > FILLING_RATIO:
            yield f"events of {site_id} that wait for the worker fill {filled:.0%} of their room"
