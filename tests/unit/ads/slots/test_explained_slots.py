"""Of every flight of a slot the page's explanation tells what became of it, by code, in words and with its rank."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.booking.budget_room import LIMITS
from service.domain.ads.inventory import Advertiser, Campaign, Creative, Entity, Flight, FlightCreative, Tier, Unit
from service.domain.ads.plan.slot_outcome import WORDS
from service.domain.ads.reader.shown_ads import ReachedCap
from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.checklist import CHECKLIST
from service.domain.call.explanation import ExplainedFlight
from service.domain.sites.site import Site
from service.usecases.ads.delivery import explain_slots
from service.usecases.ads.delivery.fill_slots import FillSlots, SlotsAnswer
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from tests.makers.adverts import auctioned, inventory

NOW = 1_780_000_000.0
EURO = 1_000_000


def test_every_predicate_and_every_limit_has_its_words() -> None:
    assert WORDS.keys() >= {*CHECKLIST, *LIMITS}
    assert all(text.endswith(".") for text in WORDS.values())


def flight(name: str, price_micros: int, **terms: Any) -> Flight:
    """An auctioned flight in the sidebar."""
    return auctioned(name, price_micros, placements=("sidebar",), **terms)


class Desk:
    """A site's flights in a real store, and what is told of them."""

    def __init__(self, client: redis_client.Redis) -> None:
        self.store, self.ledger = RedisInventoryStore(client), RedisLedger(client)
        self.views = itertools.count()
        client.hset("sf:{s}:ledger", "test_offset_s", int(NOW) - int(client.time()[0]))

    def load(self, *entities: Entity) -> None:
        """Loads flights with what they name."""
        self.store.apply("s", inventory(*entities), self.store.version("s"))

    def answer(self, slots: int = 1, **facts: Any) -> SlotsAnswer:
        """One more page, explained."""
        snapshots = InventorySnapshots(self.store, lambda _: (lambda _: np.array([], np.uint64),))
        filler = FillSlots(snapshots, self.ledger, PaceKeeper(snapshots, self.ledger, 5), lambda: b"k" * 32)
        asked = tuple(SlotRequest(f"slot-{n}", "sidebar") for n in range(slots))
        request = SlotsRequest(Site("s"), f"v{next(self.views)}", asked, explain=True, **facts)
        return filler.fill(request, NOW)

    def told(self, slots: int = 1, **facts: Any) -> list[dict[str, ExplainedFlight]]:
        """What is told of each slot's flights, by their ids, on one more page."""
        explained = self.answer(slots, **facts).explained
        return [{one.flight_id: one for one in flights} for flights in explained.values()]

    def outcomes(self, **facts: Any) -> dict[str, str]:
        """The codes of the one slot's flights."""
        return {name: one.outcome for name, one in self.told(**facts)[0].items()}


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


pytestmark = pytest.mark.redis


def test_one_is_chosen_others_are_outranked_and_all_that_could_be_shown_have_a_rank(desk: Desk) -> None:
    desk.load(
        flight("first", 9 * EURO), flight("second", 5 * EURO), flight("twin", 5 * EURO), flight("last", EURO),
        flight("abroad", 9 * EURO, countries=("ES",)),
    )  # fmt: skip
    told = desk.told()[0]
    assert {name: (one.outcome, one.rank) for name, one in told.items()} == {
        "first": ("chosen", 1), "second": ("outranked", 2), "twin": ("outranked", 2), "last": ("outranked", 4),
        "abroad": ("countries", None),
    }  # fmt: skip
    assert all(one.text == WORDS[one.outcome] for one in told.values())


