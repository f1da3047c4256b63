"""Explains a page's slots: of every flight what became of it, with its rank where it could be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from service.domain.ads.booking.budget_room import AskedBudgets
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.inventory import Tier
from service.domain.ads.inventory_snapshot import InventorySnapshot, explain
from service.domain.ads.plan.allocation import SlotShortlist
from service.domain.ads.plan.choices import Choice
from service.domain.ads.plan.slot_outcome import WORDS, SlotCase, before_page, capped_numbers
from service.domain.ads.reader.frequency import CountedReader
from service.domain.ads.reader.shown_ads import Counted, ReachedCap, reached_cap
from service.domain.ads.targeting.similarity import described
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.call.explanation import ExplainedFlight, ExplainedSimilarity, SharedWord
from service.domain.errors import StoreUnavailable
from service.usecases.ads.delivery.similar_pages import SimilarPages
from service.usecases.ads.known.keep_pace import PaceKeeper

MOST_TOLD = 1_000
"""Flights that are told of; of more those that come first: who reads them asks for one by its id."""
MOST_SHARED = 5
"""Words told of a page and a description, those that say most."""


@dataclass(frozen=True, slots=True)
class DecidedSlots:
    """A page's slots as they were asked and filled; `reserves` is False where nothing paid was asked of the ledger.

    `counted` returns by what impressions are counted, None for the page view alone. It may raise StoreUnavailable.
    `named` is the number of a flight that is told of wherever it ended.
    """

    site_id: str
    page_view: str
    slots: Sequence[SlotShortlist]
    shown: Mapping[str, Choice | None]
    reserves: bool
    now: float
    counted: Callable[[], CountedReader | None]
    named: int | None = None


class ExplainSlots:
    """Reads what pacing, budgets and frequency caps lack, for all slots of a page at once."""

    def __init__(self, ledger: Ledger, pace: PaceKeeper, similar: SimilarPages | None) -> None:
        self._ledger = ledger
        self._pace = pace
        self._similar = similar

    def explain(self, snapshot: InventorySnapshot, decided: DecidedSlots) -> dict[str, tuple[ExplainedFlight, ...]]:
        """Returns, for each slot, what became of every flight, in the order of their numbers.

        Of more than MOST_TOLD flights these are the first in rank, and the one that is named.
        """
        ranks = {slot.slot_id: slot.of_placement.ranks for slot in decided.slots}
        numbers = _told_of(snapshot, ranks.values(), decided)
        not_due = self._pace.not_due(decided.site_id, snapshot, numbers, decided.now)
        ranks = {slot_id: {n: of_slot[n] for n in numbers if n in of_slot} for slot_id, of_slot in ranks.items()}
        lacking = self._lacking(snapshot, {number for of_slot in ranks.values() for number in of_slot}, decided)
        page = [choice for choice in decided.shown.values() if choice]
        shown = self._shown(decided)
        before = before_page(shown, page)
        told = {}
        for slot in decided.slots:
            capped = [_capped(snapshot, slot, ranks[slot.slot_id], counts) for counts in (before, shown)]
            case = SlotCase(
                decided.shown[slot.slot_id], page, ranks[slot.slot_id],
                {one.candidate.flight.number for one in (*slot.paid, *slot.house)}, not_due, lacking, decided.reserves,
                *capped,
            )  # fmt: skip
            told[slot.slot_id] = self._told(snapshot, slot, case, numbers)
        return told

    def _told(
        self, snapshot: InventorySnapshot, slot: SlotShortlist, case: SlotCase, numbers: Sequence[int]
    ) -> tuple[ExplainedFlight, ...]:
        told = []
        facts = slot.of_placement.facts
        dropped = explain(snapshot, slot.placement, facts, numbers)
        for number in numbers:
            candidate = snapshot.flights_by_number[number]
            flight = candidate.flight
            outcome = case.outcome(candidate, dropped[flight.id])
            reached = case.reached_cap(number) if outcome == "frequency_cap" else None
            text = reached.text if reached else WORDS[outcome]
            similar = tuple(self._similarity(one, facts) for one in (*flight.similar_to, *flight.exclude_similar_to))
            told.append(ExplainedFlight(flight.id, outcome, text, case.ranks.get(number), reached, similar))
        return tuple(told)

    def _similarity(self, item: str, facts: SlotFacts) -> ExplainedSimilarity:
        text, least = described(item)
        if facts.likeness is None or self._similar is None:
            return ExplainedSimilarity(text, least)
        cosine, parts = facts.likeness.parts(text)
        words = self._similar.words_of(text, facts.language)
        shared = tuple(SharedWord(words.get(term, ""), round(weight, 4)) for term, weight in parts[:MOST_SHARED])
        return ExplainedSimilarity(text, least, round(cosine, 4), shared)

    def _shown(self, decided: DecidedSlots) -> Mapping[Counted, int]:
        """How often the reader was shown what has caps, with this page; nothing is known while the store is away."""
        if not any(one.caps for slot in decided.slots for one in slot.plan.candidates):
            return {}
        try:
            return self._ledger.shown(decided.site_id, decided.page_view, decided.counted(), decided.now)
        except StoreUnavailable:
            return {}

    def _lacking(self, snapshot: InventorySnapshot, numbers: set[int], decided: DecidedSlots) -> dict[int, str]:
        """Which budget gave eligible flights nothing, by number; nothing is known while the store is away."""
        flights = [snapshot.flights_by_number[number] for number in sorted(numbers)]
        paid = [one for one in flights if one.flight.tier is not Tier.HOUSE]
        asked = [
            AskedBudgets(
                one.flight.number, one.campaign, one.advertiser, cap_day(decided.now, one.flight.cap_timezone).number
            )
            for one in paid
        ]
        try:
            found = self._ledger.lacking(decided.site_id, asked, decided.now) if asked else []
        except StoreUnavailable:
            return {}
        return {one.flight: limit for one, limit in zip(asked, found, strict=True) if limit}


def left_off(snapshot: InventorySnapshot, asked: str | None, named: int | None) -> tuple[str, ...]:
    """Returns warnings of what an explanation does not tell: flights beyond the first, one that is not known."""
    count = len(snapshot.flights_by_number)
    many = f"explain: of {count:,} flights the first {MOST_TOLD:,} are told; name another in explain_flight."
    unknown = f"explain_flight: '{asked}' is not known here."
    known = named in snapshot.flights_by_number
    return (*([many] if count > MOST_TOLD else []), *([unknown] if asked and not known else []))


def _told_of(snapshot: InventorySnapshot, ranks: Iterable[Mapping[int, int]], decided: DecidedSlots) -> list[int]:
    """The numbers of the flights that are told of: all of a few, else the first in rank and what is shown."""
    if len(snapshot.flights_by_number) <= MOST_TOLD:
        return sorted(snapshot.flights_by_number)
    best: dict[int, int] = {}
    for of_slot in ranks:
        for number, rank in of_slot.items():
            best[number] = min(rank, best.get(number, rank))
    first = nsmallest(MOST_TOLD, best, key=best.__getitem__)
    first += [choice.candidate.flight.number for choice in decided.shown.values() if choice]
    if decided.named is not None and decided.named in snapshot.flights_by_number:
        first.append(decided.named)
    return sorted({*first})


def _capped(
    snapshot: InventorySnapshot, slot: SlotShortlist, eligible: Iterable[int], shown: Mapping[Counted, int]
) -> dict[int, ReachedCap]:
    """The first cap reached of each eligible flight that has one, by number; creatives count where one was asked."""
    asked = {one.flight: one for one in slot.plan.candidates}
    found = {}
    for number in eligible:
        candidate, one = snapshot.flights_by_number[number], asked.get(number)
        numbers = capped_numbers(candidate, one.creative if one else 0)
        if reached := reached_cap(one.caps if one else candidate.caps, numbers, shown):
            found[number] = reached
    return found
