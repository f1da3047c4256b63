"""Fills a page's advertisement slots: eligible flights from the snapshot, one reservation, house ads for the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from service.domain.ads.booking.ledger import NOTHING_RESERVED, Ledger, PageReservations, Reservation, SlotPlan
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.plan.allocation import (
    Candidates,
    Near,
    SlotShortlist,
    blocked_on,
    house_fill,
    planned_steps,
    seed_of,
    shortlists,
)
from service.domain.ads.plan.asking_order import order_of
from service.domain.ads.plan.choices import Choice
from service.domain.ads.reader.frequency import CountedReader, counted_reader
from service.domain.ads.targeting.blocking import Blocked
from service.domain.ads.targeting.similarity import Likeness
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.ads.targeting.suitability import beside_risk, joint_risk
from service.domain.ads.third_party import impression_trackers, tag_frame
from service.domain.call.explanation import ExplainedFlight
from service.domain.call.unknown_parts import unknown_slots
from service.domain.errors import Fault, InvalidInput, StoreUnavailable
from service.domain.events.tokens import AdToken, EventKind, near_text, sign_each
from service.usecases.ads.delivery.creative_json import creative_json
from service.usecases.ads.delivery.explain_slots import DecidedSlots, ExplainSlots, left_off
from service.usecases.ads.delivery.hindrances import Hindrance, Hindrances
from service.usecases.ads.delivery.similar_pages import SimilarPages
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper

MAX_PAGE_VIEW_CHARS = 64


@dataclass(frozen=True, slots=True)
class FilledSlot:
    """What a slot shows, with the addresses of its events; `cachebuster` is a number that no other showing has.

    Trackers are left out where `third_parties` may not be told of readers, and a click passes them by.
    """

    decision_id: str
    label: str
    advertiser: str
    choice: Choice
    click_url: str
    impression_url: str
    view_url: str
    cachebuster: str = ""
    third_parties: bool = False

    def to_json(self) -> dict[str, Any]:
        """Returns the slot in the contract's fields."""
        flight = self.choice.candidate.flight
        return {
            "decision_id": self.decision_id,
            "label": self.label,
            "advertiser": self.advertiser,
            "campaign_id": flight.campaign,
            "flight_id": flight.id,
            "creative": self._creative_json(),
            "click_url": self.click_url,
            "impression_url": self.impression_url,
            "view_url": self.view_url,
        }

    def _creative_json(self) -> dict[str, Any]:
        creative = self.choice.creative
        plain = creative_json(creative)
        if creative.format == "tag":
            plain["html"] = tag_frame(creative, self.click_url, self.cachebuster)
        trackers = impression_trackers(creative, self.cachebuster) if self.third_parties else []
        return {**plain, "impression_trackers": trackers}


@dataclass(frozen=True, slots=True)
class SlotsAnswer:
    """Each slot by its id, None where nothing is to be shown, and what the page lacked.

    `unknown` tells of those of a placement that there is not, by their ids.
    """

    slots: Mapping[str, FilledSlot | None] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    explained: Mapping[str, tuple[ExplainedFlight, ...]] = field(default_factory=dict)
    unknown: Mapping[str, Fault] = field(default_factory=dict)


def _note_nothing(_: str, __: Collection[Blocked]) -> None:
    """Counts nothing."""


