"""Eligibility: each predicate by itself, and the fast columns against the checklist."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    Inventory,
    Placement,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_snapshot import build_snapshot, explain
from service.domain.ads.targeting.checklist import dropped_by, targeted
from service.domain.ads.targeting.similarity import DescriptionIndex, Likeness
from service.domain.ads.targeting.slot_facts import TARGETED, SlotFacts
from service.domain.identity import tag_hash
from service.domain.index.article_index import TermVector
from service.domain.ports import TermIds

SIDEBAR = replace(DEFAULT_PLACEMENTS["sidebar"], floor_micros=1_000_000)
CREATIVES = {
    "image": Creative("image", "a", "image", "https://a.example/", width=300, height=250, number=1),
    "wide": Creative("wide", "a", "html", "https://a.example/", width=728, height=90, number=2),
    "native": Creative("native", "a", "native", "https://a.example/", number=3),
    "dead": Creative("dead", "a", "image", "https://a.example/", width=300, height=250, killed=True, number=4),
}
FLIGHT = Flight(
    "f", "c", "a", Tier.PRICE, price_model=PriceModel.CPM, price_micros=2_000_000, placements=("sidebar",),
    timezone="Asia/Karachi", creatives=(FlightCreative("image"),), number=1,
)  # fmt: skip
# Friday 23:30 UTC is Saturday 04:30 in Karachi.
NOW = datetime(2026, 5, 1, 23, 30, tzinfo=UTC).timestamp()


def terms_of(text: str) -> TermIds:
    """A stand-in for the site's analyzer: one term a word."""
    digests = (hashlib.blake2b(word.encode(), digest_size=8).digest() for word in text.lower().split())
    return np.unique(np.array([int.from_bytes(digest) for digest in digests], np.uint64))


FACTS = SlotFacts(
    NOW, "World", "en-GB", terms_of("the ferry left port alder"), "PK", "mobile",
    tags=(tag_hash("Summit"), tag_hash("sea")), region="pk-sd", key_values=("team=reds", "login=no"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "dropped"),
    [
        ({}, None),
        ({"status": FlightStatus.PAUSED}, "status"),
        ({"status": FlightStatus.RETIRED}, "status"),
        ({"starts_at": int(NOW) + 1}, "dates"),
        ({"starts_at": int(NOW), "ends_at": int(NOW) + 1}, None),
        ({"ends_at": int(NOW)}, "dates"),
        ({"days": (5,)}, None),
        ({"days": (4,)}, "days"),
        ({"hours": (4,)}, None),
        ({"hours": (23,)}, "hours"),
        ({"placements": ("article-foot",)}, "placement"),
        ({"creatives": (FlightCreative("wide"),)}, "creative"),
        ({"creatives": (FlightCreative("dead"), FlightCreative("gone"))}, "creative"),
        ({"creatives": (FlightCreative("wide"), FlightCreative("native"))}, None),
        ({"price_micros": 999_999}, "floor"),
        ({"price_micros": 999_999, "tier": Tier.STANDARD}, None),
        ({"sections": ("world",)}, None),
        ({"sections": ("sport", "city")}, "sections"),
        ({"countries": ("PK",)}, None),
        ({"countries": ("ES",)}, "countries"),
        ({"devices": ("desktop",)}, "devices"),
        ({"languages": ("en",)}, None),
        ({"languages": ("ur",)}, "languages"),
        ({"tags": ("harbour", "summit")}, None),
        ({"tags": ("harbour",)}, "tags"),
        ({"regions": ("PK-SD",)}, None),
        ({"regions": ("PK-PB",)}, "regions"),
        ({"key_values": ("team=blues", "team=reds")}, None),
        ({"key_values": ("team=blues",)}, "key_values"),
        ({"exclude_sections": ("sport",)}, None),
        ({"exclude_sections": ("sport", "world")}, "exclude_sections"),
        ({"exclude_tags": ("SEA",)}, "exclude_tags"),
        ({"exclude_countries": ("ES",)}, None),
        ({"exclude_countries": ("PK",)}, "exclude_countries"),
        ({"exclude_regions": ("PK-SD",)}, "exclude_regions"),
        ({"exclude_devices": ("mobile",)}, "exclude_devices"),
        ({"exclude_languages": ("en",)}, "exclude_languages"),
        ({"exclude_key_values": ("login=no",)}, "exclude_key_values"),
        ({"sections": ("world",), "exclude_sections": ("world",)}, "exclude_sections"),
        ({"keywords": ("Ferry",)}, None),
        ({"keywords": ("bus", "port alder")}, None),
        ({"keywords": ("ferry strike",)}, "keywords"),
        ({"keywords": (" ",)}, "keywords"),
        ({"exclude_keywords": ("port alder",)}, "exclude_keywords"),
        ({"exclude_keywords": ("port strike",)}, None),
    ],
)
def test_the_checklist_names_what_drops_a_flight(terms: dict[str, Any], dropped: str | None) -> None:
    assert dropped_by(targeted(replace(FLIGHT, **terms), CREATIVES, terms_of), SIDEBAR, FACTS) == dropped


