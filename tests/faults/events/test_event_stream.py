"""What a site's stream of events says is what the ledger did with each of them, in the same step."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
import redis as redis_client
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.redis.ads.ledger.ledger import READ_AT_ONCE
from service.adapters.redis.events.event_form import UnreadableEvent, packed_tail, read_event
from service.domain.ads.booking.ledger import Delivery
from service.domain.errors import StoreUnavailable
from service.domain.events.booking import AdEvent, EventStatus, JournalRecord
from service.domain.events.tokens import AdToken, near_text, read_token, sign
from service.domain.events.validity.agents import Device
from tests.faults.events.shop import CLICK, IMPRESSION, Shop

pytestmark = pytest.mark.redis


@pytest.fixture
def shop(redis: redis_client.Redis) -> Shop:
    return Shop(redis)


def test_an_event_stands_in_the_stream_with_all_that_reports_ask_for(shop: Shop) -> None:
    one = shop.reserve("v")
    shop.ledger.book(shop.token(one), device=Device.MOBILE)
    (event,) = shop.recorded()
    assert (event.kind, event.status, event.amount_micros) == (IMPRESSION, EventStatus.BILLED, 2_000)
    assert (event.flight, event.campaign, event.advertiser, event.creative, event.placement) == (1, 1, 1, 1, 1)
    assert (event.device, event.country, event.section) == (Device.MOBILE, "FR", "politics")
    assert event.decision_id == f"{one.epoch}-{one.minute}-{one.serial}"
    assert abs(event.at - time.time()) < 60


def test_what_does_not_bill_is_there_with_its_reason(shop: Shop) -> None:
    tokens = [shop.token(shop.reserve(f"v{n}")) for n in range(2)]
    shop.ledger.book(tokens[0], "bot")
    shop.ledger.book(tokens[0])
    shop.ledger.book(tokens[0])
    shop.ledger.book(AdToken(IMPRESSION, "s", 0, 0, 0, 1, 1, 1))
    shop.ledger.book(AdToken(IMPRESSION, "s", 0, 0, 0, 77, 1, 1))
    shop.pass_minutes(121)
    shop.ledger.book(tokens[1])
    assert [(str(event.status), event.reason) for event in shop.recorded()] == [
        ("invalid", "bot"), ("billed", ""), ("replay", "replay"), ("counted", ""), ("unknown", "unknown-flight"),
        ("expired", "expired"),
    ]  # fmt: skip


def test_a_click_brings_the_impression_that_it_implies(shop: Shop) -> None:
    shop.ledger.book(shop.token(shop.reserve("v"), CLICK))
    assert [(event.kind, event.implied, event.amount_micros) for event in shop.recorded()] == [
        (IMPRESSION, True, 2_000), (CLICK, False, 0),
    ]  # fmt: skip


def test_a_stream_without_room_takes_nothing_and_books_nothing(redis: redis_client.Redis) -> None:
    shop = Shop(redis, max_waiting=1)
    first, second = shop.token(shop.reserve("v1")), shop.token(shop.reserve("v2"))
    shop.ledger.book(first)
    with pytest.raises(StoreUnavailable, match="run a worker"):
        shop.ledger.book(second)
    redis.xtrim("sf:{s}:events", maxlen=0)
    assert shop.ledger.book(second).status is EventStatus.BILLED


def test_lateness_of_an_event_out_of_a_journal_is_judged_by_its_receipt(shop: Shop) -> None:
    one, other = shop.reserve("v1"), shop.reserve("v2")
    shop.pass_minutes(600)
    in_time = AdEvent(shop.token(one), received_at=60 * one.minute + 30, record=JournalRecord("a", 1))
    late = AdEvent(shop.token(other), received_at=60 * (other.minute + 121), record=JournalRecord("a", 2))
    assert [str(booking.status) for booking in shop.ledger.book_each([in_time, late])] == ["billed", "expired"]
    assert shop.recorded()[0].at == 60 * one.minute + 30


@pytest.mark.parametrize(("received_after", "status"), [(2, "billed"), (3, "unbilled")])
def test_what_came_within_its_window_is_billed_though_others_hold_the_rest_when_it_is_drained(
    redis: redis_client.Redis, received_after: int, status: str
) -> None:
    shop = Shop(redis, cap=2_000)
    one = shop.reserve("v1")
    shop.pass_minutes(10)
    shop.reserve("v2")
    drained = AdEvent(shop.token(one), received_at=60 * (one.minute + received_after), record=JournalRecord("a", 1))
    assert str(shop.ledger.book_each([drained])[0].status) == status


def test_a_host_whose_clock_is_ahead_makes_no_event_late(shop: Shop) -> None:
    one = shop.reserve("v1")
    ahead = AdEvent(shop.token(one), received_at=60 * (one.minute + 300), record=JournalRecord("a", 1))
    assert shop.ledger.book_each([ahead])[0].status is EventStatus.BILLED


def test_marks_outlive_an_outage_of_a_day(shop: Shop) -> None:
    one, other = shop.reserve("v1"), shop.reserve("v2")
    shop.ledger.book(shop.token(one))
    shop.pass_minutes(1_440)
    for n in range(40):
        shop.ledger.reserve("s", f"w{n}", [])
    events = [
        AdEvent(shop.token(each), received_at=60 * each.minute, record=JournalRecord("a", number))
        for number, each in enumerate((one, other), 1)
    ]
    assert [str(booking.status) for booking in shop.ledger.book_each(events)] == ["replay", "billed"]


def test_a_record_whose_forerunner_was_not_taken_waits_until_its_segment_is_drained_from_the_start(
    redis: redis_client.Redis,
) -> None:
    shop = Shop(redis, cap=None)
    first, second, third = (
        AdEvent(shop.token(shop.reserve(f"v{n}")), received_at=int(time.time()), record=JournalRecord("a", n, n - 1))
        for n in (1, 2, 3)
    )
    with pytest.raises(StoreUnavailable):
        shop.ledger.book_each([first, third])
    assert len(shop.recorded()) == shop.ledger.delivery("s", [1])[0].net_impressions == 1
    told = shop.ledger.book_each([first, second, third])
    assert [str(booking.status) for booking in told] == ["replay", "billed", "billed"]


def test_an_event_whose_marks_are_gone_is_never_billed(shop: Shop) -> None:
    """A day after an outage began nobody knows whether the event was booked before it."""
    one = shop.reserve("v1")
    shop.pass_minutes(1_700)
    for n in range(40):
        shop.ledger.reserve("s", f"w{n}", [])
    drained = AdEvent(shop.token(one), received_at=60 * one.minute, record=JournalRecord("a", 1))
    assert shop.ledger.book_each([drained])[0].status is EventStatus.EXPIRED


def test_a_record_of_a_journal_is_taken_once_however_often_its_segment_is_drained(shop: Shop) -> None:
    """A house ad has no mark of its own: the record's number is what makes a second drain harmless."""
    house = AdToken(IMPRESSION, "s", 0, 0, 0, 1, 1, 1)
    records = [AdEvent(house, received_at=int(time.time()), record=JournalRecord("ab", n)) for n in (1, 2, 3)]
    shop.ledger.book_each(records[:2])
    again = shop.ledger.book_each(records)
    assert [str(booking.status) for booking in again] == ["replay", "replay", "counted"]
    assert shop.ledger.delivery("s", [1])[0].gross_impressions == 3
    assert len(shop.recorded()) == 3


