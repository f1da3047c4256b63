"""An inventory snapshot in files answers as the one in memory that it was written from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.adapters.files.inventory.inventory_files import InventoryFiles
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    Inventory,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_snapshot import InventorySnapshot, build_snapshot, explain
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.identity import tag_hash

WORDS = {"ferry": 2**63 + 1, "strike": 7, "bank": 9}
MONDAY_NOON = 1_764_590_400 - 86_400


def terms_of(text: str) -> np.ndarray:
    """The terms of words, two of which are known."""
    return np.array(sorted(WORDS[word] for word in text.split()), np.uint64)


def flight(number: int, **change: object) -> Flight:
    """A flight of its own creative."""
    plain = Flight(
        f"f{number}", "c", "a", Tier.PRICE, price_model=PriceModel.CPM, price_micros=1_000_000 * number,
        placements=("sidebar", "article-foot"), creatives=(FlightCreative(f"k{number}"),), number=number,
    )  # fmt: skip
    return replace(plain, **change)  # type: ignore[arg-type]


FLIGHTS = (
    flight(1),
    flight(2, sections=("sport",), placements=("sidebar",)),
    flight(3, keywords=("ferry strike",), days=(0,), hours=(11, 12)),
    flight(4, exclude_keywords=("bank",), countries=("DE", "FR")),
    flight(5, tier=Tier.HOUSE, price_model=None, price_micros=0),
    flight(6, goal_type="share", goal=40, tier=Tier.SPONSORSHIP),
    flight(8, tags=("sea",), exclude_regions=("DE-BE",), exclude_key_values=("login=no",)),
    flight(7, status=FlightStatus.PAUSED),
    flight(90_000, companions=("300x250", "300x600")),
)
INVENTORY = Inventory(
    3,
    {"a": Advertiser("a", "Acme", page_limit=2, number=4)},
    {"c": Campaign("c", "a", number=5)},
    {one.id: one for one in FLIGHTS},
    {f"k{n.number}": Creative(f"k{n.number}", "a", "native", "https://a.example/", number=n.number) for n in FLIGHTS},
)
PAGES = [
    SlotFacts(MONDAY_NOON),
    SlotFacts(MONDAY_NOON, tags=(tag_hash("Sea"),), region="DE-BY", key_values=("login=yes",)),
    SlotFacts(MONDAY_NOON, tags=(tag_hash("sea"),), region="DE-BE", key_values=("login=no",)),
    SlotFacts(MONDAY_NOON, section="Sport", country="de", seed=5 << 32),
    SlotFacts(MONDAY_NOON, term_ids=np.array(sorted(WORDS.values()), np.uint64), country="FR"),
    SlotFacts(MONDAY_NOON + 86_400, term_ids=np.array(sorted([7, 2**63 + 1]), np.uint64), seed=60 << 32),
]


@pytest.fixture
def files(tmp_path: Path) -> InventoryFiles:
    return InventoryFiles(tmp_path, {}, lambda _: "en")


@pytest.fixture
def snapshots(files: InventoryFiles) -> tuple[InventorySnapshot, InventorySnapshot]:
    """The one in memory, and the one in files."""
    own = build_snapshot(INVENTORY, terms_of)
    files.keep("s", "m1", own)
    shared = files.bring("s", "m1")
    assert shared is not None
    return own, shared


def test_its_entities_are_the_same(snapshots: tuple[InventorySnapshot, InventorySnapshot]) -> None:
    own, shared = snapshots
    assert dict(shared.flights_by_number) == dict(own.flights_by_number)
    assert dict(shared.creatives_by_number) == dict(own.creatives_by_number)
    assert (shared.version, shared.known, shared.advertisers) == (3, True, own.advertisers)
    assert shared.flights_by_number.get(9) is None
    assert shared.flights_by_number.get(2**31) is None
    for name, placement in own.placements.items():
        assert list(shared.placements[name].flights) == list(placement.flights)
        assert list(shared.placements[name].choices) == list(placement.choices)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_gets_the_same_flights_in_the_same_order(
    snapshots: tuple[InventorySnapshot, InventorySnapshot], page: SlotFacts
) -> None:
    own, shared = snapshots
    for name, placement in own.placements.items():
        mapped = shared.placements[name]
        assert mapped.eligible(page).tolist() == placement.eligible(page).tolist()
        assert mapped.paid(page, 3, 8) == placement.paid(page, 3, 8)
        assert mapped.house(page, 3, 8) == placement.house(page, 3, 8)
        assert mapped.together(page, house=False) == placement.together(page, house=False)
        assert explain(shared, placement.placement, page) == explain(own, placement.placement, page)


def test_the_one_before_stays_and_older_ones_are_removed(files: InventoryFiles, tmp_path: Path) -> None:
    empty = build_snapshot(Inventory(1), terms_of)
    for mark in ("m1", "m2", "m3"):
        files.keep("s", mark, empty)
    kept = {path.name.split("-")[1] for path in (tmp_path / "s").iterdir() if path.is_dir()}
    assert kept == {"m2", "m3"}


def test_a_folder_that_cannot_be_written_has_no_snapshot_and_none_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "inventory").write_text("a file in the way")
    assert InventoryFiles(tmp_path / "inventory", {}, lambda _: "en").bring("s", "m1") is None


def test_a_build_that_fails_leaves_it_to_memory(files: InventoryFiles) -> None:
    assert files.bring("s", "never-built") is None


@pytest.mark.parametrize("name", ["arrays.bin", "snapshot.json"])
def test_a_file_that_was_cut_is_not_taken_and_written_anew(files: InventoryFiles, tmp_path: Path, name: str) -> None:
    own = build_snapshot(INVENTORY, terms_of)
    files.keep("s", "m1", own)
    (cut,) = (tmp_path / "s").glob(f"*/{name}")
    cut.write_bytes(cut.read_bytes()[:100])
    assert files.bring("s", "m1") is None
    files.keep("s", "m1", own)
    again = files.bring("s", "m1")
    assert again is not None
    assert dict(again.flights_by_number) == dict(own.flights_by_number)
