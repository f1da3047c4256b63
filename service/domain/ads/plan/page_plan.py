"""The best plan of a page: which offers stand in which of its slots, all slots decided together.

The value of a plan is compared tier by tier: first by how many slots the most urgent guaranteed flights get, then those
of the next urgency, and so on; between equals by the sum of the eCPM of what is auctioned, then by how many slots are
filled. `plan_page` finds a plan of the greatest value; the proof against brute force is in the tests.

Where nobody is in another's way, offers and slots form a transversal matroid: to give slots to offers in the order of
their worth, moving earlier ones to other slots of theirs where that makes room, is exact. Where two of those taken so
compete, the plan branches: with the first of the two, and without it; no branch can be worth more than its matroid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

# Branches looked at before the best plan found so far is taken: far more than six slots and twelve flights ever need.
MOST_BRANCHES = 2_000
# Offers that stand together, beyond which the less urgent ones are left to the repair.
MOST_TOGETHER = 10

Order = tuple[int, int]
"""A flight's place in the order of asking: its tier's rank, then the less the sooner."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a slot given to a flight is worth: its place in the order, and its eCPM in micros where it is auctioned."""

    order: Order
    ecpm_micros: int | None = None


@dataclass(frozen=True, eq=False)
class Bid:
    """What stands on the page with an offer: its worth, slot by slot, and what may not stand beside it.

    `limits` are how many ads of each advertiser it has, and the most that the page may show; none without a limit.
    """

    worths: tuple[Worth, ...]
    flights: frozenset[int]
    creatives: frozenset[int]
    labels: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    limits: tuple[tuple[int, int, int], ...] = ()

    @cached_property
    def order(self) -> Order:
        """The most urgent of its flights' places in the order."""
        return min(worth.order for worth in self.worths)

    def clashes(self, other: Bid) -> bool:
        """Returns whether the two may not stand on one page."""
        return not (
            self.flights.isdisjoint(other.flights)
            and self.creatives.isdisjoint(other.creatives)
            and self.labels.isdisjoint(other.excludes)
            and self.excludes.isdisjoint(other.labels)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A bid for one of some slots; or, `together`, for all of them or none.

    `places` has, for each slot by its place on the page, the offer's place among the slot's candidates.
    """

    bid: Bid
    places: dict[int, int]
    together: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows already: nothing that clashes with it may join."""

    flights: frozenset[int] = frozenset()
    creatives: frozenset[int] = frozenset()
    labels: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    advertisers: Mapping[int, int] = field(default_factory=dict)

    def admits(self, bid: Bid) -> bool:
        """Returns whether an offer of this bid may join."""
        return (
            bid.flights.isdisjoint(self.flights)
            and bid.creatives.isdisjoint(self.creatives)
            and bid.labels.isdisjoint(self.excludes)
            and bid.excludes.isdisjoint(self.labels)
            and all(self.advertisers.get(who, 0) + count <= most for who, count, most in bid.limits)
        )


NOTHING_SHOWN = Shown()
Seats = dict[int, Offer]
"""Who stands in each slot, by the slot's place on the page."""


def plan_page(offers: Sequence[Offer], free: Iterable[int], shown: Shown = NOTHING_SHOWN) -> Seats:
    """Returns the best plan for the free slots; `offers` are in the order of asking, which decides between equals."""
    slots = frozenset(free)
    if not any(offer.together for offer in offers):  # the common case: no more are looked at than get a slot
        seats = _seated(_wanted(offers, slots, shown), slots)
        if _clash((), seats, shown) is None:
            return seats
    return _Search(list(_wanted(offers, slots, shown)), slots, shown).best()


def in_order(offers: Iterable[Offer]) -> list[Offer]:
    """Returns the offers in the order of asking; those of one order stay as they are."""
    return sorted(offers, key=lambda offer: offer.bid.order)


def _wanted(offers: Iterable[Offer], slots: frozenset[int], shown: Shown) -> Iterator[Offer]:
    return (offer for offer in offers if _fits(offer, slots) and shown.admits(offer.bid))


def _fits(offer: Offer, slots: frozenset[int]) -> bool:
    return slots.issuperset(offer.places) if offer.together else not slots.isdisjoint(offer.places)


class _Search:
    """Branch and bound over offers; what a branch may be worth at most is its matroid's best."""

    def __init__(self, offers: Sequence[Offer], slots: frozenset[int], shown: Shown) -> None:
        self._slots = slots
        self._shown = shown
        self._value = dict(zip(map(id, offers), _values(offers, len(slots)), strict=True))
        self._together = [offer for offer in offers if offer.together][:MOST_TOGETHER]
        self._single = [offer for offer in offers if not offer.together]
        self._best: Seats = {}
        self._best_value = 0
        self._branches = 0

    def best(self) -> Seats:
        """Returns who stands where in the best plan."""
        self._with_together([], self._together, self._slots)
        return self._best

    def _with_together(self, taken: list[Offer], rest: Sequence[Offer], slots: frozenset[int]) -> None:
        """Tries the offers that take several slots, with and without each; then fills what they leave."""
        first = next((offer for offer in rest if _fits(offer, slots) and self._may_join(offer, taken)), None)
        if first is None:
            self._fill(taken, [], [offer for offer in self._single if self._may_join(offer, taken)], slots)
            return
        after = rest[rest.index(first) + 1 :]
        self._with_together([*taken, first], after, slots - frozenset(first.places))
        most = self._worth(_seated(self._single, slots).values()) + self._worth((*taken, *after))
        if most > self._best_value:
            self._with_together(taken, after, slots)

    def _fill(
        self, together: Sequence[Offer], fixed: list[Offer], singles: Sequence[Offer], slots: frozenset[int]
    ) -> None:
        """Fills the slots with offers of one slot each, the fixed ones among them; keeps it if it is the best."""
        self._branches += 1
        seats = _seated((*fixed, *singles), slots)
        value = self._worth((*together, *seats.values()))
        if value <= self._best_value:
            return
        taken = [*together, *fixed]
        clash = _clash(taken, seats, self._shown)
        if clash is None:
            self._best = {slot: offer for offer in together for slot in offer.places} | seats
            self._best_value = value
        elif self._branches <= MOST_BRANCHES:
            others = [one for one in singles if one is not clash]
            joined = [one for one in others if self._may_join(one, [*taken, clash])]
            self._fill(together, [*fixed, clash], joined, slots)
            self._fill(together, fixed, others, slots)

    def _worth(self, offers: Iterable[Offer]) -> int:
        return sum(self._value[id(offer)] for offer in offers)

    def _may_join(self, offer: Offer, taken: Sequence[Offer]) -> bool:
        if any(offer.bid.clashes(other.bid) for other in taken):
            return False
        return not offer.bid.limits or not _over_limit(offer, _advertisers([*taken, offer], self._shown))


def _seated(offers: Iterable[Offer], slots: frozenset[int]) -> Seats:
    """Returns who stands where if offers of one slot each never clashed: the best of their matroid."""
    seats: Seats = {}
    for offer in offers:
        if len(seats) == len(slots):
            break
        _seat(offer, seats, slots, set())
    return seats


def _seat(offer: Offer, seats: Seats, slots: frozenset[int], asked: set[int]) -> bool:
    """Gives the offer a slot, moving others within their own slots where that makes room (Kuhn's augmenting path)."""
    for slot in offer.places:
        if slot in slots and slot not in seats:
            seats[slot] = offer
            return True
    for slot in offer.places:
        if slot in slots and slot not in asked:
            asked.add(slot)
            if _seat(seats[slot], seats, slots, asked):
                seats[slot] = offer
                return True
    return False


def _clash(taken: Sequence[Offer], seats: Seats, shown: Shown) -> Offer | None:
    """Returns the first offer seated, but for those taken, that stands in the way of another; None if none does."""
    if len(seats) < 2 and not taken:
        return None
    fixed = set(map(id, taken))
    seated = sorted((one for one in seats.values() if id(one) not in fixed), key=lambda one: one.bid.order)
    for at, offer in enumerate(seated):
        if any(offer.bid.clashes(other.bid) for other in seated[at + 1 :]):
            return offer
    if not any(one.bid.limits for one in seated):
        return None
    counts = _advertisers([*taken, *seated], shown)
    return next((one for one in seated if _over_limit(one, counts)), None)


def _over_limit(offer: Offer, counts: Mapping[int, int]) -> bool:
    return any(counts[who] > most for who, _, most in offer.bid.limits)


def _advertisers(offers: Iterable[Offer], shown: Shown) -> Counter[int]:
    counts = Counter(shown.advertisers)
    for offer in offers:
        for who, count, _ in offer.bid.limits:
            counts[who] += count
    return counts


def _values(offers: Sequence[Offer], slots: int) -> Iterator[int]:
    """Yields what each offer is worth as one whole number, so that sums compare as plans do.

    A slot given to an order of guaranteed flights outweighs all slots given to later ones, and these all of the
    auction's; so each order's unit is one more than the slots times the next one's.
    """
    worths = [worth for offer in offers for worth in offer.bid.worths]
    most = max((worth.ecpm_micros or 0 for worth in worths), default=0)
    unit = slots * (most * (slots + 1) + 1) + 1
    units: dict[Order, int] = {}
    for order in sorted({worth.order for worth in worths if worth.ecpm_micros is None}, reverse=True):
        units[order] = unit
        unit *= slots + 1
    for offer in offers:
        yield sum(
            units[worth.order] if worth.ecpm_micros is None else worth.ecpm_micros * (slots + 1) + 1
            for worth in offer.bid.worths
        )
