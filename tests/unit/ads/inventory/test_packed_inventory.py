"""An inventory snapshot in files answers as the one in memory that it was written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import VERSION
from service.adapters.files.inventory import inventory_files
from service.adapters.files.inventory.inventory_files import InventoryFiles
from service.adapters.files.inventory.packed_columns import pack_columns
from service.adapters.files.inventory.packed_inventory import pack, unpack
from service.adapters.redis.ads.inventory.records import StoredInventory, record_of, stored_kinds
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    KINDS,
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
from service.domain.ads.inventory_snapshot import InventorySnapshot, build_snapshot, explain
from service.domain.ads.plan.choices import Choice
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.identity import tag_hash
from service.domain.sites.site import Site

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
    flight(7, status=FlightStatus.PAUSED, similar_to=("resting",)),
    flight(9, similar_to=("harbours", "ferries"), exclude_similar_to=("banks >= 0.2",)),
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


SITE = Site("s", rates={"USD": "0.5"})
EXCHANGE = SITE.exchange

names = st.lists(st.sampled_from(("a", "B", "c")), max_size=2, unique=True).map(tuple)
words = st.lists(st.sampled_from(("ferry", "ferry strike", "bank", "")), max_size=2, unique=True).map(tuple)
creatives_of_flights = st.lists(
    st.builds(
        Creative, id=st.sampled_from(("k1", "k2", "k3")), advertiser=st.just("a"),
        format=st.sampled_from(("native", "image", "tag")), landing_url=st.just("https://a.example/"),
        width=st.sampled_from((None, 300)), height=st.sampled_from((None, 250)), killed=st.booleans(),
    ), max_size=3, unique_by=lambda one: one.id,
)  # fmt: skip
flights_of_all_kinds = st.builds(
    Flight,
    id=st.just(""), campaign=st.sampled_from(("c", "unknown")), advertiser=st.sampled_from(("a", "unknown")),
    tier=st.sampled_from(Tier), status=st.sampled_from(FlightStatus), starts_at=st.none() | st.integers(1, 9),
    ends_at=st.none() | st.integers(1, 9), timezone=st.sampled_from(("UTC", "Europe/Madrid")),
    goal_type=st.sampled_from((None, "impressions", "share")), goal=st.integers(1, 99),
    price_micros=st.integers(0, 9), price_model=st.none() | st.sampled_from(PriceModel),
    currency=st.sampled_from(("EUR", "USD", "GBP")),
    auction=st.sampled_from(("first", "second")), frequency_cap=st.sampled_from(((), ("3/day",))),
    placements=st.sampled_from((("sidebar",), ("sidebar", "top"), ("article-foot",), ())),
    sections=names, tags=names, exclude_tags=names, exclude_countries=names, days=st.sampled_from(((), (1, 2))),
    hours=st.sampled_from(((), (8, 9))), keywords=words, exclude_keywords=words,
    suitability=st.sampled_from(((), ("open",), ("violence:medium",))),
    roadblock=st.sampled_from(("", "flight")), companions=st.sampled_from(((), ("1x1", "2x2"))),
    creatives=st.lists(st.sampled_from(("k1", "k2", "k3", "k4")), max_size=2, unique=True).map(
        lambda ids: tuple(map(FlightCreative, ids))
    ),
)  # fmt: skip


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """An inventory of some flights, whose numbers do not go by their ids."""
    flights, creatives = draw(st.lists(flights_of_all_kinds, max_size=6)), draw(creatives_of_flights)
    return Inventory(
        3,
        {"a": Advertiser("a", page_limit=draw(st.none() | st.just(2)), frequency_cap=("1/hour",), number=4)},
        {"c": Campaign("c", "a", frequency_cap=draw(st.sampled_from(((), ("2/week",)))), number=5)},
        {f"f{n}": replace(one, id=f"f{n}", number=9 - n) for n, one in enumerate(flights)},
        {one.id: replace(one, number=9 - n) for n, one in enumerate(creatives)},
        {**DEFAULT_PLACEMENTS, "top": Placement("top", ((300, 250),), ("image", "tag"), number=3)},
    )


class Host:
    """A host's files of one site, whose inventory is what was told last."""

    def __init__(self, folder: Path) -> None:
        self.told = stored(Inventory())
        self.site = SITE
        self.files = InventoryFiles(folder, {}, lambda _: self.told, lambda _: self.site, lambda _: terms_of)

    def build(self, mark: str, inventory: Inventory) -> None:
        self.told = replace(stored(inventory), mark=mark)
        self.files.build("s")

    def bring(self, mark: str) -> InventorySnapshot | None:
        return self.files.bring("s", mark)


