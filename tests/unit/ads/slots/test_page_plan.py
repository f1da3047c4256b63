"""The plan of a page is the best one there is: held against every plan there could be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ads.plan.page_plan import Bid, Offer, Seats, Shown, Worth, in_order, plan_page

MOST_SLOTS, MOST_FLIGHTS = 6, 12
LABELS = ("cars", "bank", "beer")
WORD_SETS = st.sampled_from([frozenset(), frozenset(), frozenset(LABELS[:1]), frozenset(LABELS[1:]), frozenset(LABELS)])
WORTHS = st.one_of(
    st.builds(lambda order: Worth((0, order)), st.integers(0, 2)),
    st.builds(lambda order: Worth((1, order)), st.integers(0, 3)),
    st.builds(lambda ecpm: Worth((2, -ecpm), ecpm), st.sampled_from([0, 1, 7, 7, 900, 5_000_000])),
)


def limits(advertiser: int, most: int, count: int = 1) -> tuple[tuple[int, int, int], ...]:
    """The limit of an advertiser, if it has one."""
    return ((advertiser, count, most),) if most else ()


@st.composite
def pages(draw: st.DrawFn) -> tuple[int, list[Offer]]:
    """A number of slots, and what is offered for them: singles, and some that stand together or not at all."""
    slots = draw(st.integers(1, MOST_SLOTS))
    most = [draw(st.sampled_from([0, 0, 1, 2])) for _ in range(3)]
    offers = []
    for flight in range(draw(st.integers(0, MOST_FLIGHTS))):
        taken = sorted(draw(st.sets(st.integers(0, slots - 1), min_size=1)))
        together = len(taken) > 1 and draw(st.integers(0, 5)) == 0
        worth, advertiser = draw(WORTHS), draw(st.integers(0, 2))
        creatives = {100 * flight + slot for slot in taken} if together else {draw(st.integers(0, 14)) * 7}
        bid = Bid(
            (worth,) * (len(taken) if together else 1), frozenset({flight}), frozenset(creatives), draw(WORD_SETS),
            draw(WORD_SETS), limits(advertiser, most[advertiser], len(taken) if together else 1),
        )  # fmt: skip
        offers.append(Offer(bid, dict.fromkeys(taken, flight), together))
    return slots, in_order(offers)


def value(seats: Seats) -> tuple[object, ...]:
    """How a plan compares, as it is told: slots of each guaranteed order, the auction's eCPM, slots filled."""
    worths = [worth for offer in set(seats.values()) for worth in offer.bid.worths]
    guaranteed = Counter(worth.order for worth in worths if worth.ecpm_micros is None)
    orders = [guaranteed[tier, order] for tier in (0, 1) for order in range(4)]
    return (*orders, sum(worth.ecpm_micros or 0 for worth in worths), len(worths))


def is_sound(seats: Seats) -> bool:
    """Whether a page may look like this."""
    shown = list({id(offer): offer for offer in seats.values()}.values())
    for one, other in combinations(shown, 2):
        if one.bid.flights & other.bid.flights or one.bid.creatives & other.bid.creatives:
            return False
        if one.bid.labels & other.bid.excludes or one.bid.excludes & other.bid.labels:
            return False
    for offer in shown:
        if offer.together and any(seats.get(slot) is not offer for slot in offer.places):
            return False
        if not offer.together and sum(one is offer for one in seats.values()) != 1:
            return False
        for who, _, most in offer.bid.limits:
            if sum(count for one in shown for by, count, _ in one.bid.limits if by == who) > most:
                return False
    return all(slot in offer.places for slot, offer in seats.items())


def every_plan(offers: Sequence[Offer]) -> Iterator[Seats]:
    """Every sound plan, but of those that show the same in the same slots only one."""
    plans: dict[tuple[frozenset[int], frozenset[int]], Seats] = {(frozenset(), frozenset()): {}}
    for offer in offers:
        ways = [tuple(offer.places)] if offer.together else [(slot,) for slot in offer.places]
        for seats in list(plans.values()):
            for way in ways:
                joined = {**seats, **dict.fromkeys(way, offer)}
                if seats.keys().isdisjoint(way) and is_sound(joined):
                    plans.setdefault((frozenset(joined), frozenset(map(id, joined.values()))), joined)
    yield from plans.values()


@settings(max_examples=300)
@given(pages())
def test_no_plan_is_better(page: tuple[int, list[Offer]]) -> None:
    slots, offers = page
    planned = plan_page(offers, range(slots))
    assert is_sound(planned)
    assert value(planned) == max(map(value, every_plan(offers)))


def single(flight: int, slots: Sequence[int], ecpm: int, *words: frozenset[str]) -> Offer:
    """An auctioned flight for one of these slots."""
    bid = Bid((Worth((2, -ecpm), ecpm),), frozenset({flight}), frozenset({flight}), *words)
    return Offer(bid, dict.fromkeys(slots, flight))


def test_an_earlier_offer_moves_where_that_makes_room() -> None:
    wide, narrow = single(1, [0, 1], 9), single(2, [0], 5)
    assert plan_page([wide, narrow], range(2)) == {0: narrow, 1: wide}


def test_two_that_are_worth_more_beat_their_rival() -> None:
    rival = single(1, [0, 1], 9, frozenset({"cars"}), frozenset({"bank"}))
    one, other = (single(n, [0, 1], 6, frozenset({"bank"})) for n in (2, 3))
    assert set(plan_page([rival, one, other], range(2)).values()) == {one, other}


def test_a_guaranteed_flight_outweighs_any_price() -> None:
    urgent = Offer(Bid((Worth((1, 0)),), frozenset({1}), frozenset({1}), frozenset({"cars"})), {0: 0, 1: 0})
    dear = [single(n, [0, 1], 9_000_000_000, frozenset(), frozenset({"cars"})) for n in (2, 3)]
    assert list(plan_page(in_order([*dear, urgent]), range(2)).values()) == [urgent]


def test_what_the_page_shows_keeps_its_rivals_away() -> None:
    beer, again, fresh = single(1, [0], 9, frozenset({"beer"})), single(2, [0], 8), single(3, [0], 1)
    shown = Shown(flights=frozenset({2}), excludes=frozenset({"beer"}))
    assert plan_page([beer, again, fresh], range(1), shown) == {0: fresh}


def test_twenty_slots_and_rivals_all_over_are_planned_in_time() -> None:
    labels = [frozenset({f"l{n % 7}"}) for n in range(40)]
    offers = [single(n, range(20), 1_000 - n, labels[n], labels[(n * 3 + 1) % 40]) for n in range(40)]
    assert is_sound(plan_page(offers, range(20)))
