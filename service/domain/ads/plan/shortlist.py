"""One placement's flights as columns: who is eligible for a slot now, found by a few array operations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Placement, Tier
from service.domain.ads.plan.asking_order import NO_DEMAND, TIERS, Demand, Wants, ranks_of
from service.domain.ads.plan.choices import Choices
from service.domain.ads.plan.placement_columns import PlacementColumns
from service.domain.ads.targeting.checklist import LOTS, TargetedFlight, local_time, lot_of
from service.domain.ads.targeting.slot_facts import SlotFacts, Values
from service.domain.ads.targeting.value_columns import Mask

Places = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
# Flights that stand together which a placement offers to a page.
MOST_TOGETHER = 8
# Kinds of pages whose flights are known for a second: a bound of memory.
MOST_STANDING = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Standing:
    """Flights that may run this second, whatever the page's words and lot: a mask, and the order in which to ask.

    `paid` and `house` are places among the placement's flights; `paid_ranks` and `house_ranks` belong to them.
    """

    mask: Mask
    paid: Places
    paid_ranks: npt.NDArray[np.int32]
    house: Places
    house_ranks: npt.NDArray[np.int32]


class PlacementFlights:
    """The flights that may ever run in one placement, in the order in which they are asked.

    Its answers equal the checklist of targeting.py, predicate by predicate. Who stands for pages alike in all but their
    words and lots is found once a second.
    """

    def __init__(self, placement: Placement, flights: Sequence[TargetedFlight], columns: PlacementColumns) -> None:
        """`columns` has a row for each of `flights`, which may be read only when they are asked for."""
        self.placement = placement
        self.flights = flights
        self.columns = columns
        self.demand = self.measured = NO_DEMAND
        self._order_by(columns.want)
        self.has_second_prices = bool(columns.second_price.any())
        self._blocks = bool(columns.exclude_keywords.starts.size > 1)
        asked = columns.asked_fields()
        self._lasting = [one for one in asked if not one.field.of_page]
        self._of_page = [one for one in asked if one.field.of_page]
        wants_words = not columns.keywords.members.base.all()
        self._scripts = bool(columns.only_scripts.any())
        self._by_page = (
            wants_words or self._scripts or bool(self._of_page) or self._blocks or bool((columns.lots < LOTS).any())
        )
        self._standing: tuple[int, dict[Hashable, _Standing]] = (0, {})
        self._stopped: Mask = np.zeros(len(flights), bool)
        self._free: Mask = np.ones(len(flights), bool)

    def take_up(self, demand: Demand) -> None:
        """Asks flights by what they want now, and leaves those that wait out of `paid`; they stay eligible."""
        self.demand, self.measured = demand, demand.at(self.placement.number)
        wants = self.measured.wants(self.columns.number, self.columns.want)
        if not np.array_equal(wants, self._asked_by):
            self._order_by(wants)
        self._free = ~demand.waits(self.columns.number)
        self._standing = (0, {})

    def stopping(self, flights: Sequence[TargetedFlight], stopped: Numbers) -> PlacementFlights:
        """Returns the same with flights as they are now, none of `stopped` running; this one forgets what it found."""
        self._standing = (0, {})
        other = copy(self)
        other.flights, other._stopped = flights, np.isin(self.columns.number, stopped)
        other._order_by(self._asked_by)
        return other

    def _order_by(self, wants: Wants) -> None:
        self._asked_by = wants
        self._rank = ranks_of(self.columns.tier, wants)
        auctioned = self.columns.tier == TIERS[Tier.PRICE]
        self._below_floor: Mask = auctioned & (-wants < (self.placement.floor_micros or 0))
        self.choices = Choices(self.placement, self.flights, self.columns.tier, wants)

    def goals_suited(self, facts: SlotFacts) -> Numbers:
        """Returns the numbers of the guaranteed flights that could run now."""
        return self.columns.number[self.columns.guaranteed & self.eligible(facts)].astype(np.int64)

    def eligible(self, facts: SlotFacts) -> Mask:
        """Returns which flights may run now, in the order of `flights`."""
        mask = self._standing_now(facts).mask
        return mask & self._on_page(facts) if self._by_page or facts.risk else mask

    def paid(self, facts: SlotFacts, seed: int, limit: int) -> list[int]:
        """Returns the places of at most `limit` eligible flights that pay, the first to be asked first.

        Equals stand in a ring, which is entered by `seed`: over many seeds each is first equally often.
        """
        standing = self._standing_now(facts)
        return self._first(standing.paid, standing.paid_ranks, facts, seed, limit)

    def house(self, facts: SlotFacts, seed: int, limit: int) -> list[int]:
        """Returns the same of the house's own."""
        standing = self._standing_now(facts)
        return self._first(standing.house, standing.house_ranks, facts, seed, limit)

    def together(self, facts: SlotFacts, *, house: bool) -> list[int]:
        """Returns the places of the eligible flights that stand together with others: at most MOST_TOGETHER."""
        together = self.columns.together
        if not together.size:
            return []
        of_tier = together[(self.columns.house[together] == house) & (house | self._free[together])]
        eligible = of_tier[self.eligible(facts)[of_tier]]
        first: list[int] = eligible[np.argsort(self._rank[eligible], kind="stable")][:MOST_TOGETHER].tolist()
        return first

    def ranks(self, facts: SlotFacts) -> dict[int, int]:
        """Returns the rank of each eligible flight by number: 1, and one more for each that is asked before it."""
        places = np.flatnonzero(self.eligible(facts))
        ranks = self._rank[places]
        before = np.searchsorted(np.sort(ranks), ranks) + 1
        return dict(zip(self.columns.number[places].tolist(), before.tolist(), strict=True))

    def kept_out(self, facts: SlotFacts, limit: int) -> list[TargetedFlight]:
        """Returns at most `limit` flights that pay and could run, were it not for block words or suitability."""
        if not (facts.risk or self._blocks):
            return []
        places = self._standing_now(facts).paid
        places = places[self._wants(facts)[places]]
        return [self.flights[at] for at in places[~self._suits(facts)[places]][:limit].tolist()]

    def _standing_now(self, facts: SlotFacts) -> _Standing:
        second = int(facts.now)
        asked = tuple(one.told_apart(facts) for one in self._lasting)
        known_second, known = self._standing
        if known_second != second:
            known = {}
            self._standing = (second, known)
        standing = known.get(asked)
        if standing is None:
            if len(known) >= MOST_STANDING:
                known.clear()
            standing = known[asked] = self._stand(second, facts.now, asked)
        return standing

    def _stand(self, second: int, now: float, asked: Sequence[Values]) -> _Standing:
        columns = self.columns
        mask = (columns.starts_at <= second) & (second < columns.ends_at) & ~self._below_floor & ~self._stopped
        for one, values in zip(self._lasting, asked, strict=True):
            mask &= one.suits(values)
        for number, name in enumerate(columns.zones):
            local = local_time(now, name)
            is_now = (columns.days >> local.weekday()) & (columns.hours >> local.hour) & 1
            mask &= (columns.zone != number) | is_now.astype(bool)
        own, places = columns.house, np.arange(mask.size, dtype=np.int32)
        paid, house = (self._in_order(places[mask & ours], second) for ours in (~own & self._free, own))
        return _Standing(mask, paid, self._rank[paid], house, self._rank[house])

    def _in_order(self, places: Places, second: int) -> Places:
        """Returns the places by rank; equals stand in a ring that is shuffled anew each second."""
        mixed = (self.columns.number[places].astype(np.uint64) + np.uint64(second)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        return places[np.lexsort((mixed, self._rank[places]))]

    def _on_page(self, facts: SlotFacts) -> Mask:
        return self._wants(facts) & self._suits(facts)

    def _suits(self, facts: SlotFacts) -> Mask:
        columns = self.columns
        mask = ~columns.exclude_keywords.matches(facts.term_ids)
        for text in facts.beside:
            mask &= ~columns.exclude_keywords.matches(text)
        if facts.risk:
            mask &= columns.refused & np.uint64(facts.risk) == 0
        return mask

    def _wants(self, facts: SlotFacts) -> Mask:
        columns = self.columns
        mask = columns.keywords.matches(facts.term_ids)
        for one in self._of_page:
            mask = mask & one.suits(one.field.values(facts))
        if self._scripts and not facts.third_parties:
            mask = mask & ~columns.only_scripts
        if facts.seed is not None:
            mask = mask & ((lot_of(facts.seed) - columns.lots_from) % LOTS < columns.lots)
        return mask

    def _first(
        self, places: Places, ranks: npt.NDArray[np.int32], facts: SlotFacts, seed: int, limit: int
    ) -> list[int]:
        if (self._by_page or facts.risk) and places.size:
            on_page = self._on_page(facts)[places]
            places, ranks = places[on_page], ranks[on_page]
        first: list[int] = []
        begin = 0
        while begin < places.size and len(first) < limit:
            end = int(np.searchsorted(ranks, ranks[begin], side="right"))
            turn = begin + seed % (end - begin)
            equals = np.concatenate((places[turn : min(end, turn + limit)], places[begin : min(turn, begin + limit)]))
            first += equals.tolist()
            begin = end
        return first[:limit]
