"""The ledger in the store: each call is one script in one round trip, and is never tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson
import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.adapters.redis.scripts import Script
from service.domain.events import AdToken
from service.domain.ledger import (
    PAGE_VIEW_TTL_S,
    Booking,
    Delivery,
    EventStatus,
    PageReservations,
    Reservation,
    SlotPlan,
)

_INVALID = "invalid:"


class RedisLedger:
    """Reserves, books and reports through clients that must not retry (`connect(url, timeout_ms)`)."""

    def __init__(self, client: redis.Redis, patient: redis.Redis | None = None) -> None:
        """`client` gives up early, for a page must not wait; `patient`, for what need not hurry: events and reports."""
        self._client = patient or client
        self._reserve = Script(client, "record", "reserve")
        self._book = Script(self._client, "record", "book")

    def reserve(self, site_id: str, page_view: str, plans: Sequence[SlotPlan]) -> PageReservations:
        """Reserves for a whole page in one round trip; a repeat of a page view and slot returns the first answer."""
        digest = hashlib.blake2b(page_view.encode(), digest_size=16).hexdigest()
        ask = {"view": digest, "ttl_s": PAGE_VIEW_TTL_S, "slots": [_slot(plan) for plan in plans]}
        with translate():
            labels, excluded, *answers = self._reserve([keys.LEDGER.name(site=site_id)], [orjson.dumps(ask).decode()])
        return PageReservations(
            tuple(Reservation(*answer) if answer else None for answer in answers),
            frozenset(label.decode() for label in labels),
            frozenset(label.decode() for label in excluded),
        )

    def book(self, token: AdToken, invalid: str | None = None) -> Booking:
        """Books one event at most once; `invalid` is the reason why it is only counted as gross."""
        arguments: list[str | int] = [
            int(token.kind), invalid or "", token.flight, token.epoch, token.minute, token.serial,
            token.model, token.price_micros, token.view_ppm, token.click_ppm, token.day,
        ]  # fmt: skip
        with translate():
            status, amount = self._book([keys.LEDGER.name(site=token.site_id)], arguments)
        return Booking(EventStatus(status.decode()), amount)

    def delivery(self, site_id: str, flights: Sequence[int]) -> list[Delivery]:
        """Returns what each flight, by its number, has delivered."""
        with translate():
            pipeline = self._client.pipeline(transaction=False)
            for number in flights:
                pipeline.hgetall(keys.FLIGHT.name(site=site_id, number=number))
            return [_delivery(record) for record in pipeline.execute()]


def _slot(plan: SlotPlan) -> dict[str, object]:
    candidates = [
        (c.flight, c.creative, c.day.number, c.day.ends_at, c.labels, c.exclude_labels) for c in plan.candidates
    ]
    return {"key": f"{plan.placement}:{plan.slot_id}", "candidates": candidates}


def _delivery(record: dict[bytes, bytes]) -> Delivery:
    texts = {name.decode(): value for name, value in record.items()}
    count = {name: int(texts.get(name, 0)) for name in _COUNTS}
    invalid = {name.removeprefix(_INVALID): int(value) for name, value in texts.items() if name.startswith(_INVALID)}
    return Delivery(
        gross_impressions=count["gross_impressions"],
        net_impressions=count["net_impressions"],
        views=count["net_views"],
        clicks=count["net_clicks"],
        unbilled_impressions=count["unbilled_impressions"],
        unbilled_views=count["unbilled_views"],
        unbilled_clicks=count["unbilled_clicks"],
        spend_micros=count["life_m"],
        invalid=invalid,
    )


_COUNTS = (
    "gross_impressions", "net_impressions", "net_views", "net_clicks",
    "unbilled_impressions", "unbilled_views", "unbilled_clicks", "life_m",
)  # fmt: skip