class FillSlots:
    """Decides all slots of a page in one round trip to the ledger at most."""

    def __init__(
        self,
        snapshots: InventorySnapshots,
        ledger: Ledger,
        pace: PaceKeeper,
        key: Callable[[], bytes],
        hindrances: Hindrances | None = None,
        note_blocked: Callable[[str, Collection[Blocked]], None] = _note_nothing,
        similar: SimilarPages | None = None,
    ) -> None:
        """Only house ads are shown while `hindrances` know of one; none are known by default.

        `note_blocked` counts what block words and topics cost; `similar` tells which descriptions a page is like.
        """
        self._similar = similar
        self._note_blocked = note_blocked
        self._hindrances = hindrances or Hindrances()
        self._snapshots = snapshots
        self._ledger = ledger
        self._pace = pace
        self._explainer = ExplainSlots(ledger, pace, similar)
        self._key = key
        self._candidates: dict[str, Candidates] = {}

    def fill(self, request: SlotsRequest, now: float) -> SlotsAnswer:
        """Returns what each slot shows; one of an unknown placement nothing. Raises InvalidInput for slots named twice.

        While the store is away nothing paid is shown, and the answer's warnings say so.
        """
        _check(request)
        snapshot = self._snapshots.current(request.site.id)
        nothing = dict.fromkeys(slot.id for slot in request.slots)
        if not snapshot.known:
            return SlotsAnswer(nothing, (Hindrance.STORE_AWAY.warning,))
        unknown = unknown_slots(request.slots, snapshot.placements)
        if not unknown:
            return self._fill(request, snapshot, now)
        known = tuple(slot for slot in request.slots if slot.id not in unknown)
        answer = self._fill(replace(request, slots=known), snapshot, now) if known else SlotsAnswer()
        return replace(answer, slots={**nothing, **answer.slots}, unknown=unknown)

    def _fill(self, request: SlotsRequest, snapshot: InventorySnapshot, now: float) -> SlotsAnswer:
        """Returns what slots of known placements show."""
        shortlisted = self._shortlists(request, snapshot, now)
        reserved, warnings = self._reserve(request, shortlisted, now)
        if request.billable:
            self._note(request.site.id, shortlisted, now)
        paid = [_paid_choice(snapshot, reservation) for reservation in reserved.slots]
        house = house_fill(shortlisted, paid, reserved)
        slots: dict[str, FilledSlot | None] = {}
        for slot, choice, own, reservation in zip(shortlisted, paid, house, reserved.slots, strict=True):
            shown = choice or own
            slots[slot.slot_id] = (
                self._filled(request, snapshot, slot, shown, reservation if choice else None) if shown else None
            )
        if not request.explain:
            return SlotsAnswer(slots, warnings)
        choices = {slot_id: one.choice if one else None for slot_id, one in slots.items()}
        counted = partial(self._counted, request, [slot.plan for slot in shortlisted], now)
        reserves = request.billable and not warnings
        named = self._snapshots.number_of(request.site.id, request.explain_flight) if request.explain_flight else None
        decided = DecidedSlots(request.site.id, request.page_view, shortlisted, choices, reserves, now, counted, named)
        notes = (*warnings, *left_off(snapshot, request.explain_flight, named))
        return SlotsAnswer(slots, notes, self._explainer.explain(snapshot, decided))

    def _note(self, site_id: str, shortlisted: Sequence[SlotShortlist], now: float) -> None:
        """Counts what this page could have shown: for the order of guaranteed flights, and for reports of blocking."""
        self._pace.sight(site_id, shortlisted, now)
        if blocked := blocked_on(shortlisted):
            self._note_blocked(site_id, blocked)

    def _shortlists(self, request: SlotsRequest, snapshot: InventorySnapshot, now: float) -> list[SlotShortlist]:
        candidates = self._candidates.setdefault(request.site.id, Candidates(partial(self._pace.due, request.site.id)))
        similar = self._similar
        likeness = similar.likeness(request.site.id, snapshot.descriptions, request.weighed) if similar else None
        facts_near = partial(_facts, request, now, likeness)
        return shortlists(request.slots, snapshot.placements, facts_near, request.page_view, candidates)

    def _reserve(
        self, request: SlotsRequest, slots: Sequence[SlotShortlist], now: float
    ) -> tuple[PageReservations, tuple[str, ...]]:
        nothing = PageReservations((None,) * len(slots))
        plans = [slot.plan for slot in slots] if request.billable else []
        if not any(plan.candidates for plan in plans):
            return nothing, ()
        hindrance = self._hindrances.known()
        if hindrance is None:
            try:
                kept_ratio, steps = self._pace.kept_ratio(request.site.id), planned_steps(slots)
                reader = self._counted(request, plans, now)
                return self._ledger.reserve(request.site.id, request.page_view, plans, kept_ratio, steps, reader), ()
            except StoreUnavailable:
                hindrance = Hindrance.NO_ANSWER
        self._hindrances.note(hindrance)
        return nothing, (hindrance.warning,)

    def _counted(self, request: SlotsRequest, plans: Sequence[SlotPlan], now: float) -> CountedReader | None:
        """By what impressions are counted, where any candidate has a frequency cap. Raises StoreUnavailable."""
        if not any(one.caps for plan in plans for one in plan.candidates):
            return None
        site = request.site
        return counted_reader(site.id, request.reader_id, request.session, now, site.timezone, self._key())

    def _filled(
        self,
        request: SlotsRequest,
        snapshot: InventorySnapshot,
        slot: SlotShortlist,
        choice: Choice,
        reservation: Reservation | None,
    ) -> FilledSlot:
        token = _token(request, slot, choice, reservation)
        impression, view, click = sign_each(token, self._key())
        flight = choice.candidate.flight
        advertiser = snapshot.advertisers.get(flight.advertiser)
        return FilledSlot(
            f"{token.epoch}-{token.minute}-{token.serial}" if reservation else f"house-{flight.number}",
            request.site.advertisement_label,
            (advertiser.name or advertiser.id) if advertiser else flight.advertiser,
            choice.at_address(request.base_url),
            f"{request.base_url}/c/{click}",
            f"{request.base_url}/i/{impression}",
            f"{request.base_url}/v/{view}",
            str(seed_of(f"{request.page_view} {slot.slot_id}")),
            request.third_parties,
        )


