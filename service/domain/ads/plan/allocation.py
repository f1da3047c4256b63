"""Which flight gets which slot: the candidates to ask the ledger for, and the house ads for what stays empty."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, PageReservations, SlotPlan, Step, extra_minutes
from service.domain.ads.inventory import Creative, Flight, FlightCreative, Placement
from service.domain.ads.plan.choices import Choice, bid_of
from service.domain.ads.plan.page_offers import page_offers, steps_of
from service.domain.ads.plan.page_plan import Shown, plan_page
from service.domain.ads.plan.second_price import second_prices
from service.domain.ads.plan.shortlist import Numbers, PlacementFlights
from service.domain.ads.reader.frequency import Capped, reader_caps
from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.blocking import MOST_FLIGHTS, Blocked, blocked
from service.domain.ads.targeting.slot_facts import SlotFacts

Near = tuple[str, ...] | None

# How many flights a placement asks for, one more for each slot before its last, which may take one of them away.
PAID_CANDIDATES = 12
HOUSE_CANDIDATES = 8
# Creatives that are tried of a flight whose slots stand together.
MOST_CREATIVES = 10


Due = Callable[[Flight, float], int | None]
"""What pacing lets a flight have by a moment in seconds since 1970, as a Candidate says it."""


class Candidates:
    """What the ledger is asked of a site's choices: worked out once a second for all of its pages."""

    def __init__(self, due: Due) -> None:
        self._due = due
        self._known: tuple[int, dict[Choice, Candidate]] = (0, {})

    def of(self, choices: Sequence[Choice], now: float) -> tuple[Candidate, ...]:
        """Returns each choice with the day of its budget and what is due by now."""
        second, known = self._known
        if second != int(now):
            known = {}
            self._known = (int(now), known)
        for choice in choices:
            if choice not in known:
                known[choice] = _candidate(choice, now, self._due)
        return tuple([known[choice] for choice in choices])


class PlacementShortlist:
    """The eligible choices of one placement on a page, the most wanted first, for all its slots together.

    Slots at places (from 0) of the page up to `last` may ask.
    """

    def __init__(
        self, flights: PlacementFlights, facts: SlotFacts, page_view: str, last: int, candidates: Candidates
    ) -> None:
        self._candidates = candidates
        self._flights = flights
        self._facts = facts
        self._page_view = page_view
        self._last = last

    @property
    def placement(self) -> Placement:
        """The placement."""
        return self._flights.placement

    @cached_property
    def paid(self) -> tuple[Choice, ...]:
        """Those that pay."""
        asked = self._flights.paid(self._facts, seed_of(self._page_view), PAID_CANDIDATES + self._last)
        return self._choices(asked, house=False)

    @cached_property
    def house(self) -> tuple[Choice, ...]:
        """The house's own, worked out only where something is left to fill."""
        asked = self._flights.house(self._facts, seed_of(self._page_view), HOUSE_CANDIDATES + self._last)
        return self._choices(asked, house=True)

    @property
    def facts(self) -> SlotFacts:
        """What is known of its slots."""
        return self._facts

    @property
    def ranks(self) -> dict[int, int]:
        """The ranks, from 1, of all flights that these slots suit, by their numbers; equals have equal ranks."""
        return self._flights.ranks(self._facts)

    @property
    def goals_suited(self) -> Numbers:
        """The numbers of the guaranteed flights that these slots suit, whether pacing gives them something or not."""
        return self._flights.goals_suited(self._facts)

    @property
    def blocked(self) -> set[Blocked]:
        """What block words and topics keep off these slots."""
        return set(blocked(self._flights.kept_out(self._facts, MOST_FLIGHTS), self._facts))

    def _choices(self, asked: Sequence[int], *, house: bool) -> tuple[Choice, ...]:
        """One choice of each flight; all that fit of those that stand together, wherever these are in the order."""
        together = self._flights.together(self._facts, house=house)
        shown = self._flights.choices.of([at for at in asked if at not in together] if together else asked)
        alone = [choice_of(choices, self._page_view) for choices in self._allowed(shown) if choices]
        if not together:
            return tuple(alone)
        joined = self._allowed(self._flights.choices.of(together))
        return (*alone, *(choice for choices in joined for choice in choices[:MOST_CREATIVES]))

    def _allowed(self, shown: Sequence[Sequence[Choice]]) -> Sequence[Sequence[Choice]]:
        """The choices of flights that consent lets be shown: none of one of which only scripts fit this placement."""
        if self._facts.third_parties or "tag" not in self.placement.formats:
            return shown
        return [[choice for choice in choices if choice.creative.format != "tag"] for choices in shown]

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """What the ledger is asked of the paid choices."""
        asked = self._candidates.of(self.paid, self._facts.now)
        if not self._flights.has_second_prices:
            return asked
        prices = second_prices(self.paid, self.placement.floor_micros)
        return tuple(
            one if price is None else replace(one, second_price=price) for one, price in zip(asked, prices, strict=True)
        )


