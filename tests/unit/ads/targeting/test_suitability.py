"""Suitability: what an advertiser stands beside, on the page and in the widgets near its slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.relevance.model import untrained
from service.adapters.files.index.segment.row_block import prepare
from service.domain.ads.inventory import (
    Creative,
    Flight,
    FlightCreative,
    Inventory,
    Placement,
    Tier,
)
from service.domain.ads.inventory_snapshot import build_snapshot
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.plan.allocation import Near
from service.domain.ads.plan.shortlist import PlacementFlights
from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.checklist import dropped_by
from service.domain.ads.targeting.slot_facts import Beside, SlotFacts
from service.domain.ads.targeting.suitability import (
    FORCED,
    LEVELS,
    PRESETS,
    SENSITIVE,
    TOPIC_NAMES,
    refused_risks,
    risk_of,
    risky_topics,
)
from service.domain.content.article import Article
from service.domain.ports import TermIds
from service.domain.sheet.export import exported_rows
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sites.site import Site
from service.usecases.ads.delivery.fill_slots import FillSlots
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from service.usecases.ads.loading.load_inventory import LoadInventory
from tests.makers.memory_inventory import MemoryInventoryStore

SITE = Site("s")
VIOLENCE = TOPIC_NAMES.index("violence")
ITEMS = st.one_of(
    st.sampled_from(list(PRESETS)),
    st.builds("{}:{}".format, st.sampled_from(TOPIC_NAMES), st.sampled_from(["none", *LEVELS])),
)
RISKS = st.one_of(
    st.just(SENSITIVE),
    st.lists(st.sampled_from([0.0, 0.03, 0.06, 0.2]), min_size=len(TOPIC_NAMES), max_size=len(TOPIC_NAMES)).map(
        risk_of
    ),
)


def nearness(topic: str, near: float) -> int:
    """The risk of a text that is so near to one topic."""
    return risk_of([near if name == topic else 0.0 for name in TOPIC_NAMES])


@pytest.mark.parametrize(
    ("cell", "near", "suits"),
    [
        (["standard"], 0.03, True), (["standard"], 0.05, False), (["sensitive"], 0.03, False), (["open"], 0.9, True),
        (["violence:medium"], 0.05, True), (["violence:medium"], 0.1, False), (["violence:none"], 0.03, False),
        (["crime:none"], 0.03, True), (["crime:none"], 0.05, False), (["open", "violence:low"], 0.05, False),
        (["open", "crime:low"], 0.9, True), ([], 0.9, True), (["violence:floor"], 0.9, True),
    ],
)  # fmt: skip
def test_an_advertiser_takes_a_topic_up_to_its_level(cell: list[str], near: float, suits: bool) -> None:
    assert bool(nearness("violence", near) & refused_risks(cell)) is not suits


def test_what_a_newsroom_calls_sensitive_is_for_those_alone_who_are_open_to_all() -> None:
    assert not SENSITIVE & refused_risks(["open"])
    for cell in ([], ["standard"], ["sensitive"], ["violence:floor"], ["open", "crime:floor"]):
        assert SENSITIVE & refused_risks(cell) & FORCED
    assert risky_topics(SENSITIVE, refused_risks(["standard"])) == ("sensitive",)


def test_the_topics_that_a_page_is_refused_for_are_named() -> None:
    page = nearness("violence", 0.2) | nearness("crime", 0.05)
    assert risky_topics(page, refused_risks(["standard"])) == ("crime", "violence")
    assert risky_topics(page, refused_risks(["violence:high", "crime:none"])) == ("crime",)


def test_an_article_has_its_risk_when_it_arrives() -> None:
    published = datetime(2026, 11, 1, tzinfo=UTC)
    text = "Shelling killed nine civilians. Soldiers counted the dead and wounded after the bombing of the school."
    article = Article("a", "https://s.example/a", "Bombing kills nine", text, published, language="en")
    risks = [prepare(replace(article, sensitive=flag), SITE, untrained()).risk for flag in (False, True)]
    assert "violence" in risky_topics(risks[0], refused_risks(["standard"]))
    assert risks[1] == SENSITIVE


@given(st.lists(st.lists(ITEMS, max_size=3), min_size=1, max_size=6), RISKS)
def test_the_columns_of_a_placement_say_what_the_checklist_says(cells: list[list[str]], risk: int) -> None:
    flights = {
        f"f{n}": Flight(f"f{n}", "c", "a", Tier.HOUSE, placements=("sidebar",), suitability=tuple(cell), number=n + 1,
                        creatives=(FlightCreative("k"),))
        for n, cell in enumerate(cells)
    }  # fmt: skip
    creative = Creative("k", "a", "native", "https://a.example/", number=1)
    snapshot = build_snapshot(Inventory(flights=flights, creatives={"k": creative}), _no_terms)
    columns: PlacementFlights = snapshot.placements["sidebar"]
    facts = SlotFacts(1_000.0, risk=risk)
    told = [dropped_by(flight, columns.placement, facts) for flight in columns.flights]
    assert set(told) <= {None, "suitability"}
    assert columns.eligible(facts).tolist() == [reason is None for reason in told]


def _no_terms(_: str) -> TermIds:
    return np.array([], np.uint64)


BESIDE = {"must-read": Beside(nearness("violence", 0.2)), "recent-news": Beside(0, np.array([7], np.uint64))}


def shown(
    near: Near, placement: Placement | None = None, beside: Mapping[str, Beside] = BESIDE, **terms: Any
) -> str | None:
    """The house flight that a slot near these widgets shows, if its terms allow it."""
    store = MemoryInventoryStore()
    flight = Flight("f", "c", "a", Tier.HOUSE, placements=("sidebar",), creatives=(FlightCreative("k"),), **terms)
    creative = Creative("k", "a", "native", "https://a.example/")
    store.apply("s", InventoryChanges((creative, flight, *([placement] if placement else []))), 0)
    snapshots = InventorySnapshots(store, lambda _: (lambda text: np.array([7] if text == "bank" else [], np.uint64),))
    asked = SlotsRequest(SITE, "v", (SlotRequest("slot", "sidebar", near),), beside=beside)
    pace = PaceKeeper(snapshots, None, 5)  # type: ignore[arg-type]
    filled = FillSlots(snapshots, None, pace, lambda: b"k" * 32).fill(asked, 1_000.0).slots["slot"]  # type: ignore[arg-type]
    return filled.choice.candidate.flight.id if filled else None


def test_teasers_beside_the_slot_count_where_it_stands_beside_them() -> None:
    careful = {"suitability": ("standard",)}
    assert shown(None, **careful) is None
    assert shown(("must-read",), **careful) is None
    assert shown(("recent-news",), **careful) == "f"
    assert shown((), **careful) == "f"
    assert shown(("must-read",), suitability=("violence:high",)) == "f"


def test_a_sensitive_teaser_keeps_off_those_alone_who_say_what_they_stand_beside() -> None:
    sensitive = {"must-read": Beside(SENSITIVE)}
    assert shown(None, beside=sensitive) == "f"
    assert shown(None, beside=sensitive, suitability=("standard",)) is None
    assert shown((), beside=sensitive, suitability=("standard",)) == "f"


def test_a_placement_says_what_its_slots_stand_beside_unless_the_call_does() -> None:
    placement = Placement("sidebar", formats=("native",), near=("recent-news",), number=1)
    assert shown(None, placement, suitability=("standard",)) == "f"
    assert shown(("must-read",), placement, suitability=("standard",)) is None


def test_block_words_of_headlines_beside_the_slot_count() -> None:
    assert shown(None, exclude_keywords=("bank",)) is None
    assert shown(("must-read",), exclude_keywords=("bank",)) == "f"


def row(**cells: str) -> dict[str, str]:
    """A row of a sheet."""
    return {
        "advertiser": "acme", "campaign": "spring", "flight": "f", "placements": "sidebar", "creative": "k",
        "format": "native", "headline": "Boats", "landing_url": "https://acme.example/", "price": "2.00", **cells,
    }  # fmt: skip


def test_the_column_loads_and_exports_as_unchanged() -> None:
    store = MemoryInventoryStore()
    load = LoadInventory(store, lambda: "plan")
    load.apply(SITE, [SheetRow(2, row(suitability="Open | violence:Medium|crime: none"))])
    assert store.load("s").flights["f"].suitability == ("open", "violence:medium", "crime:none")
    plan = load.plan(SITE, [SheetRow(2, dict(one)) for one in exported_rows(store.load("s"))])
    assert (plan.faults, plan.summary["update"]) == ((), [])


@pytest.mark.parametrize("cell", ["violence", "violence:huge", "war:low", "open|standard", "crime:low|crime:high"])
def test_what_the_column_cannot_hold_is_a_fault(cell: str) -> None:
    plan = LoadInventory(MemoryInventoryStore(), lambda: "plan").plan(SITE, [SheetRow(2, row(suitability=cell))])
    assert [fault.column for fault in plan.faults] == ["suitability"]
