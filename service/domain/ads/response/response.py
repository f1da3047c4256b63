"""How readers respond to a flight: what part of its impressions is seen and followed, smoothed by the site's others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Flight, PriceModel, Unit
from service.domain.ads.response.place_effects import USUAL, PlaceEffect
from service.domain.engagement.rates import Prior, beta_prior
from service.domain.money.exchange import PAR, converted
from service.domain.money.money import MICROS

Counts = npt.NDArray[np.int64]

# What is believed of a flight's views and clicks before any were counted: a viewed share of 60 %, a clicked one of
# 0.2 %, cautious values for display advertising; worth 100 and 1,000 impressions.
NEW_VIEWS, NEW_CLICKS = Prior(60.0, 40.0), Prior(2.0, 998.0)


@dataclass(frozen=True, slots=True)
class Response:
    """The parts of a flight's impressions that are expected to be seen and followed, in (0, 1)."""

    view_ratio: float = NEW_VIEWS.rate
    click_ratio: float = NEW_CLICKS.rate

    def in_place(self, effect: PlaceEffect) -> Response:
        """Returns what is expected in a place of this effect, of what is expected in a usual one."""
        return Response(min(self.view_ratio * effect.views, 1.0), min(self.click_ratio * effect.clicks, 1.0))


@dataclass(frozen=True, slots=True)
class Responded:
    """A flight's valid impressions, and its views and clicks."""

    impressions: int
    views: int
    clicks: int


NEW_RESPONSE = Response()


@dataclass(frozen=True, slots=True)
class Priors:
    """What is believed of the views and clicks of any of a site's flights."""

    views: Prior = NEW_VIEWS
    clicks: Prior = NEW_CLICKS


NEW_PRIORS = Priors()


def priors_of(impressions: Counts, views: Counts, clicks: Counts) -> Priors:
    """Returns what a site's flights, by the valid events of each, share.

    How strong that is is what the flights themselves say (empirical Bayes): the more alike they are, the stronger.
    """
    shown, seen, followed = (counts.astype(float) for counts in (impressions, views, clicks))
    return Priors(beta_prior(seen, shown, NEW_VIEWS), beta_prior(followed, shown, NEW_CLICKS))


def response_to(one: Responded, priors: Priors = NEW_PRIORS, shown: PlaceEffect = USUAL) -> Response:
    """Returns the response to a flight in a usual place: its own counts, drawn towards what is believed of any.

    `shown` is the mean effect of the places that it was counted in: an impression where few look proves less.
    """
    return Response(
        _rate(one.views, one.impressions * shown.views, priors.views),
        _rate(one.clicks, one.impressions * shown.clicks, priors.clicks),
    )


def _rate(events: int, impressions: float, prior: Prior) -> float:
    """The mean of what is believed of a rate; an impression that is told of late counts with its event."""
    return (events + prior.alpha) / (max(events, impressions) + prior.alpha + prior.beta)


def ecpm_micros(flight: Flight, response: Response = NEW_RESPONSE, rate: int = PAR) -> int:
    """Returns what 1,000 impressions of the flight are expected to bring, in micros; 0 for flat and house.

    It is money of the site's currency, of which `rate` is what a unit of the flight's is worth, in trillionths.
    """
    return converted(round(flight.price_micros * 1_000 * billed_ratio(flight, response)), rate)


def billed_ratio(flight: Flight, response: Response) -> float:
    """Returns the part of a flight's price that an impression is expected to bring; 0 for flat and house."""
    ratios = {
        PriceModel.CPM: 1 / 1_000,
        PriceModel.VCPM: response.view_ratio / 1_000,
        PriceModel.CPC: response.click_ratio,
    }
    return ratios.get(flight.price_model or PriceModel.FLAT, 0.0)


def impressions_for(flight: Flight, unit: Unit, amount: float, response: Response) -> float:
    """Returns the impressions that an amount, in micros of money or of the unit, is expected to take."""
    ratios = {Unit.IMPRESSIONS: 1.0, Unit.VIEWS: response.view_ratio, Unit.CLICKS: response.click_ratio}
    if unit is not Unit.MONEY:
        return amount / MICROS / ratios[unit]
    of_price = billed_ratio(flight, response) or 1 / 1_000
    return amount / max(1.0, flight.price_micros * of_price)
