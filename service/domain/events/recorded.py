"""An event as it stands in a site's stream: what happened, what became of it, and where, for reports and exports."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.ads.ledger import EventStatus
from service.domain.events.agents import Device
from service.domain.events.tokens import EventKind


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event, counted with its status. `id` is the stream's; `at` the second of receipt since 1970.

    Entities are named by their numbers, 0 where none is known. `decision_id` is empty for a house ad. An impression
    that a click implied is `implied`. `country` and `section` are empty where the page told none.
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
    decision_id: str
    device: Device
    country: str
    section: str