def test_a_reservation_that_the_ledgers_clock_has_not_reached_is_not_billed(shop: Shop) -> None:
    """A store whose clock ran ahead made it, and was lost; minutes to come must not be marked."""
    token = shop.token(shop.reserve("v"))
    near, far = token._replace(minute=token.minute + 2), token._replace(minute=token.minute + 60)
    assert [str(shop.ledger.book(one).status) for one in (far, near, token)] == ["unknown", "billed", "billed"]
    assert shop.recorded()[0].reason == "future"
    assert len(shop.client.keys("sf:{s}:used:*")) == 2


def test_an_event_of_an_erased_site_leaves_nothing(shop: Shop, redis: redis_client.Redis) -> None:
    token = shop.token(shop.reserve("v"))
    redis.delete(*redis.keys("sf:{s}:*"))
    assert shop.ledger.book(token).status is EventStatus.UNKNOWN
    assert redis.keys("sf:{s}:*") == []


@given(st.binary(max_size=80))
def test_bytes_that_are_no_event_are_told_as_such(raw: bytes) -> None:
    with suppress(UnreadableEvent):
        assert read_event(b"1-0", raw).id == "1-0"


@given(
    st.text(max_size=60), st.sampled_from(["", "FR", "GB", "xyz"]), st.text(min_size=1, max_size=20), st.booleans(),
    st.lists(st.text(st.characters(exclude_characters="|\x1f", codec="utf-8"), min_size=1, max_size=64), max_size=20),
)  # fmt: skip
def test_a_token_carries_its_page_as_far_as_its_address_has_room(
    section: str, country: str, site: str, late: bool, near: list[str]
) -> None:
    large = 2**31 if late else 1
    token = AdToken(CLICK, site, large, large, large, large, large, large, large, large, section=section,
                    country=country, near=near_text(near))  # fmt: skip
    text = sign(token, b"key")
    read = read_token(text, b"key")
    assert len(text) < 200
    assert isinstance(read, AdToken)
    assert section.startswith(read.section)
    assert read.country == (country if len(country) == 2 else "")
    assert packed_tail(AdEvent(read))
    *whole, last = read.near.split("|")
    assert whole == near[: len(whole)]
    assert last in ("", "~", *near[len(whole) :][:1])


def test_widgets_beside_an_ad_are_named_as_far_as_there_is_room() -> None:
    assert near_text(["must-read", "recent-news"]) == "must-read|recent-news"
    assert near_text(["must-read", "recent-news", "x" * 40]) == "must-read|recent-news|~"
    assert near_text(["x" * 64]) == "~"
    assert near_text([]) == ""


def test_what_many_flights_delivered_is_read_in_parts_and_told_in_their_order(shop: Shop) -> None:
    shop.ledger.book(shop.token(shop.reserve("v")))
    of_one = shop.ledger.delivery("s", [1])
    assert of_one[0].gross_impressions == 1
    strangers = range(2, READ_AT_ONCE + 3)
    assert shop.ledger.delivery("s", [*strangers, 1, 2]) == [*[Delivery()] * len(strangers), *of_one, Delivery()]
    assert shop.ledger.delivery("s", []) == []
