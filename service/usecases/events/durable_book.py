"""Books events so that what was accepted is durable: in the store, or while it is away in the host's journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.domain.errors import JournalFull, StoreUnavailable
from service.domain.events.booking import AdEvent, Booking, EventBook, EventStatus
from service.domain.events.journal import Journal
from service.domain.events.tokens import AdToken
from service.domain.events.validity.agents import Device
from service.domain.ports import Clock


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Is told how many events went to the journal, and how many to neither."""

    journaled: Callable[[int], None]
    refused: Callable[[int], None]


class DurableBook:
    """An EventBook whose events outlive the store's absence: what it does not take is synced to the host's journal."""

    def __init__(
        self, book: EventBook, journal: Journal, clock: Clock, store_is_away: Callable[[], bool], counts: EventCounts
    ) -> None:
        """`store_is_away` tells of a store known to be away without asking it: an event need not wait to find out."""
        self._book = book
        self._journal = journal
        self._clock = clock
        self._store_is_away = store_is_away
        self._counts = counts

    def may_reserve(self) -> bool:
        """Returns whether nothing of this host waits in its journal: what waits is booked before anything is sold."""
        return self._journal.is_empty()

    def book(self, token: AdToken, invalid: str | None = None, device: Device = Device.OTHER) -> Booking:
        """Books or journals one event. Raises JournalFull."""
        return self.book_each([AdEvent(token, invalid, device)])[0]

    def book_each(self, events: Sequence[AdEvent]) -> list[Booking]:
        """Books events in their order, or journals all of them. Raises JournalFull.

        Some of those that are journaled may have been booked before the store went: they then are replays.
        """
        if not self._store_is_away():
            try:
                return self._book.book_each(events)
            except StoreUnavailable:
                pass
        received_at = int(self._clock())
        try:
            self._journal.append([event._replace(received_at=received_at) for event in events])
        except JournalFull:
            self._counts.refused(len(events))
            raise
        self._counts.journaled(len(events))
        return [Booking(EventStatus.JOURNALED)] * len(events)

    def drain(self) -> None:
        """Books what waits in the journal, unless the store is known to be away. Raises StoreUnavailable."""
        if not self._journal.is_empty() and not self._store_is_away():
            self._journal.drain(self._book.book_each)
