"""What page calls ask for is counted, written down and learnt from, on a real store."""

from __future__ import annotations

from typing import Any

import pytest

from service.domain.ads.forecast.demand import Audience, Demand
from service.domain.ads.slot import SlotRequest
from service.domain.errors import StoreUnavailable
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.fill_slots import SlotsAnswer
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.forecast.count_demand import MOST_AUDIENCES, DemandTally

pytestmark = pytest.mark.redis

HOUR = 480_000
SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price,goal_type,goal,pacing
acme,spring,paid,sidebar,k1,native,Cars,https://acme.example/,price,2.00,impressions,2,asap
courier,own,house,sidebar|article-foot,k2,native,Subscribe,https://courier.example/,house,,,,asap
"""


class CounterThatFails:
    """A counter whose store is away at first."""

    def __init__(self) -> None:
        self.away, self.added = True, dict[int, Any]()

    def add(self, site_id: str, hour: int, counts: Any) -> None:
        """Keeps the counts of the hour."""
        assert site_id == "courier"
        if self.away:
            raise StoreUnavailable("away")
        self.added[hour] = dict(counts)


def asked(view: str = "v", *placements: str, **told: Any) -> SlotsRequest:
    """A page call with a slot of each placement."""
    slots = tuple(SlotRequest(f"{place}", name) for place, name in enumerate(placements or ("sidebar",)))
    return SlotsRequest(Site("courier"), view, slots, **told)


def write_down(services: Services) -> None:
    """Puts what this process counted into the store."""
    for tally in services.ads.tallies:
        tally(services.clock())


@pytest.fixture
def courier(services: Services) -> Services:
    services.sites.put(Site("courier"))
    rows, faults = services.read_sheet(SHEET.encode(), "text/csv", 10_000)
    assert services.ads.load.apply(services.site_records.get("courier"), rows, faults).version == 1
    services.ads.snapshots.refresh("courier")
    return services


def test_slots_are_counted_as_asked_and_as_filled_by_who_pays(courier: Services) -> None:
    now = courier.clock()
    for view in ("v1", "v2", "v3"):
        courier.ads.slots.fill(asked(view, "sidebar", "no-such", "article-foot"), now)
    courier.ads.slots.fill(asked("v4", billable=False), now)
    write_down(courier)
    told = courier.ads.forecasting.demand.hours("courier", [int(now // 3_600)])
    assert told == [{"sidebar": Demand(3, 2), "article-foot": Demand(3, 0)}]


def test_audiences_are_told_as_flights_are_compared_with_them(courier: Services) -> None:
    now = courier.clock()
    courier.ads.slots.fill(asked(section=" World ", country="es", device="mobile", language="en-GB"), now)
    courier.ads.slots.fill(asked("w"), now)
    write_down(courier)
    told = courier.ads.forecasting.demand.days("courier", [int(now // 86_400)])
    assert told == [{Audience("sidebar", "world", "ES", "mobile", "en"): 1, Audience("sidebar"): 1}]


def test_a_worker_learns_the_week_from_what_was_counted(courier: Services) -> None:
    hour = int(courier.clock() // 3_600)
    for ago in range(1, 200):
        courier.ads.forecasting.demand.add("courier", hour - ago, {Audience("sidebar"): Demand(30)})
    courier.ads.forecasting.learning.look()
    found = courier.ads.forecasting.traffic.read("courier")
    assert found is not None
    assert (found.until_hour, round(found.level)) == (hour, 30)


def test_what_cannot_be_written_is_kept_for_its_own_hour() -> None:
    tally, counter = DemandTally(), CounterThatFails()
    tally.note(asked(), SlotsAnswer(), HOUR * 3_600.0)
    with pytest.raises(StoreUnavailable):
        tally.write_down(counter, HOUR * 3_600.0 + 5)  # type: ignore[arg-type]
    tally.note(asked(), SlotsAnswer(), HOUR * 3_600.0 + 3_600)
    counter.away = False
    tally.write_down(counter, HOUR * 3_600.0 + 3_605)  # type: ignore[arg-type]
    assert counter.added == {hour: {Audience("sidebar"): Demand(1)} for hour in (HOUR, HOUR + 1)}


def test_sections_without_end_are_counted_by_placement_alone() -> None:
    tally, counter = DemandTally(), CounterThatFails()
    for number in range(MOST_AUDIENCES + 50):
        tally.note(asked(section=f"section {number}"), SlotsAnswer(), HOUR * 3_600.0)
    counter.away = False
    tally.write_down(counter, HOUR * 3_600.0)  # type: ignore[arg-type]
    assert counter.added[HOUR][Audience("sidebar")] == Demand(50)
    assert len(counter.added[HOUR]) == MOST_AUDIENCES + 1