@dataclass(frozen=True, slots=True)
class SlotShortlist:
    """One slot, by its place (from 0) on the page, with the choices of its placement."""

    slot_id: str
    place: int
    of_placement: PlacementShortlist

    @property
    def placement(self) -> Placement:
        """The slot's placement."""
        return self.of_placement.placement

    @property
    def paid(self) -> tuple[Choice, ...]:
        """The choices for it that pay."""
        return self.of_placement.paid

    @property
    def house(self) -> tuple[Choice, ...]:
        """The house's own choices for it."""
        return self.of_placement.house

    @property
    def plan(self) -> SlotPlan:
        """What the ledger is asked for it."""
        extra = extra_minutes(self.placement.window_s)
        return SlotPlan(self.slot_id, self.placement.number, self.of_placement.candidates, extra)


def seed_of(page_view: str) -> int:
    """Returns the 63-bit number that all chance of a page view comes from."""
    return int.from_bytes(hashlib.blake2b(page_view.encode(), digest_size=8).digest()) >> 1


def blocked_on(slots: Sequence[SlotShortlist]) -> set[Blocked]:
    """Returns what block words and topics cost: flights that they, and nothing else, keep off all of a page's slots."""
    kinds = {id(slot.of_placement): slot.of_placement for slot in slots}.values()
    causes = {cause for kind in kinds for cause in kind.blocked}
    if not causes:
        return causes
    asked = {choice.candidate.flight.number for kind in kinds for choice in kind.paid}
    return {cause for cause in causes if cause.flight not in asked}


def near_of(slot: SlotRequest, placement: Placement) -> Near:
    """Returns the ids of the widgets that a slot stands beside; None for all of the page."""
    return slot.near if slot.near is not None else placement.near or None


def shortlists(
    slots: Sequence[SlotRequest],
    placements: Mapping[str, PlacementFlights],
    facts_near: Callable[[Near], SlotFacts],
    page_view: str,
    candidates: Candidates,
) -> list[SlotShortlist]:
    """Returns the choices of each slot of a page; slots of one placement beside the same widgets are worked out once.

    `facts_near` returns what is known of a slot that stands near some widgets.
    """
    kinds = [(slot.placement, near_of(slot, placements[slot.placement].placement)) for slot in slots]
    last_place = {kind: place for place, kind in enumerate(kinds)}
    facts = {near: facts_near(near) for _, near in last_place}
    known = {
        (name, near): PlacementShortlist(placements[name], facts[near], page_view, last, candidates)
        for (name, near), last in last_place.items()
    }
    return [SlotShortlist(slot.id, place, known[kinds[place]]) for place, slot in enumerate(slots)]


def choice_of(choices: Sequence[Choice], page_view: str) -> Choice:
    """Returns one of a flight's choices, by the weight of their creatives, the same for the same page view."""
    if len(choices) == 1:
        return choices[0]
    candidate, fitting = choices[0].candidate, [choice.creative for choice in choices]
    weights = _weights(candidate.flight.creatives, fitting)
    lot = seed_of(f"{page_view} {candidate.flight.number}") % sum(weights)
    for choice, weight in zip(choices, weights, strict=True):
        if lot < weight:
            return choice
        lot -= weight
    raise AssertionError("a lot below the sum of weights always meets one")


def planned_steps(slots: Sequence[SlotShortlist]) -> list[Step]:
    """Returns the best plan of a page's paid slots as the ledger takes it, and how it is mended."""
    offers = page_offers([slot.paid for slot in slots])
    return steps_of(plan_page(offers, range(len(slots))), offers)


def house_fill(
    slots: Sequence[SlotShortlist], filled: Sequence[Choice | None], reserved: PageReservations
) -> list[Choice | None]:
    """Returns the house's choice for each slot that nothing paid has filled; None where no house ad fits."""
    free = [place for place, choice in enumerate(filled) if choice is None]
    house: list[Choice | None] = [None] * len(slots)
    if not free:
        return house
    listed = [slot.house for slot in slots]
    for place, offer in plan_page(page_offers(listed), free, _shown(filled, reserved)).items():
        house[place] = listed[place][offer.places[place]]
    return house


def _shown(filled: Sequence[Choice | None], reserved: PageReservations) -> Shown:
    paid = bid_of([choice for choice in filled if choice])
    return Shown(
        paid.flights,
        paid.creatives,
        paid.labels | reserved.labels,
        paid.excludes | reserved.exclude_labels,
        {advertiser: count for advertiser, count, _ in paid.limits},
    )


def _candidate(choice: Choice, now: float, due: Due) -> Candidate:
    flight = choice.candidate.flight
    day = cap_day(now, flight.cap_timezone)
    return Candidate(
        flight.number, choice.creative.number, day, flight.labels, flight.exclude_labels,
        choice.candidate.campaign, choice.candidate.advertiser, due(flight, now),
        advertiser_limit=choice.candidate.page_limit,
        caps=(*reader_caps(Capped.CREATIVE, choice.creative.frequency_cap), *choice.candidate.caps),
    )  # fmt: skip


def _weights(links: Sequence[FlightCreative], creatives: Sequence[Creative]) -> list[int]:
    weight_of = {link.id: link.weight for link in links}
    return [weight_of[creative.id] for creative in creatives]
