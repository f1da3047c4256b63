"""Entries of the stream of events that could not be read, and were set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry of the stream that cannot be read, and why."""

    id: str
    raw: bytes
    reason: str

    @property
    def at(self) -> float:
        """When it was written to the stream, in seconds since 1970."""
        return int(self.id.partition("-")[0]) / 1_000


class UnreadableEvents(Protocol):
    """What was set aside of each site's stream. Raises StoreUnavailable."""

    def all(self, site_id: str) -> list[Unreadable]:
        """Returns what was set aside, the oldest first."""

    def put_back(self, site_id: str) -> int:
        """Puts what can be read now back into the stream; returns how many entries that were.

        Each keeps its id of before, and with it the hour in which it counts. None is put back twice.
        """

    def drop(self, site_id: str) -> int:
        """Forgets what was set aside; returns how many entries that were."""
