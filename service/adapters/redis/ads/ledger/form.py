"""The ledger's packed forms as Python writes and reads them; record.lua and reserve.lua tell what they hold."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from service.domain.ads.booking.budget_terms import UNIT_CODES, BudgetTerms
from service.domain.ads.booking.cap_day import CapDay
from service.domain.ads.booking.ledger import (
    WINDOW_MINUTES,
    Candidate,
    PageReservations,
    Reservation,
    SecondPrice,
    SlotPlan,
    Step,
)
from service.domain.ads.booking.standing import Standing
from service.domain.ads.inventory import Unit
from service.domain.ads.reader.frequency import CountedReader
from service.domain.events.tokens import EventKind
from service.domain.money.money import MICROS

VERSION = 1
_TERMS = struct.Struct("<5B4d")
_OWNERS = struct.Struct("<2I")
_RECORD = struct.Struct("<5B4d2I4d2I12d")
# Net counts and money for life, of the sums behind the terms.
_DELIVERED = struct.Struct(f"<{_TERMS.size + _OWNERS.size + 8}x3d8xd")
# Where the net counts and the sums by unit begin among a record's values.
_NET, _SUMS = 12, 17
_HEAD_OF_LEDGER = struct.Struct("<2d")
_COLUMN = struct.Struct("<BHdII")
_ENTRY = struct.Struct("<IId")
# By the number of a column: the unit that it holds, and the minutes after which an entry lapses.
_COLUMNS = (
    *((Unit.MONEY, event) for event in WINDOW_MINUTES),
    (Unit.IMPRESSIONS, EventKind.IMPRESSION),
    (Unit.VIEWS, EventKind.VIEW),
    (Unit.CLICKS, EventKind.CLICK),
)
_DAY = struct.Struct("<3I")
_HEAD = struct.Struct("<IBB")
_WINDOWS = struct.Struct("<8I")
_CANDIDATE = struct.Struct("<4IBddBHHBB")
_RIVAL = struct.Struct("<Bd")
_CAP = struct.Struct("<BH")
_ONE_OF = 128
_UNITS = {code: unit for unit, code in UNIT_CODES.items()}
_BY_CODE = [_UNITS[code] for code in sorted(_UNITS)]
_NOTHING_HELD = dict.fromkeys(Unit, 0)
NOT_PACED = -1.0
PACKED = 1_024
"""Candidates and steps whose packed forms are kept: pages of one second have nearly all of them in common."""
_OWN_PRICE = -1.0
_FIRST_PRICE = SecondPrice()
_SIZE = struct.Struct("<H")
_SLOT = struct.Struct("<BH")
ANSWER = struct.Struct("<IIQIIBQIIIB")


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


def packed_plans(
    plans: Sequence[SlotPlan],
    kept_ratio: float = 1.0,
    steps: Sequence[Step] | None = None,
    reader: CountedReader | None = None,
) -> bytes:
    """Returns what reserve.lua is asked: what part of holds is kept, days, steps, then each slot with its candidates.

    Without steps each slot in turn is given its first candidate that is not refused; without a reader impressions are
    counted within the page view.
    """
    days: dict[CapDay, int] = {}
    packed: dict[int, bytes] = {}  # by the object's id: the slots of a placement share their candidates
    slots = []
    for plan in plans:
        asked = packed.get(id(plan.candidates))
        if asked is None:
            asked = packed[id(plan.candidates)] = b"".join(
                [_packed_candidate(one, days.setdefault(one.day, len(days) + 1)) for one in plan.candidates]
            )
        key = f"{plan.placement}:{plan.slot_id}".encode()
        slots += [_SIZE.pack(len(key)), key, _SLOT.pack(plan.extra_minutes, len(asked)), asked]
    of_days = [_DAY.pack(day.number, day.starts_at, day.ends_at) for day in days]
    head = _HEAD.pack(round(kept_ratio * MICROS), _counting(reader), len(days))
    return b"".join(
        [head, _packed_windows(reader), *of_days, _packed_steps(_in_turn(plans) if steps is None else steps), *slots]
    )


def _counting(reader: CountedReader | None) -> int:
    return 0 if reader is None else 2 if reader.is_session else 1


def _packed_windows(reader: CountedReader | None) -> bytes:
    if reader is None:
        return b""
    return _WINDOWS.pack(*(second for one in reader.windows for second in (one.starts_at, one.ends_at)))


def _in_turn(plans: Sequence[SlotPlan]) -> list[Step]:
    return [Step(((slot, place),)) for slot, plan in enumerate(plans) for place in range(len(plan.candidates))]


def _packed_steps(steps: Sequence[Step]) -> bytes:
    return _SIZE.pack(len(steps)) + b"".join(map(_packed_step, steps))


@lru_cache(maxsize=PACKED)
def _packed_step(step: Step) -> bytes:
    size = len(step.members) + (_ONE_OF if step.one_of else 0)
    return bytes([size, *(number + 1 for member in step.members for number in member)])


@lru_cache(maxsize=PACKED)
def _packed_candidate(one: Candidate, day: int) -> bytes:
    labels, excluded = "\x1f".join(one.labels).encode(), "\x1f".join(one.exclude_labels).encode()
    price = one.second_price or _FIRST_PRICE
    sizes = len(labels), len(excluded), len(one.caps), len(price.rivals)
    caps = b"".join([_CAP.pack(4 * cap.of + cap.window, cap.most) for cap in one.caps])
    rivals = b"".join([_RIVAL.pack(place + 1, micros) for place, micros in price.rivals])
    due = NOT_PACED if one.due is None else one.due
    least = _OWN_PRICE if price.least_micros is None else price.least_micros
    fixed = one.flight, one.creative, one.campaign, one.advertiser, day, due, least, one.advertiser_limit
    return _CANDIDATE.pack(*fixed, *sizes) + labels + excluded + caps + rivals


def read_reservations(reply: bytes, slots: int) -> PageReservations:
    """Returns what reserve.lua answered for so many slots."""
    end = slots * ANSWER.size
    answers = tuple(Reservation._make(one) if one[0] else None for one in ANSWER.iter_unpack(reply[:end]))
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


def read_delivered(raw: bytes | None) -> tuple[int, int, int, int]:
    """Returns a budget's net impressions, views and clicks, and its micros of money, for life."""
    if raw is None:
        return 0, 0, 0, 0
    impressions, views, clicks, spend_micros = _DELIVERED.unpack_from(raw)
    return int(impressions), int(views), int(clicks), int(spend_micros)


