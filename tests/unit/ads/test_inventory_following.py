"""A snapshot that follows pauses and resumptions answers as one that is built anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ads.inventory import (
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    Inventory,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_following import MOST_FOLLOWED, followed
from service.domain.ads.inventory_snapshot import InventorySnapshot, build_snapshot, explain
from service.domain.ads.inventory_store import (
    ChangedFlights,
)
from service.domain.ads.pacing.watched import Watched
from service.domain.ads.targeting.slot_facts import SlotFacts

NOON = 1_764_504_000
SHARED = Flight(
    "shared", "c", "a", Tier.SPONSORSHIP, goal_type="share", goal=30, price_model=PriceModel.FLAT, number=9,
    placements=("sidebar",), creatives=(FlightCreative("k"),),
)  # fmt: skip


def flight(number: int, **terms: object) -> Flight:
    """A flight of a goal; each two have one price and one end."""
    own: dict[str, object] = {
        "tier": Tier.STANDARD if number % 2 else Tier.PRICE, "goal_type": "impressions", "goal": 1_000, "starts_at": 0,
        "ends_at": NOON * 2 + number // 4, "price_model": PriceModel.CPM, "price_micros": 1_000_000 * (1 + number // 4),
        "placements": ("sidebar", "article-foot")[: 1 + number % 3], "creatives": (FlightCreative("k"),),
        "number": number, "companions": ("300x250", "300x600") if number == 5 else (),
    }  # fmt: skip
    return Flight(f"f{number}", "c", "a", **{**own, **terms})  # type: ignore[arg-type]


FLIGHTS = [flight(number) for number in range(1, 9)]
PAGES = [SlotFacts(NOON, seed=seed << 32) for seed in (3, 60)]


def inventory_of(flights: list[Flight], version: int = 1) -> Inventory:
    """An inventory of these flights and one creative."""
    creative = Creative("k", "a", "native", "https://a.example/", number=1)
    return Inventory(version, flights={one.id: one for one in flights}, creatives={"k": creative})


def snapshot_of(flights: list[Flight]) -> InventorySnapshot:
    """The snapshot of these flights, as files have it: with a mark."""
    return replace(build_snapshot(inventory_of(flights), lambda _: np.array([], np.uint64)), mark="m1")


def told(watched: Watched) -> list[tuple[int, ...]]:
    """What is watched, as numbers."""
    columns = (watched.numbers, watched.starts_at, watched.ends_at)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def answers(snapshot: InventorySnapshot) -> list[object]:
    """All that pages ask of a snapshot, by flights' ids."""
    found: list[object] = []
    for of_placement in snapshot.placements.values():
        for facts in PAGES:
            asked = (
                of_placement.paid(facts, 3, 8), of_placement.house(facts, 3, 8),
                of_placement.together(facts, house=False),
            )  # fmt: skip
            found += [[of_placement.flights[at].flight for at in places] for places in asked]
            found += [sorted(of_placement.goals_suited(facts).tolist()), of_placement.ranks(facts)]
            found.append(explain(snapshot, of_placement.placement, facts))
    return [*found, told(snapshot.watched), dict(snapshot.flights_by_number), dict(snapshot.flights), snapshot.version]


@settings(deadline=None)  # a busy machine takes its time
@given(
    st.dictionaries(st.sampled_from(FLIGHTS), st.tuples(st.sampled_from(FlightStatus), st.integers(0, 9)), max_size=5)
)
def test_its_answers_are_those_of_one_that_is_built_anew(changes: dict[Flight, tuple[FlightStatus, int]]) -> None:
    now = {one.id: replace(one, status=status, planned_from=at) for one, (status, at) in changes.items()}
    found = followed(snapshot_of([*FLIGHTS, SHARED]), ChangedFlights("m2", 7, tuple(now.values())))
    anew = build_snapshot(
        inventory_of([*(now.get(one.id, one) for one in FLIGHTS), SHARED], 7), lambda _: np.array([], np.uint64)
    )
    assert found is not None
    assert answers(found) == answers(anew)
    assert found.mark == "m2"


def test_what_it_follows_is_always_the_snapshot_that_was_built() -> None:
    base = snapshot_of(FLIGHTS)
    paused = followed(base, ChangedFlights("m2", 2, (replace(FLIGHTS[0], status=FlightStatus.PAUSED),)))
    assert paused is not None
    assert paused.base is base


@pytest.mark.parametrize(
    "changed",
    [
        replace(FLIGHTS[0], price_micros=5),
        replace(FLIGHTS[1], placements=("article-foot",)),
        replace(FLIGHTS[2], status=FlightStatus.PAUSED, days=(1,)),
        replace(SHARED, status=FlightStatus.PAUSED),
        flight(12),
        replace(flight(10), status=FlightStatus.ACTIVE),
    ],
    ids=["price", "placements", "paused, and its days", "a share", "a new one", "one that did not run"],
)
def test_any_other_change_is_a_matter_for_a_new_snapshot(changed: Flight) -> None:
    base = snapshot_of([*FLIGHTS, SHARED, flight(10, status=FlightStatus.PAUSED)])
    assert followed(base, ChangedFlights("m2", 2, (changed,))) is None


def test_many_changes_are_a_matter_for_a_new_snapshot() -> None:
    base = snapshot_of(FLIGHTS)
    paused = replace(FLIGHTS[0], status=FlightStatus.PAUSED)
    assert followed(base, ChangedFlights("m2", 2, (paused,) * (MOST_FOLLOWED + 1))) is None
