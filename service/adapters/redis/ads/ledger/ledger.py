"""The ledger in the store: each call is one script in one round trip, and is never tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import redis
from redis.exceptions import ResponseError

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.ledger.budget_room import fields_of, first_lacking
from service.adapters.redis.ads.ledger.form import (
    packed_plans,
    read_delivered,
    read_minute,
    read_owners,
    read_record,
    read_reservations,
    read_second,
    read_standing,
)
from service.adapters.redis.ads.ledger.library import LedgerLibrary
from service.adapters.redis.ads.ledger.reader_counts import counts_of_reader, counts_of_view
from service.adapters.redis.connection import translate
from service.adapters.redis.events.event_form import STATUSES, packed_event
from service.domain.ads.booking.budget_room import AskedBudgets
from service.domain.ads.booking.ledger import PAGE_VIEW_TTL_S, Booked, Delivery, PageReservations, SlotPlan, Step
from service.domain.ads.booking.standing import Standings
from service.domain.ads.reader.frequency import CountedReader
from service.domain.ads.reader.shown_ads import Counted
from service.domain.errors import StoreUnavailable
from service.domain.events.booking import AdEvent, Booking
from service.domain.events.tokens import AdToken
from service.domain.events.validity.agents import Device

_INVALID = "invalid:"
# Workers of another version may keep page views in another form: they have other keys.
_VIEW_FORM = b"4"

BOOKED_AT_ONCE = 200
"""Events of one step: some 10 ms of the store's time, in which nobody reserves."""

READ_AT_ONCE = 1_000
"""Flights whose delivery is read in a step: some milliseconds of the store's time."""

MAX_WAITING_EVENTS = 1_000_000
"""Events of a site that wait in its stream at most: some 80 MB."""