def test_one_that_stands_in_another_slot_is_told_to(desk: Desk) -> None:
    desk.load(flight("first", 9 * EURO), flight("second", 5 * EURO))
    outcomes = [{name: one.outcome for name, one in slot.items()} for slot in desk.told(slots=2)]
    assert outcomes == [
        {"first": "chosen", "second": "chosen_elsewhere"}, {"first": "chosen_elsewhere", "second": "chosen"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entities", "outcome"),
    [
        ((flight("f", 9 * EURO, cap_unit=Unit.IMPRESSIONS, lifetime_cap=1),), "flight_lifetime_cap"),
        ((flight("f", 9 * EURO, daily_cap=9_000),), "flight_daily_cap"),
        ((flight("f", 9 * EURO, tier=Tier.STANDARD, goal_type="impressions", goal=1),), "goal"),
        ((flight("f", 9 * EURO), Campaign("c", "a", lifetime_cap=9_500)), "campaign_lifetime_cap"),
        ((flight("f", 9 * EURO), Campaign("c", "a", cap_unit=Unit.IMPRESSIONS, daily_cap=1)), "campaign_daily_cap"),
        ((flight("f", 9 * EURO), Advertiser("a", lifetime_cap=17_999)), "advertiser_lifetime_cap"),
        ((flight("f", 9 * EURO), Advertiser("a", cap_unit=Unit.IMPRESSIONS, daily_cap=1)), "advertiser_daily_cap"),
        ((flight("f", 9 * EURO, frequency_cap=("1/day",)),), "frequency_cap"),
    ],
)
def test_the_budget_or_cap_that_refuses_a_flight_is_named(
    desk: Desk, entities: tuple[Entity, ...], outcome: str
) -> None:
    desk.load(*entities)
    assert desk.told(session="x")[0]["f"].outcome == "chosen"
    assert desk.outcomes(session="x") == {"f": outcome}


def test_what_the_page_shows_keeps_others_away(desk: Desk) -> None:
    desk.load(
        Advertiser("rich", page_limit=1),
        flight("cars", 30 * EURO, advertiser="rich", labels=("cars",)),
        flight("rival", 8 * EURO, exclude_labels=("cars",)),
        flight("sister", 7 * EURO, advertiser="rich"),
        flight("same", 6 * EURO, creatives=(FlightCreative("k-cars"),)),
    )
    empty = {name: one.outcome for name, one in desk.told(slots=2)[1].items()}
    assert empty == {
        "cars": "chosen_elsewhere", "rival": "label", "sister": "advertiser_limit", "same": "same_creative",
    }  # fmt: skip


def test_a_roadblock_that_cannot_stand_whole_says_so(desk: Desk) -> None:
    desk.load(flight("block", 9 * EURO, tier=Tier.STANDARD, roadblock="flight"), flight("other", EURO))
    assert {name: one.outcome for name, one in desk.told(slots=2)[0].items()}["block"] == "together"


def test_whoever_may_not_reserve_is_told_that_nothing_paid_was_asked(desk: Desk) -> None:
    desk.load(flight("f", 9 * EURO))
    assert desk.outcomes(billable=False) == {"f": "not_reserved"}


@pytest.mark.parametrize("facts", [{"reader_id": "r"}, {"session": "x"}])
@pytest.mark.parametrize("of", ["creative", "flight", "campaign", "advertiser"])
def test_the_frequency_cap_that_refuses_a_flight_is_named_whoever_is_counted(
    desk: Desk, of: str, facts: dict[str, str]
) -> None:
    caps = {of: {"frequency_cap": ("2/week", "9/month")}}
    desk.load(
        Advertiser("a", **caps.get("advertiser", {})),
        Campaign("c", "a", **caps.get("campaign", {})),
        Creative("k-f", "a", "native", "https://a.example/", **caps.get("creative", {})),
        flight("f", 9 * EURO, **caps.get("flight", {})),
    )
    assert [desk.outcomes(**facts) for _ in range(2)] == [{"f": "chosen"}] * 2
    told = desk.told(**facts)[0]["f"]
    assert (told.outcome, told.frequency_cap) == ("frequency_cap", ReachedCap(of, "2/week", 2))
    assert told.text == f"The reader was shown its {of} 2 times, and the cap of that is 2/week."


def test_a_cap_that_the_page_itself_fills_is_told_where_nothing_else_kept_the_flight_out(desk: Desk) -> None:
    desk.load(Campaign("c", "a", frequency_cap=("1/day",)), flight("first", 9 * EURO), flight("second", 5 * EURO))
    above, below = desk.told(slots=2, session="x")
    assert (above["second"].outcome, above["second"].frequency_cap) == ("outranked", None)
    assert (below["second"].outcome, below["second"].frequency_cap) == (
        "frequency_cap", ReachedCap("campaign", "1/day", 1),
    )  # fmt: skip


def test_a_call_that_asks_no_more_of_a_page_view_is_told_what_earlier_ones_were_given(desk: Desk) -> None:
    desk.load(Campaign("c", "a", frequency_cap=("1/day",)), flight("first", 9 * EURO), flight("second", 5 * EURO))
    desk.told()
    desk.views = itertools.count()
    told = desk.told(slots=2)[1]
    assert told["second"].frequency_cap == ReachedCap("campaign", "1/day", 1)


def test_a_cap_whose_window_is_over_refuses_no_more(desk: Desk) -> None:
    desk.load(flight("f", 9 * EURO, frequency_cap=("1/hour",)))
    assert desk.outcomes(session="x") == {"f": "chosen"}
    assert desk.outcomes(session="x") == {"f": "frequency_cap"}
    desk.ledger._client.hincrby("sf:{s}:ledger", "test_offset_s", 3_600)
    assert desk.outcomes(session="x") == {"f": "chosen"}


def test_of_very_many_flights_the_first_in_rank_are_told_and_the_one_that_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain_slots, "MOST_TOLD", 2)
    flights = [flight(f"f{price}", price * EURO) for price in (1, 2, 3, 4)]
    desk.load(*flights, flight("late", 9 * EURO, starts_at=int(NOW) + 60))
    assert desk.outcomes() == {"f4": "chosen", "f3": "outranked"}
    named = desk.answer(explain_flight="late")
    assert {one.flight_id: one.outcome for one in named.explained["slot-0"]}["late"] == "dates"
    assert named.warnings == ("explain: of 5 flights the first 2 are told; name another in explain_flight.",)
    assert desk.answer(explain_flight="none").warnings[1:] == ("explain_flight: 'none' is not known here.",)
