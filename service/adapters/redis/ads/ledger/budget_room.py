"""What a budget's record has no room for, read as reserve.lua reads it, without reserving."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.adapters.redis.ads.ledger.form import read_limits, read_record, read_standing
from service.domain.ads.booking.budget_room import OWNERS, AskedBudgets
from service.domain.ads.booking.budget_terms import MODEL_CODES, BudgetTerms
from service.domain.ads.inventory import PriceModel, Unit
from service.domain.money.money import MICROS, WHOLE_EVENT_MICROS


def fields_of(asked: AskedBudgets) -> tuple[str, str, str]:
    """Returns the ledger's fields of a flight, its campaign and its advertiser."""
    return f"f{asked.flight}", f"c{asked.campaign}", f"a{asked.advertiser}"


def first_lacking(asked: AskedBudgets, records: Mapping[str, bytes | None], minute: int) -> str | None:
    """Returns the first limit that has no room for one more event of the flight; None where all have."""
    fields = fields_of(asked)
    own = records[fields[0]]
    if own is None:
        return None
    price = read_limits(own)
    for owner, field in zip(OWNERS, fields, strict=True):
        raw = records[field]
        if raw is not None and (found := next(_lacks(raw, price, minute, asked.day), None)):
            return found if found == "goal" else f"{owner}_{found}"
    return None


def _lacks(raw: bytes, price: BudgetTerms, minute: int, day: int) -> Iterator[str]:
    terms, record, standing = read_limits(raw), read_record(raw), read_standing(raw, minute)
    today = record.on_day if record.day == day else dict.fromkeys(Unit, 0)
    for name, unit, booked, most in (
        ("goal", terms.goal_unit, record.life, terms.goal),
        ("lifetime_cap", terms.cap_unit, record.life, terms.lifetime_cap),
        ("daily_cap", terms.cap_unit, today, terms.daily_cap),
    ):
        if most is not None and booked[unit] + standing.held.get(unit, 0) + _one_more(unit, price) > most:
            yield name


def _one_more(unit: Unit, price: BudgetTerms) -> int:
    """What one more event books at most."""
    if unit is not Unit.MONEY:
        return MICROS
    if price.model == MODEL_CODES[PriceModel.FLAT]:
        return 0
    return (
        price.price_micros
        if price.model == MODEL_CODES[PriceModel.CPC]
        else -(-price.price_micros // WHOLE_EVENT_MICROS)
    )
