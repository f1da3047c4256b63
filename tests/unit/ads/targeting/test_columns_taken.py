"""The columns of some of many flights are those that these flights alone have."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.redis.ads.inventory.records import entity_of, record_of
from service.domain.ads.inventory import Flight, FlightCreative, Placement, PriceModel, Tier
from service.domain.ads.plan.placement_columns import PlacementColumns, columns_of, taken
from service.domain.ads.targeting.checklist import TargetedFlight
from service.domain.ads.targeting.flight_table import table_of
from service.domain.ads.targeting.value_columns import KeywordColumn, Members
from service.domain.money.exchange import OWN_CURRENCY

Told = dict[str, object]

words = st.frozensets(st.integers(1, 4), max_size=2)
names = st.lists(st.sampled_from(("a", "b", "c")), max_size=2, unique=True).map(tuple)
targets = st.builds(
    Flight,
    id=st.just("f"), campaign=st.just("c"), advertiser=st.just("a"), tier=st.sampled_from(Tier),
    ends_at=st.none() | st.integers(1, 9), price_micros=st.integers(0, 9), price_model=st.sampled_from(PriceModel),
    sections=names, exclude_tags=names, countries=names, days=st.sampled_from(((), (1, 2))),
    companions=st.sampled_from(((), ("1x1", "2x2"))), number=st.integers(1, 9),
)  # fmt: skip
flights = st.builds(
    TargetedFlight,
    flight=targets,
    creatives=st.just(()),
    keywords=st.lists(words, max_size=2).map(tuple),
    exclude_keywords=st.lists(words, max_size=2).map(tuple),
)
chosen = st.lists(st.tuples(flights, st.booleans()), max_size=8)


def _members(names: list[object], members: Members) -> dict[object, list[int]]:
    ends = zip(members.starts[:-1].tolist(), members.starts[1:].tolist(), strict=True)
    groups = [sorted(members.rows[begin:end].tolist()) for begin, end in ends]
    return dict(zip(names, groups, strict=True))


def _keywords(column: KeywordColumn) -> Told:
    ends = zip(column.starts[:-1].tolist(), column.starts[1:].tolist(), strict=True)
    terms: list[object] = [tuple(column.terms[begin:end].tolist()) for begin, end in ends]
    return {"base": column.members.base.tolist(), "members": _members(terms, column.members)}


def _told(columns: PlacementColumns) -> Told:
    """What the columns say, whatever the order of values in them."""
    zones = [columns.zones[number] if number >= 0 else None for number in columns.zone.tolist()]
    values = {
        name: (column.members.base.tolist(), _members(list(column.values), column.members))
        for name, column in columns.fields.items()
    }
    odd = ("zone", "zones", "fields", "keywords", "exclude_keywords")
    plain = {one.name: getattr(columns, one.name).tolist() for one in fields(columns) if one.name not in odd}
    words = {name: _keywords(getattr(columns, name)) for name in ("keywords", "exclude_keywords")}
    return {**plain, **words, "zones": zones, "values": values}


@given(chosen)
def test_columns_taken_are_those_of_the_flights_alone(flights: list[tuple[TargetedFlight, bool]]) -> None:
    rows = np.array([row for row, (_, is_taken) in enumerate(flights) if is_taken], np.int64)
    own = columns_of(table_of([flight for flight, is_taken in flights if is_taken]), OWN_CURRENCY)
    assert _told(taken(columns_of(table_of([flight for flight, _ in flights]), OWN_CURRENCY), rows)) == _told(own)


@given(targets)
def test_a_flight_is_read_from_its_record_as_it_was(flight: Flight) -> None:
    assert entity_of("flights", record_of(flight), flight.number) == flight


def test_sizes_and_links_are_read_as_what_they_are() -> None:
    placement = Placement("top", sizes=((300, 250),), number=7)
    flight = Flight("f", "c", "a", Tier.HOUSE, creatives=(FlightCreative("k", 2),), number=8)
    assert entity_of("placements", record_of(placement), 7) == placement
    assert entity_of("flights", record_of(flight), 8) == flight


def test_a_record_with_a_field_of_a_newer_version_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="moon_phase"):
        entity_of("flights", '{"id":"f","campaign":"c","advertiser":"a","tier":"house","moon_phase":1}')


def test_a_record_without_a_field_that_it_must_have_is_refused() -> None:
    with pytest.raises(KeyError, match="advertiser"):
        entity_of("campaigns", '{"id":"c"}')
