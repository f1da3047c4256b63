"""An event as it stands in a site's stream: what happened, what became of it, and where, for reports and exports."""

from __future__ import annotations

from typing import NamedTuple

from service.domain.events.booking import EventStatus
from service.domain.events.tokens import EventKind
from service.domain.events.validity.agents import Device


class RecordedEvent(NamedTuple):
    """One event, counted with its status: a tuple, since a worker makes tens of thousands a second.

    `id` is the stream's; `at` the second of receipt since 1970. Entities are named by their numbers, 0 where none is
    known. `epoch`, `minute` and `serial` are those of its reservation, 0 for a house ad. An impression that a click
    implied is `implied`. `country` and `section` are empty where the page told none, `near` where
    the ad stood beside all widgets of the page.
    """

    id: str
    at: int
    kind: EventKind
    implied: bool
    status: EventStatus
    reason: str
    amount_micros: int
    flight: int
    campaign: int
    advertiser: int
    creative: int
    placement: int
    epoch: int
    minute: int
    serial: int
    device: Device
    country: str
    section: str
    near: str = ""

    @property
    def decision_id(self) -> str:
        """What the page call named the decision; empty for a house ad."""
        return f"{self.epoch}-{self.minute}-{self.serial}" if self.epoch else ""