def stored(inventory: Inventory) -> StoredInventory:
    """An inventory as it is stored."""
    own = {
        kind: [one for one in inventory.of_kind(kind).values() if one.id not in DEFAULT_PLACEMENTS] for kind in KINDS
    }
    named = {f"{kind}:{one.id}".encode(): one for kind in KINDS for one in own[kind]}
    records = {name: record_of(one).encode() for name, one in named.items()}
    return StoredInventory(
        inventory.version, "m1", stored_kinds(records, {name: b"%d" % one.number for name, one in named.items()})
    )


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def snapshots(host: Host) -> tuple[InventorySnapshot, InventorySnapshot]:
    """The one in memory, and the one in files."""
    host.build("m1", INVENTORY)
    shared = host.bring("m1")
    assert shared is not None
    return build_snapshot(INVENTORY, terms_of, exchange=EXCHANGE), shared


def told(listed: Sequence[Sequence[Choice]]) -> list[list[tuple[object, ...]]]:
    """What choices say, flight by flight."""
    return [[(one.candidate, one.creative, one.order) for one in choices] for choices in listed]


def test_its_entities_are_the_same(snapshots: tuple[InventorySnapshot, InventorySnapshot]) -> None:
    own, shared = snapshots
    assert dict(shared.flights_by_number) == dict(own.flights_by_number)
    assert dict(shared.creatives_by_number) == dict(own.creatives_by_number)
    assert (shared.version, shared.known, shared.advertisers) == (3, True, own.advertisers)
    assert shared.descriptions == own.descriptions == ("harbours", "ferries", "banks >= 0.2")
    assert shared.flights_by_number.get(10) is None
    assert shared.flights_by_number.get(2**31) is None
    for name, placement in own.placements.items():
        assert list(shared.placements[name].flights) == list(placement.flights)
        places = range(len(placement.flights))
        assert told(shared.placements[name].choices.of(places)) == told(placement.choices.of(places))


@given(inventories())
def test_records_make_the_snapshot_that_their_entities_make(inventory: Inventory) -> None:
    own = build_snapshot(inventory, terms_of, exchange=EXCHANGE)
    packed = unpack(*pack(stored(inventory), terms_of, exchange=EXCHANGE), terms_of, exchange=EXCHANGE)
    assert dict(packed.flights_by_number) == own.flights_by_number
    assert dict(packed.creatives_by_number) == own.creatives_by_number
    for name, placement in own.placements.items():
        (arrays, told), (own_arrays, own_told) = (
            pack_columns(one.columns, "") for one in (packed.placements[name], placement)
        )
        assert told == own_told
        assert list(map(_plain, arrays.items())) == list(map(_plain, own_arrays.items()))


def _plain(named: tuple[str, np.ndarray]) -> tuple[object, ...]:
    name, array = named
    return name, array.dtype, array.tolist()


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


def test_the_one_before_stays_and_older_ones_are_removed(host: Host, tmp_path: Path) -> None:
    for mark in ("m1", "m2", "m3"):
        host.build(mark, Inventory(1))
    kept = {path.name.split("-")[1] for path in (tmp_path / "s").iterdir() if path.is_dir()}
    assert kept == {"m2", "m3"}


def test_a_snapshot_is_found_by_the_rates_that_it_was_built_with(host: Host) -> None:
    host.build("m1", INVENTORY)
    host.site = replace(SITE, rates={"USD": "2"})
    assert host.bring("m1") is None


def test_one_whose_keywords_were_read_by_another_analyzer_is_not_taken(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.build("m1", INVENTORY)
    monkeypatch.setattr(inventory_files, "VERSION", VERSION + 1)
    assert host.bring("m1") is None


def test_a_folder_that_cannot_be_written_has_no_snapshot_and_none_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "inventory").write_text("a file in the way")
    assert Host(tmp_path / "inventory").bring("m1") is None


def test_a_build_that_fails_leaves_it_to_memory(host: Host) -> None:
    assert host.bring("never-built") is None


@pytest.mark.parametrize("name", ["arrays.bin", "snapshot.json"])
def test_a_file_that_was_cut_is_not_taken_and_written_anew(host: Host, tmp_path: Path, name: str) -> None:
    host.build("m1", INVENTORY)
    (cut,) = (tmp_path / "s").glob(f"*/{name}")
    cut.write_bytes(cut.read_bytes()[:100])
    assert host.bring("m1") is None
    host.build("m1", INVENTORY)
    again = host.bring("m1")
    assert again is not None
    assert dict(again.flights_by_number) == dict(build_snapshot(INVENTORY, terms_of).flights_by_number)
