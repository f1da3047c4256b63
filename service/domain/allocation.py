"""Which flight gets which slot: the candidates to ask the ledger for, and the house ads for what stays empty."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.domain.inventory import Creative, FlightCreative, Placement
from service.domain.ledger import Candidate, PageReservations, SlotPlan, cap_day
from service.domain.shortlist import PlacementFlights
from service.domain.targeting import SlotFacts, TargetedFlight

# How many flights a slot asks for, one more for each slot before it, which may take one of them away.
PAID_CANDIDATES = 8
HOUSE_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A flight and the creative of it that a slot would show."""

    candidate: TargetedFlight
    creative: Creative


@dataclass(frozen=True, slots=True)
class SlotShortlist:
    """The eligible choices of one slot, the most wanted first: those that pay, and the house's own."""

    slot_id: str
    placement: Placement
    paid: tuple[Choice, ...]
    house: tuple[Choice, ...]


@dataclass(slots=True)
class PageExclusions:
    """What a page already shows: no flight, creative or competing label stands on it twice."""

    flights: set[int] = field(default_factory=set)
    creatives: set[int] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)

    def admits(self, choice: Choice) -> bool:
        """Returns whether the choice may stand beside what the page shows."""
        flight = choice.candidate.flight
        return (
            flight.number not in self.flights
            and choice.creative.number not in self.creatives
            and self.excluded.isdisjoint(flight.labels)
            and self.labels.isdisjoint(flight.exclude_labels)
        )

    def add(self, choice: Choice) -> None:
        """Notes that the page shows the choice."""
        flight = choice.candidate.flight
        self.flights.add(flight.number)
        self.creatives.add(choice.creative.number)
        self.labels.update(flight.labels)
        self.excluded.update(flight.exclude_labels)


def seed_of(page_view: str) -> int:
    """Returns the 63-bit number that all chance of a page view comes from."""
    return int.from_bytes(hashlib.blake2b(page_view.encode(), digest_size=8).digest()) >> 1


def shortlist(slot_id: str, flights: PlacementFlights, facts: SlotFacts, page_view: str, place: int) -> SlotShortlist:
    """Returns the choices of the slot at this place (from 0) of the page."""
    seed = seed_of(page_view)
    eligible = flights.eligible(facts)
    paid = flights.ordered(eligible & ~flights.house, seed, PAID_CANDIDATES + place)
    house = flights.ordered(eligible & flights.house, seed, HOUSE_CANDIDATES + place)
    return SlotShortlist(
        slot_id,
        flights.placement,
        tuple(choice_of(flights.flights[index], flights.placement, page_view) for index in paid),
        tuple(choice_of(flights.flights[index], flights.placement, page_view) for index in house),
    )


def choice_of(candidate: TargetedFlight, placement: Placement, page_view: str) -> Choice:
    """Returns the flight with one of its creatives that fit, chosen by weight, the same for the same page view."""
    fitting = candidate.fitting(placement)
    if len(fitting) == 1:
        return Choice(candidate, fitting[0])
    weights = _weights(candidate.flight.creatives, fitting)
    lot = seed_of(f"{page_view} {candidate.flight.number}") % sum(weights)
    for creative, weight in zip(fitting, weights, strict=True):
        if lot < weight:
            return Choice(candidate, creative)
        lot -= weight
    raise AssertionError("a lot below the sum of weights always meets one")


def slot_plan(slot: SlotShortlist, now: float) -> SlotPlan:
    """Returns what the ledger is asked for a slot: its paid choices, each with the day of its budget."""
    return SlotPlan(slot.slot_id, slot.placement.number, tuple(_candidate(choice, now) for choice in slot.paid))


def house_fill(
    slots: Sequence[SlotShortlist], filled: Sequence[Choice | None], reserved: PageReservations
) -> list[Choice | None]:
    """Returns the house's choice for each slot that nothing paid has filled; None where no house ad fits."""
    page = PageExclusions(labels=set(reserved.labels), excluded=set(reserved.exclude_labels))
    for choice in filled:
        if choice is not None:
            page.add(choice)
    house: list[Choice | None] = []
    for slot, paid in zip(slots, filled, strict=True):
        found = None if paid else next((choice for choice in slot.house if page.admits(choice)), None)
        if found is not None:
            page.add(found)
        house.append(found)
    return house


def _candidate(choice: Choice, now: float) -> Candidate:
    flight = choice.candidate.flight
    day = cap_day(now, flight.cap_timezone)
    return Candidate(flight.number, choice.creative.number, day, flight.labels, flight.exclude_labels)


def _weights(links: Sequence[FlightCreative], creatives: Sequence[Creative]) -> list[int]:
    weight_of = {link.id: link.weight for link in links}
    return [weight_of[creative.id] for creative in creatives]