@pytest.mark.parametrize("field", [*TARGETED, "keywords"])
def test_what_is_unknown_satisfies_no_flight_that_targets_it(field: str) -> None:
    flight = replace(FLIGHT, **{field: ("anything",)})
    assert dropped_by(targeted(flight, CREATIVES, terms_of), SIDEBAR, SlotFacts(NOW)) == field


@pytest.mark.parametrize("field", TARGETED)
def test_what_is_unknown_keeps_no_flight_away(field: str) -> None:
    flight = replace(FLIGHT, **{f"exclude_{field}": ("anything",)})
    assert dropped_by(targeted(flight, CREATIVES, terms_of), SIDEBAR, SlotFacts(NOW)) is None


def some(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """A tuple of some of the values, often none."""
    return st.one_of(st.just(()), st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple))


def like(page: str) -> Likeness:
    """What a page of these words is like, each word of the same weight."""

    def encode(text: str) -> TermVector:
        terms = np.unique(terms_of(text))
        return TermVector(terms, np.full(terms.size, terms.size**-0.5, np.float32))

    items = [f"{text}{least}" for text in ("ferry", "strike at port", "bus") for least in ("", " >= 0.9")]
    return DescriptionIndex(items, encode, 1.0).likeness(encode(page))


times = st.one_of(st.none(), st.integers(int(NOW) - 2, int(NOW) + 2))
flights = st.builds(
    Flight,
    st.just("f"), st.just("c"), st.just("a"), st.sampled_from(list(Tier)),
    status=st.sampled_from(list(FlightStatus)), starts_at=times, ends_at=times,
    timezone=st.sampled_from(["UTC", "Asia/Karachi", "America/New_York"]),
    price_model=st.sampled_from(list(PriceModel)), price_micros=st.integers(0, 3_000_000),
    placements=some("sidebar", "top"), sections=some("world", "city"), keywords=some("ferry", "port alder", "bus"),
    exclude_keywords=some("ferry", "bus", "strike at port"), countries=some("PK", "ES"), devices=some("mobile", "tv"),
    languages=some("en", "ur"), days=some(3, 4, 5), hours=some(4, 19, 23),
    tags=some("summit", "sea"), regions=some("PK-SD", "ES-MD"), key_values=some("team=reds", "login=no"),
    exclude_sections=some("world", "sport"), exclude_tags=some("sea", "bus"), exclude_countries=some("PK", "FR"),
    exclude_regions=some("PK-SD"), exclude_devices=some("mobile"), exclude_languages=some("en", "ur"),
    exclude_key_values=some("login=no", "team=blues"),
    similar_to=some("ferry", "strike at port >= 0.9"), exclude_similar_to=some("bus", "bus >= 0.9"),
    creatives=some(*map(FlightCreative, CREATIVES)),
    goal_type=st.sampled_from([None, "share", "impressions"]), goal=st.integers(1, 100),
)  # fmt: skip
facts = st.builds(
    SlotFacts, st.just(NOW), st.sampled_from([None, "World", "sport"]), st.sampled_from([None, "en", "ur-PK"]),
    st.sampled_from([None, terms_of(""), terms_of("ferry"), terms_of("strike at port alder")]),
    st.sampled_from([None, "pk", "FR"]), st.sampled_from([None, "mobile", "watch"]),
    st.one_of(st.none(), st.integers(0, 2**63 - 1)),
    tags=some("Summit", "sea", "other").map(lambda tags: tuple(map(tag_hash, tags))),
    region=st.sampled_from([None, "pk-sd", "FR-75"]), key_values=some("team=reds", "team=blues", "login=no"),
    likeness=st.sampled_from([None, *map(like, ("ferry", "strike ferry", "bus at port"))]),
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(flights, min_size=1, max_size=8), st.lists(facts, min_size=1, max_size=3))
def test_the_columns_say_the_same_as_the_checklist(some_flights: list[Flight], some_facts: list[SlotFacts]) -> None:
    known = {f"f{n}": replace(flight, id=f"f{n}", number=n) for n, flight in enumerate(some_flights, 1)}
    placements: dict[str, Placement] = {"sidebar": SIDEBAR, "top": Placement("top", ((728, 90),), number=3)}
    snapshot = build_snapshot(Inventory(1, flights=known, creatives=CREATIVES, placements=placements), terms_of)
    for page in some_facts:
        for placement in placements.values():
            columns = snapshot.placements[placement.id]
            found = {columns.flights[n].flight.id for n in np.flatnonzero(columns.eligible(page))}
            by_checklist = explain(snapshot, placement, page)
            assert found == {name for name, dropped in by_checklist.items() if dropped is None}


