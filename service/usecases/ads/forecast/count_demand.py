"""Counts in this process what pages ask for and get, until it is written down together."""

from __future__ import annotations

from service.domain.ads.forecast.demand import Audience, Demand, DemandCounter
from service.domain.ads.inventory import Tier
from service.domain.ads.targeting.slot_facts import place_key, section_key
from service.domain.durations import HOUR_S
from service.domain.sites.language import primary_subtag
from service.usecases.ads.delivery.fill_slots import FilledSlot, FillSlots, SlotsAnswer
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.tally import Tally

MOST_AUDIENCES = 2_000
"""Audiences of one site that a process tells apart until they are written down; more are counted by placement alone."""

NO_DEMAND, UNFILLED, FILLED = Demand(), Demand(1, 0), Demand(1, 1)

MOST_CHARS = 64
"""Of a section's name, which a page call may tell as it likes."""


class DemandTally(Tally[tuple[str, int], dict[Audience, Demand]]):
    """Counts in this process, by site and hour, until it is written down together."""

    def note(self, request: SlotsRequest, answer: SlotsAnswer, now: float) -> None:
        """Counts the slots of one page call, at `now` (seconds since 1970)."""
        told = (
            (section_key(request.section) or "")[:MOST_CHARS], place_key(request.country) or "", request.device or "",
            primary_subtag(request.language) or "",
        )  # fmt: skip
        with self._lock:
            counts = self._part((request.site.id, int(now // HOUR_S)))
            for slot in (one for one in request.slots if one.id not in answer.unknown):
                filled = _is_paid(answer.slots.get(slot.id))
                _add(counts, Audience(slot.placement, *told), FILLED if filled else UNFILLED)

    def write_down(self, counter: DemandCounter, at: float) -> None:  # noqa: ARG002 - each count has its hour
        """Adds what was counted to the store; what it cannot take is kept for the next time."""
        self._write(lambda key, counts: counter.add(*key, counts))

    def _begin(self) -> dict[Audience, Demand]:
        return {}

    def _join(self, part: dict[Audience, Demand], earlier: dict[Audience, Demand]) -> None:
        for audience, demand in earlier.items():
            _add(part, audience, demand)


class CountedSlots:
    """Fills slots, and counts those that were asked for; a call that bills nothing is no demand."""

    def __init__(self, slots: FillSlots, tally: DemandTally) -> None:
        self._slots = slots
        self._tally = tally

    def fill(self, request: SlotsRequest, now: float) -> SlotsAnswer:
        """Returns what each slot shows, as FillSlots does."""
        answer = self._slots.fill(request, now)
        if request.billable:
            self._tally.note(request, answer, now)
        return answer


def _add(counts: dict[Audience, Demand], audience: Audience, demand: Demand) -> None:
    if audience not in counts and len(counts) >= MOST_AUDIENCES:
        audience = Audience(audience.placement)
    counts[audience] = counts.get(audience, NO_DEMAND).plus(demand)


def _is_paid(slot: FilledSlot | None) -> bool:
    return slot is not None and slot.choice.candidate.flight.tier is not Tier.HOUSE
