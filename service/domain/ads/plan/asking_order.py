"""In which order flights are asked: guaranteed ones by how urgent they are, auctioned ones by what they bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt

from service.domain.ads.forecast.response import ecpm_micros
from service.domain.ads.inventory import Flight, Tier
from service.domain.ads.plan.page_plan import Order
from service.domain.ads.targeting.checklist import share_of

Wants = npt.NDArray[np.int64]
TIERS: Mapping[Tier, int] = {tier: rank for rank, tier in enumerate(Tier)}
GUARANTEED = (Tier.SPONSORSHIP, Tier.STANDARD)
# Flights whose urgency differs by less than a twentieth are equals, who take turns.
_STEPS_PER_E = 20
_LEAST_URGENCY, _MOST_URGENCY = 1e-12, 1e12
# A share must have each of its page views: it comes before what is measured, and this before what has no measure.
_SHARE = -(1 << 20)
_UNMEASURED = 1 << 20
_NO_END = 1 << 40


@dataclass(frozen=True, eq=False)
class Demand:
    """What is known of flights since the last look at the ledger, by their numbers.

    `urgency` is that of guaranteed ones, as urgency.py has it; `ecpm_micros` is what is expected of auctioned ones that
    are paid by view or click; `held_back` are those that pacing gives nothing for now.
    """

    urgency: Mapping[int, float] = field(default_factory=dict)
    ecpm_micros: Mapping[int, int] = field(default_factory=dict)
    held_back: frozenset[int] = frozenset()

    @cached_property
    def _measured(self) -> tuple[npt.NDArray[np.int64], Wants]:
        """The numbers of flights that are measured, in their order, and what they want by that."""
        wants = {number: _want_of(urgency) for number, urgency in self.urgency.items()}
        wants |= {number: -ecpm for number, ecpm in self.ecpm_micros.items()}
        numbers = np.fromiter(wants, np.int64, len(wants))
        order = np.argsort(numbers)
        return numbers[order], np.fromiter(wants.values(), np.int64, len(wants))[order]

    def wants(self, numbers: npt.NDArray[np.uint32], otherwise: Wants) -> Wants:
        """Returns what flights of these numbers want now; `otherwise` is what they want where nothing is measured."""
        measured, wants = self._measured
        if not measured.size:
            return otherwise
        places = np.minimum(np.searchsorted(measured, numbers), measured.size - 1)
        found: Wants = np.where(measured[places] == numbers, wants[places], otherwise)
        return found

    def waits(self, numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Returns which flights of these numbers get nothing for now."""
        return np.isin(numbers, np.fromiter(self.held_back, np.int64, len(self.held_back)))


NO_DEMAND = Demand()

ORDERED_BY = ("tier", "goal_type", "goal", "price_model", "price_micros", "ends_at")
"""The fields of a flight that its order follows from."""


def order_of(flight: Flight) -> Order:
    """Returns a flight's place in the order of asking while nothing of it is measured: its tier, the less the sooner.

    Guaranteed ones go by their end, others by eCPM.
    """
    tier = TIERS[flight.tier]
    if flight.tier not in GUARANTEED:
        return tier, -ecpm_micros(flight)
    if share_of(flight) is not None:
        return tier, _SHARE
    return tier, _UNMEASURED + min(_NO_END, _NO_END if flight.ends_at is None else flight.ends_at)


def ranks_of(tiers: npt.NDArray[np.int8], wants: Wants) -> npt.NDArray[np.int32]:
    """Returns flights' ranks from 0, the first to be asked; equals have equal ranks."""
    order = np.lexsort((wants, tiers))
    ranks = np.zeros(len(wants), np.int32)
    if len(wants) > 1:
        differs = (np.diff(wants[order]) != 0) | (np.diff(tiers[order]) != 0)
        ranks[order[1:]] = np.cumsum(differs)
    return ranks


def _want_of(urgency: float) -> int:
    return -round(_STEPS_PER_E * log(min(max(urgency, _LEAST_URGENCY), _MOST_URGENCY)))
