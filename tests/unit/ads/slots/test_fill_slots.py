"""Slots: who comes first, who may stand beside whom, and what is shown when nothing paid may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from service.domain.ads.booking.budget_room import AskedBudgets
from service.domain.ads.booking.ledger import Booked, Candidate, Delivery, PageReservations, Reservation, SlotPlan, Step
from service.domain.ads.booking.standing import Standing, Standings
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightCreative,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.reader.frequency import CountedReader
from service.domain.ads.reader.shown_ads import Counted
from service.domain.ads.slot import SlotRequest
from service.domain.errors import InvalidInput, StoreUnavailable
from service.domain.events.booking import Booking, EventStatus
from service.domain.events.tokens import AdToken, read_token
from service.domain.ports import TermIds
from service.domain.sites.site import Site
from service.usecases.ads.delivery.fill_slots import FillSlots, SlotsAnswer
from service.usecases.ads.delivery.hindrances import Hindrance, Hindrances
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from tests.makers.memory_inventory import MemoryInventoryStore

KEY = b"k" * 32
SITE = Site("s", language="ur")


class GivingLedger:
    """A ledger that has room for everyone but those named, and notes what it was asked."""

    def __init__(self, refused: Sequence[int] = (), away: bool = False) -> None:
        self.refused, self.away = set(refused), away
        self.asked: list[Sequence[SlotPlan]] = []
        self.readers: list[CountedReader | None] = []

    def reserve(
        self,
        site_id: str,  # noqa: ARG002
        page_view: str,  # noqa: ARG002
        plans: Sequence[SlotPlan],
        kept_ratio: float = 1.0,  # noqa: ARG002
        steps: Sequence[Step] | None = None,
        reader: CountedReader | None = None,
    ) -> PageReservations:
        """Takes each step in turn whose slots are empty, and nobody of which is refused or stands in another's way."""
        self.asked.append(plans)
        self.readers.append(reader)
        if self.away:
            raise StoreUnavailable("away")
        given: dict[int, Candidate] = {}
        for step in steps or ():
            members = [member for member in step.members if not step.one_of or member[0] not in given]
            wanted = {slot: plans[slot].candidates[place] for slot, place in members[: 1 if step.one_of else None]}
            if given.keys().isdisjoint(wanted) and all(self._admits(one, given.values()) for one in wanted.values()):
                given |= wanted
        labels = frozenset(label for one in given.values() for label in one.labels)
        excluded = frozenset(label for one in given.values() for label in one.exclude_labels)
        answers = [given.get(place) for place in range(len(plans))]
        return PageReservations(
            tuple(Reservation(one.flight, one.creative, 9, 8, 7, 1, 6, 5, 4, 3) if one else None for one in answers),
            labels,
            excluded,
        )

    def _admits(self, one: Candidate, shown: Iterable[Candidate]) -> bool:
        return one.flight not in self.refused and not any(
            other.flight == one.flight
            or set(other.labels) & set(one.exclude_labels)
            or set(other.exclude_labels) & set(one.labels)
            for other in shown
        )

    def book(self, token: AdToken, invalid: str | None = None) -> Booking:  # noqa: ARG002
        """Counts it."""
        return Booking(EventStatus.COUNTED)

    def booked(self, site_id: str, campaigns: Sequence[int], advertisers: Sequence[int]) -> list[Booked]:  # noqa: ARG002
        return []

    def lacking(self, site_id: str, asked: Sequence[AskedBudgets], now: float) -> list[str | None]:  # noqa: ARG002
        """Every budget has room."""
        return [None] * len(asked)

    def shown(self, site_id: str, page_view: str, reader: CountedReader | None, now: float) -> Mapping[Counted, int]:  # noqa: ARG002
        """Nobody was shown anything."""
        return {}

    def standings(self, site_id: str, flights: Sequence[int], now: float) -> Standings:  # noqa: ARG002
        """Nothing yet."""
        return Standings(0, tuple(Standing() for _ in flights))

    def delivery(self, site_id: str, flights: Sequence[int]) -> list[Delivery]:  # noqa: ARG002
        """Nothing yet."""
        return [Delivery() for _ in flights]


def no_terms(_: str) -> TermIds:
    """An analyzer that finds no words."""
    return np.array([], np.uint64)


def flight(name: str, tier: Tier = Tier.PRICE, price: int = 1, **terms: Any) -> Flight:
    """A flight whose creative is called as itself."""
    terms.setdefault("creatives", (FlightCreative(f"k-{name}"),))
    model = None if tier is Tier.HOUSE else PriceModel.CPM
    return Flight(name, "c", "a", tier, price_model=model, price_micros=price, placements=("sidebar",), **terms)


def slots(count: int) -> tuple[SlotRequest, ...]:
    """That many slots of the sidebar."""
    return tuple(SlotRequest(f"slot-{n}", "sidebar") for n in range(count))


