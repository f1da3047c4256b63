"""A site with one flight on a real store, whose events a test sends and whose stream it reads."""

from __future__ import annotations

import time

import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.events.event_form import read_event
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, Reservation, SlotPlan
from service.domain.events.recorded import RecordedEvent
from service.domain.events.tokens import AdToken, EventKind
from tests.makers.adverts import auctioned, inventory

IMPRESSION, VIEW, CLICK = EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK


class Shop:
    """A site `s` of one flight at 2.00 CPM; its lifetime cap pays for two impressions unless told otherwise."""

    def __init__(self, client: redis_client.Redis, max_waiting: int = 100_000, cap: int | None = 4_000) -> None:
        self.client = client
        self.ledger = RedisLedger(client, max_waiting_events=max_waiting)
        RedisInventoryStore(client).apply("s", inventory(auctioned(lifetime_cap=cap)), 0)

    def reserve(self, view: str) -> Reservation:
        """Reserves the one slot of a page view."""
        plan = SlotPlan("slot", 1, (Candidate(1, 1, cap_day(time.time(), "UTC")),))
        one = self.ledger.reserve("s", view, [plan]).slots[0]
        assert one is not None
        return one

    def token(self, one: Reservation, kind: EventKind = IMPRESSION, section: str = "politics") -> AdToken:
        """The token of a reservation's event, of a page on politics in France."""
        return AdToken(
            kind, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1, one.model, one.price_micros,
            one.view_ppm, one.click_ppm, one.day, country="FR", section=section,
        )  # fmt: skip

    def pass_minutes(self, minutes: int) -> None:
        """Sets the ledger's clock so many minutes ahead."""
        self.client.hset("sf:{s}:ledger", "test_offset_s", 60 * minutes)

    def recorded(self) -> list[RecordedEvent]:
        """Every event of the stream."""
        return [read_event(entry_id, fields[b"e"]) for entry_id, fields in self.client.xrange("sf:{s}:events")]
