"""A placement may wait longer for impressions: holds, what is on time, caps and what is lost go by its window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import redis as redis_client
from flask.testing import FlaskClient

from service.domain.ads.booking.cap_day import CapDay
from service.domain.ads.booking.ledger import Candidate, Reservation, SlotPlan, extra_minutes
from service.domain.ads.inventory import Unit
from service.domain.ads.reader.frequency import Capped, CountedReader, ReaderCap, Window
from service.domain.events.tokens import AdToken, EventKind, read_token
from service.services import Services
from tests.faults.ledger.clocked_store import ClockedStore
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

FLIGHT = auctioned(cap_unit=Unit.IMPRESSIONS)
FIFTEEN = 13
"""Minutes beyond the usual two."""


class Desk(ClockedStore):
    """One flight in an empty store, and a clock that the test moves."""

    def put(self, impressions: int) -> None:
        """Loads the flight with a cap of so many impressions."""
        self.store.apply("s", inventory(replace(FLIGHT, lifetime_cap=impressions)), self.store.version("s"))

    @property
    def minute(self) -> int:
        """The ledger's minute."""
        return (int(self.client.time()[0]) + self.offset) // 60

    def reserve(
        self, extra: int = 0, view: str | None = None, reader: CountedReader | None = None, cap: int = 0
    ) -> Reservation | None:
        """Asks for one slot of a new page view, whose impression is waited for `extra` minutes longer."""
        self.views += 1
        caps = (ReaderCap(Capped.FLIGHT, 1, cap),) if cap else ()
        one = Candidate(1, 1, CapDay(1, self.start - 3_600, self.start + 86_400), caps=caps)
        plan = SlotPlan("slot", 1, (one,), extra)
        return self.ledger.reserve("s", view or f"view-{self.views}", [plan], reader=reader).slots[0]

    def book(self, one: Reservation | None, kind: EventKind = EventKind.IMPRESSION) -> str:
        """Books an event and returns its status."""
        assert one is not None
        token = AdToken(
            kind, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1,
            one.model, one.price_micros, one.view_ppm, one.click_ppm, one.day, extra_minutes=one.extra_minutes,
        )  # fmt: skip
        return str(self.ledger.book(token).status)


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


@pytest.mark.parametrize(
    ("window_s", "extra"), [(None, 0), (120, 0), (121, 1), (180, 1), (600, 8), (899, FIFTEEN), (900, FIFTEEN)]
)
def test_a_window_counts_in_whole_minutes(window_s: int | None, extra: int) -> None:
    assert extra_minutes(window_s) == extra


def test_a_longer_hold_lapses_when_its_own_window_is_over(desk: Desk) -> None:
    desk.put(1)
    assert desk.reserve(FIFTEEN)
    desk.pass_minutes(15)
    assert desk.reserve() is None
    desk.pass_minutes(1)
    assert desk.reserve()


def test_a_short_hold_lapses_though_a_longer_one_was_there_before_it(desk: Desk) -> None:
    desk.put(2)
    assert desk.reserve(FIFTEEN)
    desk.pass_minutes(1)
    assert desk.reserve()
    desk.pass_minutes(3)
    assert [bool(desk.reserve()) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(("extra", "status"), [(FIFTEEN, "billed"), (0, "unbilled")])
def test_on_time_is_what_comes_within_the_window(desk: Desk, extra: int, status: str) -> None:
    """The cap is lowered to one while two wait: on time only what is booked counts, late what others hold too."""
    desk.put(2)
    first = desk.reserve(extra)
    desk.pass_minutes(15)
    assert desk.reserve()
    desk.put(1)
    assert desk.book(first) == status


def test_its_impression_gives_its_own_hold_back_and_no_other(desk: Desk) -> None:
    desk.put(3)
    longer = desk.reserve(FIFTEEN)
    desk.pass_minutes(FIFTEEN)
    usual = desk.reserve()
    assert (desk.book(longer), desk.book(longer)) == ("billed", "replay")
    record = desk.ledger.standings("s", [1], 0.0).flights[0]
    assert (record.booked[Unit.IMPRESSIONS], record.held[Unit.IMPRESSIONS]) == (1_000_000, 1_000_000)
    assert desk.book(usual) == "billed"
    assert [bool(desk.reserve()) for _ in range(2)] == [True, False]


def test_what_lapses_with_a_minute_is_told_when_its_window_ends(desk: Desk) -> None:
    desk.put(9)
    desk.reserve(FIFTEEN)
    for passed in range(17):
        lapsing = desk.ledger.standings("s", [1], 60.0 * desk.minute).flights[0].lapsing[Unit.IMPRESSIONS]
        assert lapsing == (1_000_000 if passed == 15 else 0)
        desk.pass_minutes(1)


def test_a_repeat_is_answered_with_the_window_that_it_was_given(desk: Desk) -> None:
    desk.put(9)
    first = desk.reserve(FIFTEEN, "v")
    assert first is not None
    assert first.extra_minutes == FIFTEEN
    assert desk.reserve(0, "v") == first


@pytest.mark.parametrize(("extra", "after", "shown"), [(0, 3, True), (FIFTEEN, 3, False), (FIFTEEN, 16, True)])
def test_a_reader_may_be_shown_it_again_once_the_window_passed_in_vain(
    desk: Desk, extra: int, after: int, shown: bool
) -> None:
    desk.put(9)
    day = Window(desk.start - 3_600, desk.start + 86_400)
    reader = CountedReader("ann", (day,) * 4)
    assert desk.reserve(extra, reader=reader, cap=1)
    desk.pass_minutes(after)
    assert bool(desk.reserve(0, reader=reader, cap=1)) is shown


SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,price
acme,spring,f,lazy,k,native,Cars,https://acme.example/,5.00
"""


def test_a_placements_window_goes_from_its_put_to_the_address_of_the_event(
    web: FlaskClient, bearer: Callable[..., dict[str, str]], services: Services
) -> None:
    admin = bearer("admin", "ads", site="courier")
    web.put("/v1/sites/courier", json={}, headers=admin)
    body: dict[str, Any] = {"formats": ["native"], "window_s": 600}
    assert web.put("/v1/placements/lazy", json=body, headers=admin).json["window_s"] == 600
    assert web.get("/v1/placements/lazy", headers=admin).json["window_s"] == 600
    assert web.get("/v1/placements/sidebar", headers=admin).json["window_s"] is None
    web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=admin)
    services.ads.snapshots.refresh("courier")
    page = {"site": "courier", "page_view": "v", "slots": [{"id": "top", "placement": "lazy"}]}
    slot = web.post("/v1/page", json=page, headers=bearer("render", site="courier")).json["slots"]["top"]
    for name in ("impression_url", "view_url", "click_url"):
        token = read_token(slot[name].rpartition("/")[2], services.secret)
        assert isinstance(token, AdToken)
        assert token.extra_minutes == 8


@pytest.mark.parametrize("window_s", [119, 901, 0, -120, 300.5, "soon", True])
def test_a_window_beyond_two_to_fifteen_minutes_is_refused(
    web: FlaskClient, bearer: Callable[..., dict[str, str]], window_s: object
) -> None:
    admin = bearer("admin", "ads", site="courier")
    web.put("/v1/sites/courier", json={}, headers=admin)
    answer = web.put("/v1/placements/lazy", json={"window_s": window_s}, headers=admin)
    assert (answer.status_code, [error["path"] for error in answer.json["errors"]]) == (400, ["window_s"])