def filler_of(snapshots: InventorySnapshots, ledger: GivingLedger, hindrances: Hindrances | None = None) -> FillSlots:
    """The use case, with a pace that nobody looks after."""
    return FillSlots(snapshots, ledger, PaceKeeper(snapshots, ledger, 5), lambda: KEY, hindrances)


def fill(
    entities: Sequence[Entity],
    ledger: GivingLedger | None = None,
    *,
    count: int = 1,
    page_view: str = "v",
    before: tuple[SlotRequest, ...] = (),
    hindrances: Hindrances | None = None,
    **asked: Any,
) -> SlotsAnswer:
    """Fills slots from flights, each with a creative that fits unless one is given."""
    store = MemoryInventoryStore()
    flights = [one for one in entities if isinstance(one, Flight)]
    own = [Creative(f"k-{one.id}", "a", "native", f"https://{one.id}.example/") for one in flights]
    store.apply("s", InventoryChanges((*own, *entities)), 0)
    snapshots = InventorySnapshots(store, lambda _: (no_terms,))
    filler = filler_of(snapshots, ledger or GivingLedger(), hindrances)
    named = (*before, *slots(count))
    return filler.fill(SlotsRequest(SITE, page_view, named, base_url="https://ads.example", **asked), 1_000.0)


def shown(answer: SlotsAnswer) -> list[str | None]:
    """The flights shown, slot by slot."""
    return [one.choice.candidate.flight.id if one else None for one in answer.slots.values()]


def test_tiers_come_in_order_then_the_earliest_end_or_the_highest_price() -> None:
    flights = [
        flight("house", Tier.HOUSE, 0), flight("cheap", price=5), flight("dear", price=9_000),
        flight("later", Tier.STANDARD, ends_at=9_000), flight("sooner", Tier.STANDARD, ends_at=5_000),
        flight("sponsor", Tier.SPONSORSHIP),
    ]  # fmt: skip
    assert shown(fill(flights, count=7)) == ["sponsor", "sooner", "later", "dear", "cheap", "house", None]


def test_equals_take_turns_by_page_view_and_a_page_view_keeps_its_own() -> None:
    equals = [flight(f"f{n}") for n in range(4)]
    first = Counter(shown(fill(equals, page_view=f"view-{n}"))[0] for n in range(200))
    assert min(first[one.id] for one in equals) > 20
    assert shown(fill(equals, page_view="same")) == shown(fill(equals, page_view="same"))


def test_creatives_of_a_flight_are_chosen_by_weight() -> None:
    links = (FlightCreative("k-heavy", 3), FlightCreative("k-light", 1))
    flights = [flight("f", creatives=links), flight("heavy", Tier.HOUSE, 0), flight("light", Tier.HOUSE, 0)]
    answers = [fill(flights, page_view=f"view-{n}").slots["slot-0"] for n in range(400)]
    chosen = Counter(one.choice.creative.id for one in answers if one)
    assert 240 < chosen["k-heavy"] < 360


def test_a_filled_slot_says_all_the_contract_wants() -> None:
    answer = fill([flight("f")]).slots["slot-0"]
    assert answer is not None
    plain = answer.to_json()
    assert plain["label"] == "اشتہار"
    assert (plain["flight_id"], plain["campaign_id"], plain["advertiser"]) == ("f", "c", "a")
    assert plain["creative"]["landing_domain"] == "f.example"
    for name, letter in (("impression_url", "i"), ("view_url", "v"), ("click_url", "c")):
        prefix = f"https://ads.example/{letter}/"
        assert plain[name].startswith(prefix)
        token = read_token(plain[name].removeprefix(prefix), KEY)
        assert isinstance(token, AdToken)
        assert (token.epoch, token.minute, token.serial, token.price_micros) == (9, 8, 7, 6)


def test_one_call_to_the_ledger_decides_the_whole_page() -> None:
    ledger = GivingLedger()
    fill([flight(f"f{n}") for n in range(30)], ledger, count=3)
    assert [[len(plan.candidates) for plan in plans] for plans in ledger.asked] == [[14, 14, 14]]


def test_no_call_is_made_where_only_house_ads_are_eligible() -> None:
    ledger = GivingLedger()
    assert shown(fill([flight("own", Tier.HOUSE, 0)], ledger)) == ["own"]
    assert shown(fill([flight("own", Tier.HOUSE, 0)], ledger, count=0)) == []
    assert ledger.asked == []


def test_what_has_no_budget_left_makes_way_for_a_house_ad() -> None:
    assert shown(fill([flight("paid"), flight("own", Tier.HOUSE, 0)], GivingLedger(refused=[1]))) == ["own"]
    assert shown(fill([flight("paid")], GivingLedger(refused=[1]))) == [None]


def test_without_the_store_only_house_ads_are_shown() -> None:
    answer = fill([flight("paid"), flight("own", Tier.HOUSE, 0)], GivingLedger(away=True), count=2)
    assert shown(answer) == ["own", None]
    assert answer.warnings == ("ads: store did not answer in time, house ads only",)