def read_owners(raw: bytes | None) -> tuple[int, int]:
    """Returns the numbers of a flight's campaign and advertiser; 0 and 0 where there is no record."""
    return _OWNERS.unpack_from(raw, _TERMS.size) if raw else (0, 0)


def read_limits(raw: bytes) -> BudgetTerms:
    """Returns the terms in a budget's record."""
    _, active, model, cap_unit, goal_unit, price, lifetime_cap, daily_cap, goal = _TERMS.unpack_from(raw)
    limits = [None if limit < 0 else int(limit) for limit in (lifetime_cap, daily_cap, goal)]
    cap, aim = _UNITS[cap_unit], _UNITS[goal_unit]
    return BudgetTerms(bool(active), model, int(price), cap, limits[0], limits[1], aim, limits[2])


def read_second(head: bytes | None, now: float) -> float:
    """Returns `now` (seconds since 1970) or, if later, the last second that the ledger saw."""
    return max(_HEAD_OF_LEDGER.unpack_from(head)[1] if head else 0.0, now)


def read_minute(head: bytes | None, now: float) -> int:
    """Returns the minute since 1970 of `read_second`."""
    return int(read_second(head, now) // 60)


def read_standing(raw: bytes | None, minute: int) -> Standing:
    """Returns where a budget's record stands at a minute; nothing booked and held where there is no record."""
    if raw is None:
        return Standing()
    found = _RECORD.unpack_from(raw)
    life = dict(zip(_BY_CODE, map(int, found[_SUMS::3]), strict=True))
    net = (int(found[_NET]), int(found[_NET + 1]), int(found[_NET + 2]))
    if len(raw) == _RECORD.size:
        return Standing(life, _NOTHING_HELD, _NOTHING_HELD, *net)
    held, lapsing = dict(_NOTHING_HELD), dict(_NOTHING_HELD)
    for unit, event, of_minute, amount in _holds(raw):
        ends_at = of_minute + WINDOW_MINUTES[event]
        if minute <= ends_at:
            held[unit] += amount
        if minute == ends_at and event is EventKind.IMPRESSION:
            lapsing[unit] += amount
    return Standing(life, held, lapsing, *net)


def _holds(raw: bytes) -> Iterator[tuple[Unit, EventKind, int, int]]:
    """What a record holds: unit, event waited for, minute of the reservation, amount."""
    at = _RECORD.size
    while at < len(raw):
        number, count, *_ = _COLUMN.unpack_from(raw, at)
        begin, at = at + _COLUMN.size, at + _COLUMN.size + count * _ENTRY.size
        for minute, _, amount in _ENTRY.iter_unpack(raw[begin:at]):
            yield *_COLUMNS[number], minute, int(amount)