def _check(request: SlotsRequest) -> None:
    """Raises InvalidInput where the request calls two slots alike, or its page view is none."""
    faults = [] if len(request.page_view) <= MAX_PAGE_VIEW_CHARS else [Fault("page_view", "is over 64 characters")]
    seen: set[str] = set()
    for place, slot in enumerate(request.slots):
        if slot.id in seen:
            faults.append(Fault(f"slots[{place}].id", f"two slots are called '{slot.id}'; give each an id of its own"))
        seen.add(slot.id)
    if faults:
        raise InvalidInput(faults)


def _facts(request: SlotsRequest, now: float, likeness: Likeness | None, near: Near) -> SlotFacts:
    beside = [shown for widget, shown in request.beside.items() if near is None or widget in near]
    return SlotFacts(
        now,
        request.section,
        request.language,
        request.term_ids,
        request.country,
        request.device,
        seed_of(request.page_view),
        joint_risk((request.risk, *(beside_risk(shown.risk) for shown in beside))),
        tuple(shown.term_ids for shown in beside if shown.term_ids is not None),
        request.tags,
        request.region,
        request.key_values,
        request.third_parties,
        likeness,
        near,
    )


def _paid_choice(snapshot: InventorySnapshot, reservation: Reservation | None) -> Choice | None:
    """A repeat may name what this worker's snapshot does not know yet, or no more: then nothing paid is shown."""
    if reservation is None:
        return None
    candidate = snapshot.flights_by_number.get(reservation.flight)
    creative = snapshot.creatives_by_number.get(reservation.creative)
    return Choice(candidate, creative, order_of(candidate.flight, candidate.rate)) if candidate and creative else None


def _token(request: SlotsRequest, slot: SlotShortlist, choice: Choice, reservation: Reservation | None) -> AdToken:
    own = reservation or NOTHING_RESERVED
    return AdToken(
        EventKind.IMPRESSION, request.site.id, own.epoch, own.minute, own.serial,
        choice.candidate.flight.number, choice.creative.number, slot.placement.number,
        own.model, own.price_micros, own.view_ppm, own.click_ppm, own.day,
        country=request.country or "", section=request.section or "",
        near=near_text(sorted(slot.of_placement.facts.near or ())),
        third_parties=request.third_parties, extra_minutes=own.extra_minutes,
    )  # fmt: skip