@pytest.mark.parametrize(
    ("away", "may_reserve", "told"),
    [(True, True, "store away"), (True, False, "store away"), (False, False, "events wait to be booked")],
)
def test_nothing_is_reserved_where_it_is_known_to_be_in_vain_and_each_page_is_counted(
    away: bool, may_reserve: bool, told: str
) -> None:
    ledger, counts = GivingLedger(), []
    hindrances = Hindrances(lambda: away, lambda: may_reserve, counts.append)
    answer = fill([flight("paid"), flight("own", Tier.HOUSE, 0)], ledger, hindrances=hindrances)
    assert (shown(answer), ledger.asked) == (["own"], [])
    assert (answer.warnings, counts) == ((f"ads: {told}, house ads only",), [told])


def test_a_prefetch_reserves_nothing() -> None:
    ledger = GivingLedger()
    assert shown(fill([flight("paid"), flight("own", Tier.HOUSE, 0)], ledger, billable=False)) == ["own"]
    assert ledger.asked == []


def test_house_ads_respect_the_labels_of_what_is_paid_and_each_other() -> None:
    flights = [
        flight("paid", labels=("cars",)),
        replace(flight("rival", Tier.HOUSE, 0), exclude_labels=("cars",)),
        flight("own", Tier.HOUSE, 0),
    ]
    assert shown(fill(flights, count=4)) == ["paid", "own", None, None]


def test_what_is_asked_wrongly_is_named() -> None:
    store = MemoryInventoryStore()
    filler = filler_of(InventorySnapshots(store, lambda _: (no_terms,)), GivingLedger())
    asked = SlotsRequest(SITE, "v" * 65, (SlotRequest("a", "roof"), SlotRequest("a", "sidebar")))
    with pytest.raises(InvalidInput) as refused:
        filler.fill(asked, 0.0)
    assert [fault.path for fault in refused.value.faults] == ["page_view", "slots[1].id"]


def test_a_slot_of_an_unknown_placement_is_empty_beside_those_that_are_filled() -> None:
    answer = fill([flight("f")], before=(SlotRequest("a", "roof"),))

    assert shown(answer) == [None, "f"]
    assert {slot_id: fault.path for slot_id, fault in answer.unknown.items()} == {"a": "slots[0].placement"}


def test_before_the_inventory_was_ever_read_slots_are_empty() -> None:
    class Away(MemoryInventoryStore):
        def load(self, site_id: str) -> Any:  # noqa: ARG002
            raise StoreUnavailable("away")

    snapshots = InventorySnapshots(Away(), lambda _: (no_terms,))
    answer = filler_of(snapshots, GivingLedger()).fill(SlotsRequest(SITE, "v", slots(1)), 0.0)
    assert (answer.slots, answer.warnings) == ({"slot-0": None}, (Hindrance.STORE_AWAY.warning,))


def counted(entities: Sequence[Entity], **asked: Any) -> CountedReader | None:
    ledger = GivingLedger()
    fill(entities, ledger, **asked)
    return ledger.readers[0]


def test_a_reader_is_counted_only_where_something_has_a_frequency_cap() -> None:
    assert counted([flight("f")], reader_id="r", session="x") is None
    assert counted([flight("f", frequency_cap=("3/day",))], reader_id="r")


def test_a_session_is_counted_without_a_reader_and_the_page_view_without_both() -> None:
    capped = [flight("f", frequency_cap=("3/day",))]
    by_session, by_reader = counted(capped, session="x"), counted(capped, reader_id="r", session="x")
    assert by_session
    assert by_session.is_session
    assert by_reader
    assert not by_reader.is_session
    assert counted(capped) is None


def test_what_names_a_reader_to_the_store_does_not_hold_the_readers_id() -> None:
    named = counted([flight("f", frequency_cap=("3/day",))], reader_id="reader-of-mine")
    assert named
    assert "reader-of-mine" not in named.digest


def test_caps_of_creative_flight_campaign_and_advertiser_go_with_the_candidate() -> None:
    ledger = GivingLedger()
    capped = [
        flight("f", frequency_cap=("3/day", "9/week")), Campaign("c", "a", frequency_cap=("2/hour",)),
        Advertiser("a", frequency_cap=("20/month",)),
    ]  # fmt: skip
    own = Creative("k-f", "a", "native", "https://f.example/", frequency_cap=("1/day",))
    fill([*capped, own], ledger)
    asked = {(cap.of.name, cap.window, cap.most) for cap in ledger.asked[0][0].candidates[0].caps}
    assert asked == {
        ("CREATIVE", 1, 1), ("FLIGHT", 1, 3), ("FLIGHT", 2, 9), ("CAMPAIGN", 0, 2), ("ADVERTISER", 3, 20)
    }  # fmt: skip
