"""What the ledger keeps of flights, campaigns and advertisers: what limits them, and what their events cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.ads.inventory import Advertiser, Campaign, Flight, FlightStatus, PriceModel, Tier, Unit
from service.domain.money.money import MICROS

MODEL_CODES: Mapping[PriceModel, int] = {
    PriceModel.FLAT: 0,
    PriceModel.CPM: 1,
    PriceModel.VCPM: 2,
    PriceModel.CPC: 3,
}
UNIT_CODES: Mapping[Unit, int] = {Unit.MONEY: 0, Unit.IMPRESSIONS: 1, Unit.VIEWS: 2, Unit.CLICKS: 3}


@dataclass(frozen=True, slots=True)
class BudgetTerms:
    """What limits a budget and what its events cost; amounts are micros of money or of units, None is no limit."""

    active: bool = True
    model: int = 0
    price_micros: int = 0
    cap_unit: Unit = Unit.MONEY
    lifetime_cap: int | None = None
    daily_cap: int | None = None
    goal_unit: Unit = Unit.MONEY
    goal: int | None = None


_GOAL_UNITS = {"impressions": Unit.IMPRESSIONS, "views": Unit.VIEWS, "clicks": Unit.CLICKS}


def flight_terms(flight: Flight) -> BudgetTerms:
    """Returns what the ledger keeps of a flight: a house flight costs nothing, a share is no matter of the ledger's."""
    billed = flight.tier is not Tier.HOUSE and flight.price_model is not None
    goal_unit = _GOAL_UNITS.get(flight.goal_type or "", Unit.MONEY)
    goal = None if flight.goal_type == "share" else flight.goal
    return BudgetTerms(
        flight.status is FlightStatus.ACTIVE,
        MODEL_CODES[flight.price_model] if billed and flight.price_model else 0,
        flight.price_micros if billed else 0,
        flight.cap_unit,
        _in_micros(flight.lifetime_cap, flight.cap_unit),
        _in_micros(flight.daily_cap, flight.cap_unit),
        goal_unit,
        _in_micros(goal, goal_unit),
    )


def owner_terms(owner: Campaign | Advertiser) -> BudgetTerms:
    """Returns what the ledger keeps of a campaign or advertiser: its caps."""
    return BudgetTerms(
        cap_unit=owner.cap_unit,
        lifetime_cap=_in_micros(owner.lifetime_cap, owner.cap_unit),
        daily_cap=_in_micros(owner.daily_cap, owner.cap_unit),
    )


def _in_micros(amount: int | None, unit: Unit) -> int | None:
    return amount if amount is None or unit is Unit.MONEY else amount * MICROS