class RedisLedger:
    """Reserves, books and reports through clients that must not retry (`connect(url, timeout_ms)`)."""

    def __init__(
        self, client: redis.Redis, patient: redis.Redis | None = None, max_waiting_events: int = MAX_WAITING_EVENTS
    ) -> None:
        """`client` gives up early, for a page must not wait; `patient`, for what need not hurry: events and reports.

        A site's stream takes no more than `max_waiting_events`; beyond, booking raises StoreUnavailable.
        """
        self._max_waiting = max_waiting_events
        self._client = patient or client
        self._call = LedgerLibrary(client, self._client)
        self._call_patiently = LedgerLibrary(self._client)

    def reserve(
        self,
        site_id: str,
        page_view: str,
        plans: Sequence[SlotPlan],
        kept_ratio: float = 1.0,
        steps: Sequence[Step] | None = None,
        reader: CountedReader | None = None,
    ) -> PageReservations:
        """Reserves as `Ledger.reserve` says, in one script."""
        names = [keys.LEDGER.name(site=site_id), _page_view(site_id, page_view)]
        asked = packed_plans(plans, kept_ratio, steps, reader)
        with translate():
            reply = self._call("reserve", site_id, [*names, *_counts(site_id, reader)], [PAGE_VIEW_TTL_S, asked])
        return read_reservations(reply, len(plans))

    def book(self, token: AdToken, invalid: str | None = None, device: Device = Device.OTHER) -> Booking:
        """Books one event at most once; `invalid` is the reason why it is only counted as gross."""
        return self.book_each([AdEvent(token, invalid, device)])[0]

    def book_each(self, events: Sequence[AdEvent]) -> list[Booking]:
        """Books events in their order, in one step and round trip for BOOKED_AT_ONCE of one site."""
        first = events[0].token.site_id if events else ""
        if all(event.token.site_id == first for event in events):
            return self._book_of_site(first, events)
        bookings: dict[int, Booking] = {}
        for site_id in dict.fromkeys(event.token.site_id for event in events):
            own = [place for place, event in enumerate(events) if event.token.site_id == site_id]
            bookings.update(zip(own, self._book_of_site(site_id, [events[at] for at in own]), strict=True))
        return [bookings[place] for place in range(len(events))]

    def _book_of_site(self, site_id: str, events: Sequence[AdEvent]) -> list[Booking]:
        bookings: list[Booking] = []
        for begin in range(0, len(events), BOOKED_AT_ONCE):
            told = self._told(site_id, map(packed_event, events[begin : begin + BOOKED_AT_ONCE]))
            bookings += [Booking(STATUSES[code], amount) for code, amount in zip(told[::2], told[1::2], strict=True)]
        return bookings

    def _told(self, site_id: str, packed: Iterable[bytes]) -> list[int]:
        """What book.lua answers of these events.

        A stream that is full takes nothing, nor a journal's record before those before it: that is the store's absence.
        """
        try:
            with translate():
                names = [keys.LEDGER.name(site=site_id)]
                return cast("list[int]", self._call_patiently("book", site_id, names, [self._max_waiting, *packed]))
        except ResponseError as error:
            if str(error).startswith(("STREAMFULL", "JOURNALGAP")):
                raise StoreUnavailable(str(error)) from error
            raise

    def delivery(self, site_id: str, flights: Sequence[int]) -> list[Delivery]:
        """Returns what each flight, by its number, has delivered; a part of many is asked for at a time."""
        parts = (flights[at : at + READ_AT_ONCE] for at in range(0, len(flights), READ_AT_ONCE))
        return [one for part in parts for one in self._delivery(site_id, part)]

    def _delivery(self, site_id: str, flights: Sequence[int]) -> Iterator[Delivery]:
        with translate():
            found = self._records(site_id, flights)
            if found[0][0] is None:
                self._call_patiently.bring_over(site_id)
                found = self._records(site_id, flights)
        (_, *records), *counts = found
        return (_delivery(record, of_flight) for record, of_flight in zip(records, counts, strict=True))

    def standings(self, site_id: str, flights: Sequence[int], now: float) -> Standings:
        """Returns where each flight, by its number, stands at `now` or, if later, at the ledger's last second."""
        with translate():
            names = ["head", *(f"f{number}" for number in flights)]
            found = self._client.hmget(keys.LEDGER.name(site=site_id), names)
        head, *records = cast("list[bytes | None]", found)
        minute = read_minute(head, now)
        return Standings(minute, tuple(read_standing(record, minute) for record in records))

    def owners(self, site_id: str, flights: Sequence[int]) -> list[tuple[int, int]]:
        """Returns the numbers of the campaign and the advertiser of each flight, also of deleted ones."""
        if not flights:
            return []
        with translate():
            found = self._client.hmget(keys.LEDGER.name(site=site_id), [f"f{number}" for number in flights])
        return [read_owners(raw) for raw in cast("list[bytes | None]", found)]

    def booked(self, site_id: str, campaigns: Sequence[int], advertisers: Sequence[int]) -> list[Booked]:
        """Returns what these campaigns and then these advertisers, by their numbers, have booked."""
        fields = [*(f"c{number}" for number in campaigns), *(f"a{number}" for number in advertisers)]
        if not fields:
            return []
        with translate():
            found = self._client.hmget(keys.LEDGER.name(site=site_id), fields)
        records = [read_record(raw) for raw in cast("list[bytes | None]", found)]
        return [Booked(record.life, record.day, record.on_day) for record in records]

    def lacking(self, site_id: str, asked: Sequence[AskedBudgets], now: float) -> list[str | None]:
        """Returns the first limit that has no room for one more event of each flight; None where all have."""
        fields = list(dict.fromkeys(field for one in asked for field in fields_of(one)))
        with translate():
            found = self._client.hmget(keys.LEDGER.name(site=site_id), ["head", *fields])
        head, *records = cast("list[bytes | None]", found)
        known, minute = dict(zip(fields, records, strict=True)), read_minute(head, now)
        return [first_lacking(one, known, minute) for one in asked]

    def shown(self, site_id: str, page_view: str, reader: CountedReader | None, now: float) -> Mapping[Counted, int]:
        """Returns how often what has caps was shown to the reader, without one on the page view, in each window."""
        names = _counts(site_id, reader) or [_page_view(site_id, page_view)]
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hget(keys.LEDGER.name(site=site_id), "head")
        pipeline.mget(names)
        with translate():
            head, found = pipeline.execute()
        raw = next((value for value in found if value), None)
        return counts_of_reader(raw, reader.windows, read_second(head, now)) if reader else counts_of_view(raw)

    def _records(self, site_id: str, flights: Sequence[int]) -> list[Any]:
        """The ledger's head and these flights' budgets, then the counts of each."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hmget(keys.LEDGER.name(site=site_id), ["head", *(f"f{number}" for number in flights)])
        for number in flights:
            pipeline.hgetall(keys.FLIGHT.name(site=site_id, number=number))
        return pipeline.execute()


def _page_view(site_id: str, page_view: str) -> str:
    """The key of what the page view was given."""
    digest = hashlib.blake2b(page_view.encode(), digest_size=16, person=_VIEW_FORM).hexdigest()
    return keys.PAGE_VIEW.name(site=site_id, digest=digest)


def _counts(site_id: str, reader: CountedReader | None) -> list[str]:
    """The keys of what the reader was shown, the present one first."""
    if reader is None:
        return []
    family = keys.SESSION if reader.is_session else keys.READER
    return [family.name(site=site_id, digest=digest) for digest in (reader.digest, reader.before) if digest]


def _delivery(record: bytes | None, texts: dict[bytes, bytes]) -> Delivery:
    impressions, views, clicks, spend_micros = read_delivered(record)
    counts = {name.decode(): int(value) for name, value in texts.items()}
    return Delivery(
        gross_impressions=counts.get("gross_impressions", 0),
        net_impressions=impressions,
        views=views,
        clicks=clicks,
        unbilled_impressions=counts.get("unbilled_impressions", 0),
        unbilled_views=counts.get("unbilled_views", 0),
        unbilled_clicks=counts.get("unbilled_clicks", 0),
        spend_micros=spend_micros,
        invalid={name.removeprefix(_INVALID): count for name, count in counts.items() if name.startswith(_INVALID)},
    )
