"""Booking an event: what is booked, what became of it, and who books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from service.domain.events.tokens import AdToken
from service.domain.events.validity.agents import Device


class EventStatus(StrEnum):
    """What became of an event."""

    BILLED = "billed"
    COUNTED = "counted"  # valid, of a flight that pays nothing for this kind of event
    UNBILLED = "unbilled"  # valid, but past a cap
    REPLAY = "replay"
    EXPIRED = "expired"
    INVALID = "invalid"  # prefetch, HEAD, another site's
    JOURNALED = "journaled"  # kept on disk until the store is back, and booked then
    UNKNOWN = "unknown"  # of a flight or ledger that this store does not know


class Booking(NamedTuple):
    """An event's outcome and what it cost, in micros."""

    status: EventStatus
    amount_micros: int = 0


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """Where an event stands in a host's journal: the segment's id, and its number there, from 1 on.

    `after` is the number of its site's event before it, 0 for the first: they are taken in their order.
    """

    segment: str
    number: int
    after: int = 0


class AdEvent(NamedTuple):
    """One event to be booked; `invalid` is the reason why it is only counted as gross.

    Of an event out of a journal `received_at` is the second of its receipt, and `record` names it.
    """

    token: AdToken
    invalid: str | None = None
    device: Device = Device.OTHER
    received_at: int = 0
    record: JournalRecord | None = None


class EventBook(Protocol):
    """Takes events."""

    def book(self, token: AdToken, invalid: str | None = None, device: Device = Device.OTHER) -> Booking:
        """Books one event at most once; `invalid` is the reason why it is only counted as gross."""

    def book_each(self, events: Sequence[AdEvent]) -> list[Booking]:
        """Books events in their order, in one round trip for those of one site."""
