"""The ledger's packed forms as Python writes and reads them; record.lua and reserve.lua tell what they hold."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.domain.ads.inventory import Unit
from service.domain.ads.ledger import (
    UNIT_CODES,
    BudgetTerms,
    Candidate,
    CapDay,
    PageReservations,
    Reservation,
    SlotPlan,
    Step,
)
from service.domain.ads.money import MICROS

VERSION = 1
_TERMS = struct.Struct("<5B4d")
_RECORD = struct.Struct("<5B4d2I4d2I12d")
# Where the net counts and the sums by unit begin among a record's values.
_NET, _SUMS = 12, 17
_DAY = struct.Struct("<3I")
_HEAD = struct.Struct("<IB")
_CANDIDATE = struct.Struct("<4IBdBHH")
_ONE_OF = 128
NOT_PACED = -1.0
_SIZE = struct.Struct("<H")
_ANSWER = struct.Struct("<IIQIIBQIII")


@dataclass(frozen=True, slots=True)
class BudgetRecord:
    """What a budget booked: net counts, and by unit, micros of money or of units, in all and on its latest day."""

    net_impressions: int = 0
    net_views: int = 0
    net_clicks: int = 0
    life: Mapping[Unit, int] = field(default_factory=lambda: dict.fromkeys(Unit, 0))
    day: int = 0
    on_day: Mapping[Unit, int] = field(default_factory=lambda: dict.fromkeys(Unit, 0))


def packed_terms(terms: BudgetTerms) -> bytes:
    """Returns a budget's terms as inventory_changes.lua takes them."""
    limits = (-1 if limit is None else limit for limit in (terms.lifetime_cap, terms.daily_cap, terms.goal))
    units = UNIT_CODES[terms.cap_unit], UNIT_CODES[terms.goal_unit]
    return _TERMS.pack(VERSION, terms.active, terms.model, *units, terms.price_micros, *limits)


def packed_plans(plans: Sequence[SlotPlan], kept_ratio: float = 1.0, steps: Sequence[Step] | None = None) -> bytes:
    """Returns what reserve.lua is asked: what part of holds is kept, days, steps, then each slot with its candidates.

    Without steps each slot in turn is given its first candidate that is not refused.
    """
    days: dict[CapDay, int] = {}
    packed: dict[int, bytes] = {}  # by the object's id: the slots of a placement share their candidates
    slots = []
    for plan in plans:
        for one in plan.candidates:
            if id(one) not in packed:
                packed[id(one)] = _packed_candidate(one, days.setdefault(one.day, len(days) + 1))
        key = f"{plan.placement}:{plan.slot_id}".encode()
        asked = b"".join([packed[id(one)] for one in plan.candidates])
        slots += [_SIZE.pack(len(key)), key, _SIZE.pack(len(asked)), asked]
    of_days = [_DAY.pack(day.number, day.starts_at, day.ends_at) for day in days]
    head = _HEAD.pack(round(kept_ratio * MICROS), len(days))
    return b"".join([head, *of_days, _packed_steps(_in_turn(plans) if steps is None else steps), *slots])


def _in_turn(plans: Sequence[SlotPlan]) -> list[Step]:
    return [Step(((slot, place),)) for slot, plan in enumerate(plans) for place in range(len(plan.candidates))]


def _packed_steps(steps: Sequence[Step]) -> bytes:
    packed = [_SIZE.pack(len(steps))]
    for step in steps:
        size = len(step.members) + (_ONE_OF if step.one_of else 0)
        packed.append(bytes([size, *(number + 1 for member in step.members for number in member)]))
    return b"".join(packed)


def _packed_candidate(one: Candidate, day: int) -> bytes:
    labels, excluded = "\x1f".join(one.labels).encode(), "\x1f".join(one.exclude_labels).encode()
    sizes = len(labels), len(excluded)
    due = NOT_PACED if one.due is None else one.due
    fixed = one.flight, one.creative, one.campaign, one.advertiser, day, due, one.advertiser_limit
    return _CANDIDATE.pack(*fixed, *sizes) + labels + excluded


def read_reservations(reply: bytes, slots: int) -> PageReservations:
    """Returns what reserve.lua answered for so many slots."""
    end = slots * _ANSWER.size
    answers = tuple(Reservation(*one) if one[0] else None for one in _ANSWER.iter_unpack(reply[:end]))
    if len(reply) == end:
        return PageReservations(answers)
    labels, _, excluded = reply[end:].decode().partition("\x1e")
    return PageReservations(answers, _labels(labels), _labels(excluded))


def _labels(text: str) -> frozenset[str]:
    return frozenset(text.split("\x1f")) if text else frozenset()


def read_record(raw: bytes | None) -> BudgetRecord:
    """Returns what a budget's record says it booked; nothing where there is no record."""
    if raw is None:
        return BudgetRecord()
    found = _RECORD.unpack_from(raw)
    net_impressions, net_views, net_clicks, day = map(int, found[_NET : _NET + 4])
    life = {unit: int(found[_SUMS + 3 * code]) for unit, code in UNIT_CODES.items()}
    on_day = {unit: int(found[_SUMS + 3 * code + 1]) for unit, code in UNIT_CODES.items()}
    return BudgetRecord(net_impressions, net_views, net_clicks, life, day, on_day)
