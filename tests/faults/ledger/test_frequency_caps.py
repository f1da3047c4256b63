"""Frequency caps on a real server: what counts for a reader, a session or a page view, and what is given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.booking.cap_day import CapDay
from service.domain.ads.booking.ledger import Candidate, Reservation, SlotPlan, Step
from service.domain.ads.reader.frequency import Capped, CountedReader, ReaderCap, Window, counted_reader, windows_at
from service.domain.events.tokens import AdToken, EventKind
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

HOUR, DAY, WEEK, MONTH = range(4)


class Desk:
    """Flights 1 and 2 of campaign 1, flight 3 of campaign 2, all of advertiser 1; and a clock that the test moves."""

    def __init__(self, client: redis_client.Redis) -> None:
        self.client, self.ledger, self.views = client, RedisLedger(client), 0
        flights = [auctioned(f"f{n}", 1_000, campaign="d" if n == 3 else "c") for n in (1, 2, 3)]
        RedisInventoryStore(client).apply("s", inventory(*flights), 0)
        now = int(client.time()[0])
        self.offset = 3_605 - now % 3_600  # five seconds into an hour
        self.start = now + self.offset - 5
        self.pass_minutes(0)

    def pass_minutes(self, minutes: int) -> None:
        self.offset += 60 * minutes
        self.client.hset("sf:{s}:ledger", "test_offset_s", self.offset)

    def reader(self, name: str = "r", **said: object) -> CountedReader:
        """A reader whose hour began with the test, as her day, week and month did."""
        windows = tuple(Window(self.start, self.start + length * 3_600) for length in (1, 24, 168, 720))
        return replace(CountedReader(name, windows), **said)  # type: ignore[arg-type]

    def candidate(self, flight: int, *caps: ReaderCap) -> Candidate:
        return Candidate(flight, flight, CapDay(1, self.start - 3_600, self.start + 10**7), caps=caps)

    def ask(
        self,
        *slots: Candidate,
        reader: CountedReader | None = None,
        view: str | None = None,
        steps: Sequence[Step] | None = None,
    ) -> list[Reservation | None]:
        """Asks for a slot of a page view for each candidate."""
        self.views += 1
        plans = [SlotPlan(f"s{one.flight}", 1, (one,)) for one in slots]
        return list(self.ledger.reserve("s", view or f"v{self.views}", plans, steps=steps, reader=reader).slots)

    def shown(self, *slots: Candidate, reader: CountedReader | None = None, view: str | None = None) -> list[bool]:
        return [one is not None for one in self.ask(*slots, reader=reader, view=view)]

    def arrives(self, one: Reservation | None) -> None:
        """Its impression is booked."""
        assert one
        token = AdToken(
            EventKind.IMPRESSION, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1, one.model,
            one.price_micros, one.view_ppm, one.click_ppm, one.day,
        )  # fmt: skip
        self.ledger.book(token)


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


def test_a_reader_is_shown_a_flight_as_often_as_its_cap_says(desk: Desk) -> None:
    one = desk.candidate(1, ReaderCap(Capped.FLIGHT, DAY, 2))
    shown = [desk.shown(one, reader=desk.reader()) for _ in range(3)]
    assert shown == [[True], [True], [False]]
    assert desk.shown(one, reader=desk.reader("another")) == [True]


def test_a_repeated_call_counts_once(desk: Desk) -> None:
    one = desk.candidate(1, ReaderCap(Capped.FLIGHT, DAY, 2))
    first, *repeats = [desk.ask(one, reader=desk.reader(), view="v") for _ in range(4)]
    assert repeats == [first] * 3
    assert desk.shown(one, reader=desk.reader()) == [True]


@pytest.mark.parametrize(
    ("of", "flight", "also_capped"),
    [(Capped.CREATIVE, 1, False), (Capped.FLIGHT, 1, False), (Capped.CAMPAIGN, 2, True), (Capped.ADVERTISER, 3, True)],
)
def test_campaigns_and_advertisers_count_all_their_flights(
    desk: Desk, of: Capped, flight: int, also_capped: bool
) -> None:
    cap = ReaderCap(of, DAY, 1)
    assert desk.shown(desk.candidate(1, cap), reader=desk.reader()) == [True]
    other = 2 if flight == 1 else flight
    assert desk.shown(desk.candidate(other, cap), reader=desk.reader()) == [not also_capped]


def test_two_flights_of_a_campaign_count_on_one_page_too(desk: Desk) -> None:
    cap = ReaderCap(Capped.CAMPAIGN, WEEK, 1)
    asked = [desk.candidate(1, cap), desk.candidate(2, cap), desk.candidate(3, cap)]
    assert desk.shown(*asked, reader=desk.reader()) == [True, False, True]


def test_the_narrowest_of_several_windows_binds_and_ends(desk: Desk) -> None:
    caps = ReaderCap(Capped.FLIGHT, HOUR, 1), ReaderCap(Capped.FLIGHT, DAY, 2)
    one = desk.candidate(1, *caps)
    desk.arrives(desk.ask(one, reader=desk.reader())[0])
    assert desk.shown(one, reader=desk.reader()) == [False]
    desk.pass_minutes(60)
    next_hour = desk.reader(windows=(Window(desk.start + 3_600, desk.start + 7_200), *desk.reader().windows[1:]))
    desk.arrives(desk.ask(one, reader=next_hour)[0])
    desk.pass_minutes(60)
    last = desk.reader(windows=(Window(desk.start + 7_200, desk.start + 10_800), *desk.reader().windows[1:]))
    assert desk.shown(one, reader=last) == [False]


def test_a_caller_that_is_late_into_a_window_gives_no_second_count(desk: Desk) -> None:
    one = desk.candidate(1, ReaderCap(Capped.FLIGHT, HOUR, 1))
    desk.pass_minutes(60)
    next_hour = desk.reader(windows=(Window(desk.start + 3_600, desk.start + 7_200), *desk.reader().windows[1:]))
    assert desk.shown(one, reader=desk.reader()) == [True]
    assert desk.shown(one, reader=next_hour) == [False]


def test_what_was_never_seen_is_given_back_when_its_reservation_lapses(desk: Desk) -> None:
    one = desk.candidate(1, ReaderCap(Capped.FLIGHT, DAY, 1))
    assert desk.shown(one, reader=desk.reader()) == [True]
    desk.pass_minutes(2)
    assert desk.shown(one, reader=desk.reader()) == [False]
    desk.pass_minutes(1)
    seen = desk.ask(one, reader=desk.reader())[0]
    desk.arrives(seen)
    desk.pass_minutes(10)
    assert desk.shown(one, reader=desk.reader()) == [False]


def test_what_is_taken_back_with_its_page_does_not_count(desk: Desk) -> None:
    cap = ReaderCap(Capped.FLIGHT, DAY, 1)
    both = [desk.candidate(1, cap), desk.candidate(2, ReaderCap(Capped.CAMPAIGN, DAY, 1), cap)]
    spent = desk.candidate(3, ReaderCap(Capped.ADVERTISER, DAY, 1))
    together = [Step(((0, 0), (1, 0)))]
    assert desk.shown(desk.candidate(2, ReaderCap(Capped.CAMPAIGN, DAY, 1)), reader=desk.reader()) == [True]
    assert desk.ask(*both, reader=desk.reader(), steps=together) == [None, None]
    assert desk.shown(both[0], reader=desk.reader()) == [True]
    assert desk.shown(spent, reader=desk.reader()) == [True]


def test_without_an_identifier_caps_hold_within_the_page_view_and_nothing_is_kept(desk: Desk) -> None:
    cap = ReaderCap(Capped.ADVERTISER, DAY, 2)
    one, two, three = (desk.candidate(n, cap) for n in (1, 2, 3))
    assert desk.shown(one, two, three) == [True, True, False]
    assert desk.shown(one, view="v") == [True]
    assert desk.shown(two, view="v") == [True]
    assert desk.shown(three, view="v") == [False]
    assert not [key for key in desk.client.keys("*") if b":reader:" in key or b":session:" in key]


def test_a_session_counts_for_half_an_hour_at_most(desk: Desk) -> None:
    one, session = desk.candidate(1, ReaderCap(Capped.FLIGHT, MONTH, 1)), desk.reader("x", is_session=True)
    assert [desk.shown(one, reader=session) for _ in range(2)] == [[True], [False]]
    assert not desk.client.keys("*:reader:*")
    assert 0 < desk.client.ttl("sf:{s}:session:x") <= 1_800


def test_a_count_is_kept_until_its_last_window_ends(desk: Desk) -> None:
    desk.ask(desk.candidate(1, ReaderCap(Capped.FLIGHT, HOUR, 5)), reader=desk.reader())
    assert 3_500 < desk.client.ttl("sf:{s}:reader:r") <= 3_600
    desk.ask(desk.candidate(2, ReaderCap(Capped.FLIGHT, WEEK, 5)), reader=desk.reader())
    assert 167 * 3_600 < desk.client.ttl("sf:{s}:reader:r") <= 168 * 3_600


def test_a_week_goes_on_when_the_month_changes_and_with_it_the_readers_digest(desk: Desk) -> None:
    weekly, monthly = ReaderCap(Capped.FLIGHT, WEEK, 1), ReaderCap(Capped.FLIGHT, MONTH, 1)
    desk.arrives(desk.ask(desk.candidate(1, weekly), reader=desk.reader("last-month"))[0])
    desk.arrives(desk.ask(desk.candidate(3, monthly), reader=desk.reader("last-month"))[0])
    desk.pass_minutes(120)
    new_month = Window(desk.start + 3_600, desk.start + 3_600 * 700)
    hour, day, week, _ = desk.reader().windows
    now = CountedReader("this-month", (replace(hour, starts_at=hour.ends_at, ends_at=hour.ends_at + 3_600), day, week,
                                       new_month), before="last-month")  # fmt: skip
    assert desk.shown(desk.candidate(1, weekly), reader=now) == [False]
    assert desk.shown(desk.candidate(3, monthly), reader=now) == [True]
    assert desk.shown(desk.candidate(1, weekly), reader=replace(now, before=None)) == [False]


def test_what_cannot_be_counted_is_not_shown(desk: Desk) -> None:
    full = b"\x01\x00\x00" + b"".join(
        bytes([5]) + number.to_bytes(4, "little") + desk.start.to_bytes(4, "little") + b"\x01\x00"
        for number in range(100, 2_100)
    )
    desk.client.set("sf:{s}:reader:r", full)
    assert desk.shown(desk.candidate(1, ReaderCap(Capped.FLIGHT, DAY, 9)), reader=desk.reader()) == [False]


def test_a_digest_tells_readers_sites_and_months_apart_and_changes_with_the_key() -> None:
    noon = 1_795_348_800.0  # 2026-11-22, a Sunday
    asked = [("s", "r", noon, b"k"), ("s", "q", noon, b"k"), ("t", "r", noon, b"k"), ("s", "r", noon, b"l"),
             ("s", "r", noon + 30 * 86_400, b"k")]  # fmt: skip
    digests = [counted_reader(site, name, None, now, "UTC", key) for site, name, now, key in asked]
    assert len({one.digest for one in digests if one}) == 5
    assert counted_reader("s", "r", None, noon + 3_600, "UTC", b"k").digest == digests[0].digest  # type: ignore[union-attr]


def test_last_months_digest_is_named_while_its_week_lasts() -> None:
    def at(day: int) -> CountedReader:
        found = counted_reader("s", "r", None, 1_796_083_200 + (day - 1) * 86_400, "UTC", b"k")
        assert found
        return found

    assert windows_at(1_796_083_200, "UTC")[3].starts_at == 1_796_083_200  # 2026-12-01, a Tuesday
    november = counted_reader("s", "r", None, 1_796_083_199, "UTC", b"k")
    assert november
    assert at(1).before == at(6).before == november.digest
    assert at(7).before is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns", "Europe/Madrid"])
def test_windows_lie_within_each_other_but_for_weeks_and_hold_the_moment(zone: str) -> None:
    for now in range(1_790_000_000, 1_790_000_000 + 400 * 86_400, 40_009):
        hour, day, week, month = windows_at(now, zone)
        assert all(one.starts_at <= now < one.ends_at for one in (hour, day, week, month))
        assert day.starts_at <= hour.starts_at
        assert month.starts_at <= day.starts_at < day.ends_at <= month.ends_at
        assert week.starts_at <= day.starts_at < day.ends_at <= week.ends_at
        assert windows_at(day.ends_at, zone)[1].starts_at == day.ends_at
        assert windows_at(month.ends_at, zone)[3].starts_at == month.ends_at
