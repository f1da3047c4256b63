"""One placement's flights as columns: who is eligible for a slot now, found by a few array operations."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Creative, Placement, Tier
from service.domain.ads.suitability import refused_risks
from service.domain.ads.targeting import (
    LOTS,
    SlotFacts,
    TargetedFlight,
    Terms,
    country_key,
    ecpm_micros,
    local_time,
    lot_of,
    section_key,
)
from service.domain.language import primary_subtag
from service.domain.ports import TermIds

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
# Flights that stand together which a placement offers to a page.
MOST_TOGETHER = 8
_FOREVER = np.iinfo(np.int64).max
_TIERS = {tier: rank for rank, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Choice:
    """A flight and the creative of it that a slot would show."""

    candidate: TargetedFlight
    creative: Creative


@dataclass(frozen=True, slots=True, eq=False)
class _Standing:
    """Flights that may run this second, whatever the page's words and lot: a mask, and the order in which to ask.

    `paid` and `house` are places among the placement's flights; `paid_ranks` and `house_ranks` belong to them.
    """

    mask: Mask
    paid: Places
    paid_ranks: npt.NDArray[np.uint64]
    house: Places
    house_ranks: npt.NDArray[np.uint64]


class PlacementFlights:
    """The flights that may ever run in one placement, in the order in which they are asked.

    Its answers equal the checklist of targeting.py, predicate by predicate; masks for values that pages ask for are
    made once each and kept, and so is, for a second, who stands for pages alike in all but their words and lots.
    """

    def __init__(self, placement: Placement, flights: Sequence[TargetedFlight]) -> None:
        self.placement = placement
        self.flights = tuple(flights)
        self.choices = tuple(tuple(Choice(f, creative) for creative in f.fitting(placement)) for f in flights)
        self._starts_at = np.array([_or(f.flight.starts_at, -_FOREVER) for f in flights], np.int64)
        self._ends_at = np.array([_or(f.flight.ends_at, _FOREVER) for f in flights], np.int64)
        self._rank = _ranks([order_of(f) for f in flights])
        self._house: Mask = np.array([f.flight.tier is Tier.HOUSE for f in flights], bool)
        self._together = np.flatnonzero([bool(f.flight.roadblock or f.flight.companions) for f in flights])
        self._numbers = np.array([f.flight.number for f in flights], np.uint64)
        self._keywords = KeywordColumn([f.keywords for f in flights], when_none=True)
        self._excluded = KeywordColumn([f.exclude_keywords for f in flights], when_none=False)
        self._refused = np.array([refused_risks(f.flight.suitability) for f in flights], np.uint64)
        self._lots = np.array([LOTS if f.share is None else f.share for f in flights], np.int64)
        self._lots_from = np.array([f.share_from for f in flights], np.int64)
        self._blocks = any(f.exclude_keywords for f in flights)
        self._by_page = any(f.keywords or f.exclude_keywords or f.share is not None for f in flights)
        timed = [f.flight.timezone for f in flights if f.flight.days or f.flight.hours]
        self._zones = tuple(sorted(set(timed)))
        self._targeted = {name: _values(flights, name) for name in ("sections", "countries", "devices", "languages")}
        self._masks: dict[tuple[str, object], Mask] = {}
        self._standing: tuple[int, dict[Hashable, _Standing]] = (0, {})

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
        if not self._together.size:
            return []
        of_tier = self._together[self._house[self._together] == house]
        eligible = of_tier[self.eligible(facts)[of_tier]]
        first: list[int] = eligible[np.argsort(self._rank[eligible], kind="stable")][:MOST_TOGETHER].tolist()
        return first

    def kept_out(self, facts: SlotFacts) -> list[TargetedFlight]:
        """Returns the flights that pay and could run, were it not for their block words or their suitability."""
        if not (facts.risk or self._blocks):
            return []
        places = self._standing_now(facts).paid
        places = places[self._wants(facts)[places]]
        return [self.flights[at] for at in places[~self._suits(facts)[places]].tolist()]

    def _standing_now(self, facts: SlotFacts) -> _Standing:
        second = int(facts.now)
        values = (
            section_key(facts.section), country_key(facts.country), facts.device, primary_subtag(facts.language)
        )  # fmt: skip
        asked = tuple(
            value if value in wanted else None for value, wanted in zip(values, self._targeted.values(), strict=True)
        )
        known_second, known = self._standing
        if known_second != second:
            known = {}
            self._standing = (second, known)
        standing = known.get(asked)
        if standing is None:
            standing = known[asked] = self._stand(second, facts.now, asked)
        return standing

    def _stand(self, second: int, now: float, asked: Sequence[str | None]) -> _Standing:
        mask = (self._starts_at <= second) & (second < self._ends_at)
        for field, value in zip(self._targeted, asked, strict=True):
            mask &= self._targeting(field, value)
        for name in self._zones:
            local = local_time(now, name)
            mask &= self._day_parts(name, local.weekday(), local.hour)
        paid, house = (self._in_order(np.flatnonzero(mask & ours), second) for ours in (~self._house, self._house))
        return _Standing(mask, paid, self._rank[paid], house, self._rank[house])

    def _in_order(self, places: Places, second: int) -> Places:
        """Returns the places by rank; equals stand in a ring that is shuffled anew each second."""
        mixed = (self._numbers[places] + np.uint64(second)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        return places[np.lexsort((mixed, self._rank[places]))]

    def _on_page(self, facts: SlotFacts) -> Mask:
        return self._wants(facts) & self._suits(facts)

    def _suits(self, facts: SlotFacts) -> Mask:
        mask = ~self._excluded.matches(facts.term_ids)
        for text in facts.beside:
            mask &= ~self._excluded.matches(text)
        if facts.risk:
            mask &= self._refused & np.uint64(facts.risk) == 0
        return mask

    def _wants(self, facts: SlotFacts) -> Mask:
        mask = self._keywords.matches(facts.term_ids)
        if facts.seed is not None:
            mask = mask & ((lot_of(facts.seed) - self._lots_from) % LOTS < self._lots)
        return mask

    def _first(
        self, places: Places, ranks: npt.NDArray[np.uint64], facts: SlotFacts, seed: int, limit: int
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

    def _targeting(self, field: str, value: str | None) -> Mask:
        def meets(candidate: TargetedFlight) -> bool:
            wanted: tuple[str, ...] = getattr(candidate.flight, field)
            return not wanted or value in wanted

        return self._mask((field, value), meets)

    def _day_parts(self, timezone: str, weekday: int, hour: int) -> Mask:
        def meets(candidate: TargetedFlight) -> bool:
            flight = candidate.flight
            other = flight.timezone != timezone
            return other or ((not flight.days or weekday in flight.days) and (not flight.hours or hour in flight.hours))

        return self._mask((timezone, (weekday, hour)), meets)

    def _mask(self, key: tuple[str, object], meets: Callable[[TargetedFlight], bool]) -> Mask:
        mask = self._masks.get(key)
        if mask is None:
            mask = self._masks[key] = np.array([meets(candidate) for candidate in self.flights], bool)
        return mask


class KeywordColumn:
    """Which flights have a keyword on the page: each keyword is found by one of its terms, then checked whole."""

    def __init__(self, keywords: Sequence[tuple[Terms, ...]], *, when_none: bool) -> None:
        self._base: Mask = np.array([when_none and not of_flight for of_flight in keywords], bool)
        found: dict[int, list[tuple[int, Terms]]] = {}
        for place, of_flight in enumerate(keywords):
            for keyword in of_flight:
                if keyword:
                    found.setdefault(min(keyword), []).append((place, keyword))
        self._by_anchor = found
        self._anchors = np.array(sorted(found), np.uint64)

    def matches(self, term_ids: TermIds | None) -> Mask:
        """Returns a mask over the flights, for a page of these terms (None: unknown)."""
        if term_ids is None or not term_ids.size or not self._anchors.size:
            return self._base
        places = np.minimum(np.searchsorted(term_ids, self._anchors), term_ids.size - 1)
        anchors = self._anchors[term_ids[places] == self._anchors]
        if not anchors.size:
            return self._base
        mask = self._base.copy()
        on_page = set(term_ids.tolist())
        for anchor in anchors.tolist():
            for place, keyword in self._by_anchor[anchor]:
                if keyword <= on_page:
                    mask[place] = True
        return mask


def _values(flights: Sequence[TargetedFlight], field: str) -> frozenset[str]:
    return frozenset(value for candidate in flights for value in getattr(candidate.flight, field))


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def order_of(candidate: TargetedFlight) -> tuple[int, int]:
    """Returns a flight's place in the order of asking: by tier; guaranteed ones by their end, others by eCPM."""
    flight = candidate.flight
    if flight.tier in (Tier.SPONSORSHIP, Tier.STANDARD):
        return _TIERS[flight.tier], _or(flight.ends_at, _FOREVER)
    return _TIERS[flight.tier], -ecpm_micros(flight)


def _ranks(orders: Sequence[tuple[int, int]]) -> npt.NDArray[np.uint64]:
    """Equal orders get equal ranks, from 0."""
    rank_of = {order: rank for rank, order in enumerate(sorted(set(orders)))}
    return np.array([rank_of[order] for order in orders], np.uint64)
