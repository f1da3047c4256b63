"""A snapshot that follows single changes answers as one that is built anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    Inventory,
    Placement,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_following import followed
from service.domain.ads.inventory_snapshot import InventorySnapshot, build_snapshot, explain
from service.domain.ads.inventory_store import (
    ChangedFlights,
)
from service.domain.ads.pacing.watched import Watched
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.ports import TermIds

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


def analyzer(text: str) -> TermIds:
    """An analyzer that takes each word for a term."""
    return np.array(sorted({crc32(word.encode()) for word in text.split()}), np.uint64)


PAGES = [
    SlotFacts(NOON, seed=3 << 32),
    SlotFacts(NOON, "world", seed=60 << 32, term_ids=analyzer("boats ferry strike"), country="ES", risk=1),
    SlotFacts(NOON, "city", "en", term_ids=analyzer("boats"), device="mobile", third_parties=True),
]
TERMS: dict[str, list[object]] = {
    "status": list(FlightStatus), "price_micros": [500_000, 7_000_000], "tier": list(Tier)[1:3],
    "placements": [("sidebar",), ("article-foot",), ("sidebar", "article-foot")], "sections": [(), ("world", "city")],
    "countries": [(), ("ES",), ("ES", "PT")], "exclude_devices": [(), ("mobile",)], "keywords": [(), ("ferry strike",)],
    "exclude_keywords": [(), ("boats",), ("strike", "boats")], "timezone": ["UTC", "Asia/Tokyo", "America/Lima"],
    "days": [(), (0, 1), (2,)], "creatives": [(FlightCreative("k"),), (FlightCreative("tag"),)],
    "ends_at": [NOON + 5, None], "roadblock": ["", "flight"], "suitability": [(), ("strict",)],
}  # fmt: skip
changed_terms = st.fixed_dictionaries({}, optional={name: st.sampled_from(some) for name, some in TERMS.items()})
CREATIVES = {
    "k": Creative("k", "a", "native", "https://a.example/", number=1),
    "tag": Creative("tag", "a", "tag", "https://a.example/", tag="<p>", number=2),
}


def inventory_of(flights: list[Flight], version: int = 1) -> Inventory:
    """An inventory of these flights, their owners and two creatives."""
    owners = {"a": Advertiser("a", number=1)}, {"c": Campaign("c", "a", number=1)}
    return Inventory(version, *owners, {one.id: one for one in flights}, CREATIVES)


def snapshot_of(flights: list[Flight]) -> InventorySnapshot:
    """The snapshot of these flights, as files have it: with a mark."""
    return replace(build_snapshot(inventory_of(flights), analyzer), mark="m1")


def changed(*flights: Flight, version: int = 2) -> ChangedFlights:
    """What the store tells of flights that were written."""
    return ChangedFlights("m2", inventory_of(list(flights), version))


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


@given(
    st.dictionaries(st.sampled_from(FLIGHTS), st.tuples(st.sampled_from(FlightStatus), st.integers(0, 9)), max_size=5)
)
def test_its_answers_are_those_of_one_that_is_built_anew(changes: dict[Flight, tuple[FlightStatus, int]]) -> None:
    now = {one.id: replace(one, status=status, planned_from=at) for one, (status, at) in changes.items()}
    found = followed(snapshot_of([*FLIGHTS, SHARED]), changed(*now.values(), version=7), [analyzer])
    anew = build_snapshot(inventory_of([*(now.get(one.id, one) for one in FLIGHTS), SHARED], 7), analyzer)
    assert found is not None
    assert answers(found) == answers(anew)
    assert found.mark == "m2"


@settings(max_examples=60)
@given(
    st.dictionaries(st.integers(1, 12), changed_terms, max_size=5), st.dictionaries(st.integers(1, 8), changed_terms)
)
def test_flights_that_are_edited_or_new_are_found_as_if_all_were_built_anew(
    changes: dict[int, dict[str, object]], before: dict[int, dict[str, object]]
) -> None:
    at_first = {number: flight(number, **before.get(number, {})) for number in range(1, 9)}
    written = {number: flight(number, **terms) for number, terms in changes.items()}
    found = followed(snapshot_of([*at_first.values()]), changed(*written.values()), [analyzer])
    now = [one for _, one in sorted({**at_first, **written}.items())]
    assert found is not None
    assert answers(found) == answers(build_snapshot(inventory_of(now, 2), analyzer))


def test_a_creative_that_is_killed_is_gone_from_its_flights() -> None:
    killed = replace(inventory_of([FLIGHTS[0]], 2), creatives={"k": replace(CREATIVES["k"], killed=True)})
    found = followed(snapshot_of(FLIGHTS), ChangedFlights("m2", killed, alone=False))
    assert found is not None
    assert found.flights_by_number[1].creatives == ()
    assert found.creatives_by_number[1].killed
    assert 1 not in found.placements["sidebar"].columns.number


@settings(max_examples=40)
@given(
    st.dictionaries(st.integers(1, 12), changed_terms, max_size=3), st.sampled_from((None, 3_000_000)),
    st.booleans(),
)  # fmt: skip
def test_placements_that_are_edited_or_new_are_asked_as_if_all_were_built_anew(
    changes: dict[int, dict[str, object]], floor_micros: int | None, is_new: bool
) -> None:
    """The one's floor is another, and a new one stands among the first flights that name it."""
    edited = replace(DEFAULT_PLACEMENTS["sidebar"], floor_micros=floor_micros, near=("must-read",), window_s=240)
    placements = {"sidebar": edited, **({"top": Placement("top", number=7)} if is_new else {})}
    written = {number: flight(number, **terms) for number, terms in changes.items()}
    if is_new and written:
        number, one = next(iter(written.items()))
        written[number] = replace(one, placements=(*one.placements, "top"))
    told = replace(changed(*written.values()), alone=False, placements=placements)
    found = followed(snapshot_of(FLIGHTS), told, [analyzer])
    now = {**{one.number: one for one in FLIGHTS}, **written}
    whole = replace(
        inventory_of([one for _, one in sorted(now.items())], 2), placements={**DEFAULT_PLACEMENTS, **placements}
    )
    assert found is not None
    assert {name: one.placement for name, one in found.placements.items()} == whole.placements
    assert answers(found) == answers(build_snapshot(whole, analyzer))


@pytest.mark.parametrize("takes", [{"sizes": ((1, 1),)}, {"formats": ("tag",)}], ids=["sizes", "formats"])
def test_what_a_placement_takes_is_a_matter_for_a_new_snapshot(takes: dict[str, Any]) -> None:
    placements = {"sidebar": replace(DEFAULT_PLACEMENTS["sidebar"], **takes)}
    assert followed(snapshot_of(FLIGHTS), replace(changed(), alone=False, placements=placements)) is None


def test_what_it_follows_is_always_the_snapshot_that_was_built() -> None:
    base = snapshot_of(FLIGHTS)
    for now in (replace(FLIGHTS[0], status=FlightStatus.PAUSED), replace(FLIGHTS[0], price_micros=5)):
        found = followed(base, changed(now))
        assert found is not None
        assert found.base is base


@pytest.mark.parametrize(
    "now",
    [replace(SHARED, status=FlightStatus.PAUSED), replace(SHARED, goal_type="impressions"),
     replace(FLIGHTS[0], goal_type="share", goal=20)],
    ids=["paused", "no share any more", "a share from now on"],
)  # fmt: skip
def test_a_share_that_changes_is_a_matter_for_a_new_snapshot(now: Flight) -> None:
    assert followed(snapshot_of([*FLIGHTS, SHARED]), changed(now)) is None
