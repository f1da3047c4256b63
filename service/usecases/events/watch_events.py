"""Looks at where events wait: in the host's journal, in the store's streams, for the export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.domain.errors import StoreUnavailable
from service.domain.events.export import ExportLog, ExportState
from service.domain.events.journal import Journal
from service.domain.events.rollup import EventStream
from service.domain.ports import SiteStore


@dataclass(frozen=True, slots=True)
class EventsWaiting:
    """What waits at this moment: bytes in the journal; by site entries of the stream, and the state of its export.

    While the store is away nothing is known of sites.
    """

    journal_bytes: int
    entries: Mapping[str, int] = field(default_factory=dict)
    exports: Mapping[str, ExportState] = field(default_factory=dict)


class WatchEvents:
    """Looks when it is asked, as whoever collects metrics does."""

    def __init__(
        self,
        journal: Journal,
        stream: EventStream,
        exports: ExportLog,
        sites: SiteStore,
        store_is_away: Callable[[], bool],
    ) -> None:
        """`store_is_away` tells of a store known to be away without asking it."""
        self._store_is_away = store_is_away
        self._journal = journal
        self._stream = stream
        self._exports = exports
        self._sites = sites

    def look(self) -> EventsWaiting:
        """Returns what waits now."""
        journal_bytes = self._journal.state().waiting_bytes
        if self._store_is_away():
            return EventsWaiting(journal_bytes)
        try:
            ids = [site.id for site in self._sites.all()]
            entries = {site_id: self._stream.state(site_id).entries for site_id in ids}
            exports = {site_id: state for site_id in ids if (state := self._exports.state(site_id)) is not None}
        except StoreUnavailable:
            return EventsWaiting(journal_bytes)
        return EventsWaiting(journal_bytes, entries, exports)
