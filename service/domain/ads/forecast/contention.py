"""What other flights will take of the slots that a flight could have, and so what is left for it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from service.domain.ads.booking.budget_terms import flight_terms
from service.domain.ads.booking.standing import Standing
from service.domain.ads.forecast.supply import Floats, Supply, kind_of
from service.domain.ads.forecast.traffic import Estimate
from service.domain.ads.inventory import Flight, Tier, Unit
from service.domain.ads.response.response import (
    Responded,
    billed_ratio,
    ecpm_micros,
    impressions_for,
    response_to,
)
from service.domain.durations import DAY_S
from service.domain.money.exchange import Exchange

# Contenders that are named, those that take most.
MOST_CONTENDERS = 100
# A flight without an end is looked at for so many days.
ENDLESS_DAYS = 30
# Columns of a flight that a forecast does not see: it may have fewer slots than are told.
NOT_COUNTED = (
    "keywords", "exclude_keywords", "tags", "exclude_tags", "regions", "exclude_regions", "key_values",
    "exclude_key_values", "similar_to", "exclude_similar_to", "suitability", "frequency_cap", "labels",
    "exclude_labels", "roadblock", "companions",
)  # fmt: skip
_TIERS = {tier: rank for rank, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Contender:
    """A flight that goes before or beside another: slots that both could have, and how many of them it will take."""

    flight: Flight
    slots: float
    takes: float


@dataclass(frozen=True, slots=True)
class Avails:
    """What a flight may have between two times (seconds since 1970): slots, what others take, what is left.

    `goal` are the impressions that it needs, None where it takes all it can get; `contenders` are those that take most,
    `more_contenders` how many more there are; `not_counted` names columns of it that the forecast does not see.
    `looked_at_ratio` is the part of the flights that may go before it which were looked at, 1 but for very many.
    """

    flight: Flight
    begins_at: float
    ends_at: float
    slots: Estimate
    booked: float
    available: Estimate
    goal: float | None
    contenders: tuple[Contender, ...]
    more_contenders: int
    not_counted: tuple[str, ...]
    looked_at_ratio: float = 1.0


def span(flight: Flight, now: float) -> tuple[float, float]:
    """Returns from when to when a flight can still run, in seconds since 1970; one without an end ENDLESS_DAYS."""
    begin = max(now, flight.starts_at or now)
    return begin, max(begin, flight.ends_at or begin + ENDLESS_DAYS * DAY_S)


def needs(flight: Flight, now: float, standing: Standing = Standing()) -> float | None:  # noqa: B008 - immutable
    """Returns the impressions that a flight still needs for its goal, within its caps; None: all it can get."""
    terms, (begin, end) = flight_terms(flight), span(flight, now)
    limits = [
        (unit, amount - standing.booked.get(unit, 0))
        for unit, amount in ((terms.goal_unit, terms.goal), (terms.cap_unit, terms.lifetime_cap))
        if amount is not None
    ]
    if terms.daily_cap is not None:
        limits.append((terms.cap_unit, terms.daily_cap * max(1, round((end - begin) / DAY_S))))
    found = [_impressions(flight, unit, amount, standing) for unit, amount in limits]
    return min((max(0.0, one) for one in found if one is not None), default=None)


def avails(
    flight: Flight,
    supply: Supply,
    rivals: Iterable[tuple[Flight, float | None]],
    now: float,
    looked_at_ratio: float = 1.0,
) -> Avails:
    """Returns what is left for a flight of its slots; `rivals` go before it, with the impressions each still needs.

    A rival's impressions are taken to spread over all slots that it can have, alike. Where they are only a part of
    those that go before it, `looked_at_ratio`, the others are taken to be like them.
    """
    begin, end = span(flight, now)
    slots = supply.of(flight, begin, end)
    before = list(rivals)
    common, takes = _taken(flight, before, supply, now)
    order = [place for place in np.argsort(-takes, kind="stable").tolist() if takes[place] >= 1]
    named = [Contender(before[at][0], float(common[at]), float(takes[at])) for at in order[:MOST_CONTENDERS]]
    booked = min(slots.expected, float(takes[order].sum()) / looked_at_ratio)
    left = (max(0.0, one - booked) for one in (slots.expected, slots.low, slots.high))
    blind = tuple(name for name in NOT_COUNTED if getattr(flight, name))
    return Avails(
        flight, begin, end, slots, booked, Estimate(*left), needs(flight, now), tuple(named),
        round(len(order) / looked_at_ratio) - len(named), blind, looked_at_ratio,
    )  # fmt: skip


def goes_before(rival: Flight, flight: Flight, exchange: Exchange) -> bool:
    """Returns whether a rival is of a higher tier, or of the same and not of a lower eCPM where that decides.

    `exchange` has the rates by which eCPMs of several currencies are compared.
    """
    if rival.tier is not flight.tier or rival.tier is not Tier.PRICE:
        return _TIERS[rival.tier] <= _TIERS[flight.tier]
    rival_brings, brings = (ecpm_micros(one, rate=exchange.rate(one.currency)) for one in (rival, flight))
    return rival_brings >= brings


def _taken(
    flight: Flight, rivals: Sequence[tuple[Flight, float | None]], supply: Supply, now: float
) -> tuple[Floats, Floats]:
    """Of each rival: the slots that it and the flight could both have, and those of them that it will take.

    Rivals of one kind are worked out together: an inventory has many flights and few kinds.
    """
    begin, end = span(flight, now)
    spans = np.array([span(rival, now) for rival, _ in rivals], np.float64).reshape(-1, 2)
    common, own = np.zeros(len(rivals)), np.zeros(len(rivals))
    kinds: dict[Hashable, list[int]] = {}
    for place, (rival, _) in enumerate(rivals):
        kinds.setdefault(kind_of(rival), []).append(place)
    for places in kinds.values():
        rival, (begins, ends) = rivals[places[0]][0], spans[places].T
        common[places] = supply.slots(np.maximum(begins, begin), np.minimum(ends, end), flight, rival)
        own[places] = supply.slots(begins, ends, rival)
    needed = np.array([_needed(*rival) for rival in rivals], np.float64).reshape(-1, 2)
    wanted = needed[:, 0] + needed[:, 1] * own
    part = np.divide(wanted, own, out=np.ones(len(rivals)), where=own > 0)
    return common, common * np.minimum(part, 1.0)


def _needed(rival: Flight, needed: float | None) -> tuple[float, float]:
    """What a rival needs: so many impressions, and such a part of its slots."""
    if rival.goal_type == "share":
        return 0.0, (rival.goal or 0) / 100
    return (0.0, 1.0) if needed is None else (needed, 0.0)


def _impressions(flight: Flight, unit: Unit, amount: float, standing: Standing) -> float | None:
    """How many impressions bring so much, in micros of the unit; None where impressions bring none of it."""
    response = response_to(Responded(standing.net_impressions, standing.net_views, standing.net_clicks))
    if unit is Unit.MONEY and not billed_ratio(flight, response) * flight.price_micros:
        return None
    return impressions_for(flight, unit, amount, response)


def beyond(flights: Sequence[Flight], supply: Supply, now: float) -> list[tuple[Flight, float, Estimate]]:
    """Returns the flights that need more impressions than their slots are likely to be, with both numbers.

    What other flights take is left out.
    """
    found = []
    for flight in flights:
        needed = needs(flight, now)
        if needed is not None and (slots := supply.of(flight, *span(flight, now))).high < needed:
            found.append((flight, needed, slots))
    return found
