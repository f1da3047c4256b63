"""In which order flights are asked: guaranteed ones by how urgent they are, auctioned ones by what they bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Flight, Tier
from service.domain.ads.plan.page_plan import Order
from service.domain.ads.response.place_effects import NO_EFFECTS, USUAL, PlaceEffects
from service.domain.ads.response.response import ecpm_micros
from service.domain.ads.targeting.checklist import share_of
from service.domain.money.exchange import PAR

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


UNKNOWN_ECPM = -1


@dataclass(frozen=True, eq=False)
class Demand:
    """What is known of flights since the last look at the ledger, by their numbers, which rise.

    `urgency` is that of guaranteed ones, as urgency.py has it, NaN where it is unknown; `ecpm_micros` is what auctioned
    ones are expected to bring in a usual place that are paid by view or click (`is_by_click`), UNKNOWN_ECPM for others;
    `held_back` says which get nothing for now. `effects` are those of places.
    """

    numbers: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    urgency: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    ecpm_micros: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    held_back: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    is_by_click: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    effects: PlaceEffects = NO_EFFECTS

    def at(self, placement: int) -> Demand:
        """Returns the demand in the placement of this number: what flights are expected to bring there."""
        effect = self.effects.at(placement)
        if effect == USUAL:
            return self
        scaled = np.rint(self.ecpm_micros * np.where(self.is_by_click, effect.clicks, effect.views)).astype(np.int64)
        known = self.ecpm_micros != UNKNOWN_ECPM
        return replace(self, ecpm_micros=np.where(known, scaled, UNKNOWN_ECPM), effects=NO_EFFECTS)

    @cached_property
    def _wants(self) -> tuple[npt.NDArray[np.bool_], Wants]:
        """Which flights are measured, and what they want by that."""
        by_ecpm, by_urgency = self.ecpm_micros != UNKNOWN_ECPM, ~np.isnan(self.urgency)
        pressing = np.log(np.clip(np.where(by_urgency, self.urgency, 1.0), _LEAST_URGENCY, _MOST_URGENCY))
        wants = np.where(by_ecpm, -self.ecpm_micros, -np.rint(_STEPS_PER_E * pressing).astype(np.int64))
        return by_ecpm | by_urgency, wants

    def wants(self, numbers: npt.NDArray[np.uint32], otherwise: Wants) -> Wants:
        """Returns what flights of these numbers want now; `otherwise` is what they want where nothing is measured."""
        measured, wants = self._wants
        if not measured.any():
            return otherwise
        places, known = self._places(numbers)
        found: Wants = np.where(known & measured[places], wants[places], otherwise)
        return found

    def waits(self, numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Returns which flights of these numbers get nothing for now."""
        if not self.held_back.any():
            return np.zeros(numbers.size, bool)
        places, known = self._places(numbers)
        waits: npt.NDArray[np.bool_] = known & self.held_back[places]
        return waits

    def ecpm_of(self, number: int) -> int | None:
        """Returns what is expected of a flight, in micros; None where that is not measured."""
        places, known = self._places(np.array([number], np.uint32))
        found = int(self.ecpm_micros[places[0]]) if known.any() else UNKNOWN_ECPM
        return None if found == UNKNOWN_ECPM else found

    def _places(self, numbers: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Where flights stand among those that are known, and which of them do."""
        if not self.numbers.size:
            return np.zeros(numbers.size, np.int64), np.zeros(numbers.size, bool)
        places = np.minimum(self.numbers.searchsorted(numbers.astype(np.int64)), self.numbers.size - 1)
        return places, self.numbers[places] == numbers


NO_DEMAND = Demand()

ORDERED_BY = ("tier", "goal_type", "goal", "price_model", "price_micros", "currency", "ends_at")
"""The fields of a flight that its order follows from."""


def order_of(flight: Flight, rate: int = PAR) -> Order:
    """Returns a flight's place in the order of asking while nothing of it is measured: its tier, the less the sooner.

    Guaranteed ones go by their end, others by eCPM in the site's currency, as the `rate` of theirs has it.
    """
    tier = TIERS[flight.tier]
    if flight.tier not in GUARANTEED:
        return tier, -ecpm_micros(flight, rate=rate)
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
