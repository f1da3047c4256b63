"""A host's journal of events: where they wait on disk, synced, while the store is away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from service.domain.events.booking import AdEvent, Booking

BookEach = Callable[[Sequence[AdEvent]], list[Booking]]
"""Books events in their order. Raises StoreUnavailable; what was booked before stays so."""


@dataclass(frozen=True, slots=True)
class JournalState:
    """What a host's journal holds: bytes that wait, the most it may, and files set aside as unreadable."""

    waiting_bytes: int
    limit_bytes: int
    set_aside: tuple[str, ...] = ()


class Journal(Protocol):
    """Keeps events on disk, those of several processes of one host side by side."""

    def append(self, events: Sequence[AdEvent]) -> None:
        """Returns once the events are synced to disk. Raises JournalFull, and then keeps none of them."""

    def is_empty(self) -> bool:
        """Returns whether no process of this host has events waiting; fast enough for every page call."""

    def drain(self, book_each: BookEach) -> int:
        """Books what waits and forgets it; returns how many records were taken, 0 where another process drains.

        Begun again after a crash it takes none twice. Raises StoreUnavailable; the rest waits on.
        """

    def state(self) -> JournalState:
        """Returns what the journal holds."""
