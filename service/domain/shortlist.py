"""One placement's flights as columns: who is eligible for a slot now, found by a few array operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from service.domain.inventory import Placement, Tier
from service.domain.ports import TermIds
from service.domain.targeting import (
    SlotFacts,
    TargetedFlight,
    Terms,
    country_key,
    ecpm_micros,
    language_key,
    local_time,
    section_key,
)

Mask = npt.NDArray[np.bool_]
_FOREVER = np.iinfo(np.int64).max
_TIERS = {tier: rank for rank, tier in enumerate(Tier)}
# A flight of 64 bits of order: where it stands among its placement's flights, then chance by page view among equals.
_CHANCE_BITS = 32


class PlacementFlights:
    """The flights that may ever run in one placement, in the order in which they are asked.

    Its answers equal the checklist of targeting.py, predicate by predicate; masks for values that pages ask for are
    made once each and kept.
    """

    def __init__(self, placement: Placement, flights: Sequence[TargetedFlight]) -> None:
        self.placement = placement
        self.flights = tuple(flights)
        self.house: Mask = np.array([f.flight.tier is Tier.HOUSE for f in flights], bool)
        self._starts_at = np.array([_or(f.flight.starts_at, -_FOREVER) for f in flights], np.int64)
        self._ends_at = np.array([_or(f.flight.ends_at, _FOREVER) for f in flights], np.int64)
        self._rank = _ranks([_order(f) for f in flights])
        self._numbers = np.array([f.flight.number for f in flights], np.uint64)
        self._keywords = KeywordColumn([f.keywords for f in flights], when_none=True)
        self._excluded = KeywordColumn([f.exclude_keywords for f in flights], when_none=False)
        timed = [f.flight.timezone for f in flights if f.flight.days or f.flight.hours]
        self._zones = tuple(sorted(set(timed)))
        self._targeted = {name: _values(flights, name) for name in ("sections", "countries", "devices", "languages")}
        self._masks: dict[tuple[str, object], Mask] = {}

    def eligible(self, facts: SlotFacts) -> Mask:
        """Returns which flights may run now, in the order of `flights`."""
        now = int(facts.now)
        mask = (self._starts_at <= now) & (now < self._ends_at)
        mask &= self._targeting("sections", section_key(facts.section))
        mask &= self._targeting("countries", country_key(facts.country))
        mask &= self._targeting("devices", facts.device)
        mask &= self._targeting("languages", language_key(facts.language))
        for name in self._zones:
            local = local_time(facts.now, name)
            mask &= self._day_parts(name, local.weekday(), local.hour)
        mask &= self._keywords.matches(facts.term_ids)
        mask &= ~self._excluded.matches(facts.term_ids)
        return mask

    def ordered(self, mask: Mask, seed: int, limit: int) -> list[int]:
        """Returns the places of at most `limit` flights of the mask, the first to be asked first.

        Equals are shuffled by `seed`, the same for the same seed.
        """
        places = np.flatnonzero(mask)
        mixed = (self._numbers[places] + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        keys = (self._rank[places] << np.uint64(_CHANCE_BITS)) | (mixed >> np.uint64(64 - _CHANCE_BITS))
        if places.size > limit:
            first = np.argpartition(keys, limit)[:limit]
            places, keys = places[first], keys[first]
        return [int(place) for place in places[np.argsort(keys)]]

    def _targeting(self, field: str, value: str | None) -> Mask:
        def meets(candidate: TargetedFlight) -> bool:
            wanted: tuple[str, ...] = getattr(candidate.flight, field)
            return not wanted or value in wanted

        return self._mask((field, value if value in self._targeted[field] else None), meets)

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


def _order(candidate: TargetedFlight) -> tuple[int, int]:
    """Tier first; then guaranteed flights by the earliest end, auctioned ones by eCPM."""
    flight = candidate.flight
    if flight.tier in (Tier.SPONSORSHIP, Tier.STANDARD):
        return _TIERS[flight.tier], _or(flight.ends_at, _FOREVER)
    return _TIERS[flight.tier], -ecpm_micros(flight)


def _ranks(orders: Sequence[tuple[int, int]]) -> npt.NDArray[np.uint64]:
    """Equal orders get equal ranks, from 0."""
    rank_of = {order: rank for rank, order in enumerate(sorted(set(orders)))}
    return np.array([rank_of[order] for order in orders], np.uint64)