def test_flights_with_shares_divide_the_page_views_among_themselves() -> None:
    """Forty, thirty and thirty percent: each page view goes to one of them, and each gets its share."""
    known = {
        f"f{n}": replace(FLIGHT, id=f"f{n}", number=n, goal_type="share", goal=share)
        for n, share in enumerate((40, 30, 30), 1)
    }
    columns = build_snapshot(Inventory(1, flights=known, creatives=CREATIVES), terms_of).placements["sidebar"]
    eligible = [np.flatnonzero(columns.eligible(replace(FACTS, seed=lot << 32))) for lot in range(1_000)]
    assert all(len(places) == 1 for places in eligible)
    won = [columns.flights[places[0]].flight.id for places in eligible]
    assert [won.count(name) for name in ("f1", "f2", "f3")] == [400, 300, 300]


def test_a_share_leaves_the_other_page_views_to_others() -> None:
    known = {
        "shared": replace(FLIGHT, id="shared", number=1, goal_type="share", goal=25, tier=Tier.SPONSORSHIP),
        "open": replace(FLIGHT, id="open", number=2),
    }
    columns = build_snapshot(Inventory(1, flights=known, creatives=CREATIVES), terms_of).placements["sidebar"]
    seeds = [lot << 32 for lot in range(400)]
    first = [columns.flights[columns.paid(replace(FACTS, seed=seed), seed, 1)[0]].flight.id for seed in seeds]
    assert (first.count("shared"), first.count("open")) == (100, 300)


@pytest.mark.parametrize(("keyword", "dropped"), [("ferry", None), ("ferrys", None), ("bakery", "keywords")])
def test_a_keyword_is_read_in_each_of_the_sites_languages(keyword, dropped):
    flight = targeted(
        replace(FLIGHT, keywords=(keyword,)), CREATIVES, terms_of, lambda text: terms_of(text.removesuffix("s"))
    )

    assert dropped_by(flight, SIDEBAR, FACTS) == dropped
