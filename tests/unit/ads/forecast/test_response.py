"""What a flight paid by view or click is expected to bring follows what readers do, and few counts prove little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.booking.standing import Standing, Standings
from service.domain.ads.inventory import (
    Creative,
    Flight,
    FlightCreative,
    Placement,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_snapshot import explain
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.response.response import NEW_RESPONSE, Responded, Response, ecpm_micros, priors_of, response_to
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from tests.makers.memory_inventory import MemoryInventoryStore

NOW = 500 * 3_600


def auctioned(name: str, model: PriceModel, price_micros: int) -> Flight:
    """A flight in the auction for the sidebar."""
    return Flight(
        name, "c", "a", Tier.PRICE, price_model=model, price_micros=price_micros, placements=("sidebar",),
        creatives=(FlightCreative("k"),),
    )  # fmt: skip


_COUNTS = ("impressions", "views", "clicks")
BY_CLICK = auctioned("by-click", PriceModel.CPC, 500_000)
BY_VIEW = auctioned("by-view", PriceModel.VCPM, 1_500_000)
BY_IMPRESSION = auctioned("by-impression", PriceModel.CPM, 950_000)


def responses(counted: dict[int, Responded]) -> dict[int, Response]:
    """The response to each flight of a site."""
    counts = (np.array([getattr(one, name) for one in counted.values()], np.int64) for name in _COUNTS)
    priors = priors_of(*counts)
    return {number: response_to(one, priors) for number, one in counted.items()}


def test_before_anything_is_counted_the_cautious_values_of_display_advertising_hold() -> None:
    assert ecpm_micros(BY_CLICK) == 1_000_000
    assert ecpm_micros(BY_VIEW) == 900_000
    assert ecpm_micros(BY_IMPRESSION) == 950_000


def test_one_lucky_click_proves_little_and_a_thousand_prove_much() -> None:
    lucky = responses({1: Responded(10, 5, 1)})[1]
    assert NEW_RESPONSE.click_ratio < lucky.click_ratio < 2 * NEW_RESPONSE.click_ratio
    proven = responses({1: Responded(100_000, 50_000, 1_000)})[1]
    assert proven == Response(pytest.approx(0.5, abs=0.001), pytest.approx(0.01, abs=0.0001))  # type: ignore[arg-type]


def test_a_new_flight_is_believed_to_be_like_the_sites_others() -> None:
    alike = {n: Responded(100_000, 70_000, 500) for n in range(12)}
    new = responses({**alike, 99: Responded(0, 0, 0)})[99]
    assert new.click_ratio == pytest.approx(0.005, rel=0.01)
    assert new.view_ratio == pytest.approx(0.7, rel=0.01)


def test_flights_that_differ_are_drawn_less_towards_each_other() -> None:
    few = Responded(1_000, 600, 20)
    alike = {n: Responded(10_000, 6_000, 20) for n in range(12)}
    apart = {n: Responded(10_000, 6_000, 5 * n) for n in range(12)}
    assert responses({**alike, 99: few})[99].click_ratio < responses({**apart, 99: few})[99].click_ratio


@given(st.dictionaries(st.integers(1, 99), st.tuples(*[st.integers(0, 10**6)] * 3), max_size=20))
def test_a_rate_is_never_nothing_nor_certain(counted: dict[int, tuple[int, int, int]]) -> None:
    found = responses({number: Responded(*counts) for number, counts in counted.items()})
    assert found.keys() == counted.keys()
    assert all(0 < ratio < 1 for one in found.values() for ratio in (one.view_ratio, one.click_ratio))


class CountedLedger:
    """A ledger in which each flight has the impressions, views and clicks that the test tells."""

    def __init__(self) -> None:
        self.counted: dict[int, tuple[int, int, int]] = {}

    def standings(self, site_id: str, flights: list[int], now: float) -> Standings:  # noqa: ARG002
        """As told; nothing is booked nor held."""
        counts = (self.counted.get(number, (0, 0, 0)) for number in flights)
        return Standings(int(now // 60), tuple(Standing({}, {}, {}, *each) for each in counts))


def test_the_auction_and_its_floor_follow_what_readers_do() -> None:
    store, ledger = MemoryInventoryStore(), CountedLedger()
    creative = Creative("k", "a", "native", "https://a.example/")
    sidebar = Placement("sidebar", floor_micros=800_000, number=1)
    store.apply("s", InventoryChanges((creative, sidebar, BY_CLICK, BY_VIEW, BY_IMPRESSION)), 0)
    snapshots = InventorySnapshots(store, lambda _: (lambda _: np.array([], np.uint64),))
    keeper = PaceKeeper(snapshots, ledger, 5)  # type: ignore[arg-type]
    snapshot = snapshots.current("s")
    numbers = {one.flight.id: number for number, one in snapshot.flights_by_number.items()}

    def asked() -> list[str]:
        of_placement = snapshot.placements["sidebar"]
        return [of_placement.flights[at].flight.id for at in of_placement.paid(SlotFacts(NOW), 0, 10)]

    assert asked() == ["by-click", "by-impression", "by-view"]
    ledger.counted = {numbers["by-click"]: (50_000, 30_000, 10), numbers["by-view"]: (50_000, 45_000, 90)}
    keeper.look(NOW)
    assert asked() == ["by-view", "by-impression"]
    assert explain(snapshot, snapshot.placements["sidebar"].placement, SlotFacts(NOW)) == {
        "by-click": "floor", "by-view": None, "by-impression": None,
    }  # fmt: skip
