"""What reports tell of pacing and of the slots that were there to fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import redis as redis_client
from flask.testing import FlaskClient

from service.adapters.redis.ads.demand_counter import RedisDemandCounter
from service.adapters.redis.learnt_values import traffics
from service.domain.ads.booking.ledger import Delivery
from service.domain.ads.forecast.demand import Audience, Demand
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.inventory import Flight, PriceModel, Tier
from service.domain.ads.slot import SlotRequest
from service.domain.events.sums.period import period
from service.domain.events.sums.rollup import Sums
from service.domain.money.money import MICROS
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.reports.report_pace import PeriodPace, ReportPace
from service.usecases.events.roll_up_events import RollUpEvents

HOUR, DAY = 3_600, 86_400
FIRST = date(2026, 11, 2)
MONDAY = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
NOON = MONDAY + 2 * DAY + 12 * HOUR
HEAD = "advertiser,campaign,flight,placements,creative,format,headline,landing_url,price,goal,starts_at,ends_at,pacing"
SHEET = f"""{HEAD}
acme,spring,fast,sidebar,k1,native,Cars,https://acme.example/,2.00,100000,2026-01-01,2099-01-01,asap
acme,spring,late,sidebar,k2,native,Boats,https://acme.example/,2.00,100000,2026-01-01,2099-01-01,even
"""


def flight(**terms: Any) -> Flight:
    """A flight of ten days with a goal of 10,000 impressions."""
    own: dict[str, Any] = {
        "starts_at": MONDAY, "ends_at": MONDAY + 10 * DAY, "goal_type": "impressions", "goal": 10_000,
        "price_model": PriceModel.CPM, "price_micros": 2_000_000,
    }  # fmt: skip
    return Flight("f", "c", "a", Tier.STANDARD, **{**own, **terms})


class Desk:
    """A site whose reports are asked for at noon of the third day."""

    def __init__(self, redis: redis_client.Redis) -> None:
        self.traffic, self.demand = traffics(redis), RedisDemandCounter(redis)
        self.pace = ReportPace(self.traffic, self.demand, lambda: NOON)

    def of(self, by: str, **terms: Any) -> PeriodPace:
        """The pace of the first three days."""
        asked = period(FIRST, date(2026, 11, 4), by, "UTC", FIRST)
        told = self.pace.of_period("s", asked, {})
        told.learn(flight(**terms))
        return told


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


def impressions(count: int) -> Sums:
    """So many valid impressions."""
    return Sums(gross=[count, 0, 0], net=[count, 0, 0])


@pytest.mark.redis
def test_a_flight_on_its_line_is_at_one(desk: Desk) -> None:
    told = desk.pace.since_start("s", {})
    assert told(flight(), Delivery(net_impressions=2_575)) == pytest.approx(1, abs=0.002)
    assert told(flight(), Delivery(net_impressions=3_000, unbilled_impressions=1_700)) == pytest.approx(0.5, abs=0.01)
    money = flight(goal_type="budget", goal=20 * MICROS)
    assert told(money, Delivery(spend_micros=5_150_000)) == pytest.approx(1, abs=0.002)


@pytest.mark.redis
def test_what_was_had_before_the_line_began_counts_to_what_is_due(desk: Desk) -> None:
    told = desk.pace.since_start("s", {})
    again = flight(planned_from=NOON - DAY, planned_after=4_000 * MICROS)
    assert told(again, Delivery(net_impressions=4_727)) == pytest.approx(1, abs=0.003)


@pytest.mark.redis
def test_nothing_is_told_of_what_is_not_paced_or_not_begun(desk: Desk) -> None:
    told = desk.pace.since_start("s", {})
    assert told(flight(pacing="asap"), Delivery(net_impressions=9)) is None
    assert told(flight(starts_at=NOON + 60), Delivery()) is None


@pytest.mark.redis
def test_a_learnt_week_tells_what_was_due_by_traffic(desk: Desk) -> None:
    by_day = tuple(2.0 if at % 24 >= 12 else 0.0 for at in range(168))
    desk.traffic.keep("s", Traffic("UTC", 1, 2.0, by_day, (0.3,) * 168))
    told = desk.pace.since_start("s", {})
    assert told(flight(pacing="traffic"), Delivery(net_impressions=2_060)) == pytest.approx(1, abs=0.003)


@pytest.mark.redis
def test_a_day_and_a_period_have_what_was_due_in_them(desk: Desk) -> None:
    by_day, whole = desk.of("day,flight"), desk.of("flight")
    assert by_day.pacing(("2026-11-03", "f", "EUR"), impressions(1_030)) == pytest.approx(1, abs=0.003)
    assert by_day.pacing(("2026-11-04", "f", "EUR"), impressions(515)) == pytest.approx(1, abs=0.003)
    assert whole.pacing(("f", "EUR"), impressions(2_575)) == pytest.approx(1, abs=0.003)
    assert desk.of("day,campaign").pacing(("2026-11-03", "c", "EUR"), impressions(9)) is None
    assert whole.pacing(("#7", "EUR"), impressions(9)) is None


@pytest.mark.redis
def test_slots_filled_over_slots_asked_by_time_and_placement(desk: Desk) -> None:
    for hour, asked, filled in ((0, 40, 10), (30, 60, 50)):
        desk.demand.add("s", MONDAY // HOUR + hour, {Audience("sidebar"): Demand(asked, filled)})
    desk.demand.add("s", MONDAY // HOUR, {Audience("foot"): Demand(60, 5)})
    by_day, by_place = desk.of("day"), desk.of("placement")
    assert by_day.fill_rate(("2026-11-02", "EUR")) == 0.15
    assert by_day.fill_rate(("2026-11-04", "EUR")) is None
    assert by_place.fill_rate(("sidebar", "EUR")) == 0.6
    assert by_day.filled_of_all() == by_place.filled_of_all() == 0.40625
    assert desk.of("flight").fill_rate(("f", "EUR")) is None


@pytest.mark.redis
def test_reports_tell_both(
    web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    services.sites.put(Site("courier"))
    token = bearer("ads", "reports", site="courier")
    assert web.post("/v1/inventory?mode=apply", data=SHEET, content_type="text/csv", headers=token).status_code == 200
    services.ads.snapshots.refresh("courier")
    for page, placement in enumerate(("sidebar", "sidebar", "article-foot", "article-foot")):
        asked = SlotsRequest(Site("courier"), f"v{page}", (SlotRequest("top", placement),))
        slot = services.ads.slots.fill(asked, services.clock()).slots["top"]
        if slot is not None:
            web.get(slot.impression_url)
    RollUpEvents(services.event_stream, services.site_records, "test").work_off()
    for tally in services.ads.tallies:
        tally(services.clock())

    def report(query: str) -> Any:
        return web.get(f"/v1/reports/delivery?{query}", headers=token).json

    today = datetime.now(UTC).date()
    of_day = report(f"by=day&from={today}")
    assert (of_day["rows"][0]["fill_rate"], of_day["totals"]["fill_rate"]) == (0.5, 0.5)
    later = replace(services.ads.reports._pace, clock=lambda: services.clock() + 300 * DAY)
    monkeypatch.setattr(services.ads.reports, "_pace", later)
    assert [(row["flight_id"], row["pacing"]) for row in report("by=flight")["rows"]] == [("fast", None), ("late", 0)]
    [of_flight] = report(f"by=flight&from={today}")["rows"]
    assert of_flight["fill_rate"] is None
