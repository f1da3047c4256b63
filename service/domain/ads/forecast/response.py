"""How readers respond to a flight: what part of its impressions is seen and followed, smoothed by the site's others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from service.domain.ads.inventory import Flight, PriceModel, Unit
from service.domain.ads.money import MICROS
from service.domain.events.engagement import Prior, beta_prior, smoothed_rate

# What is believed of a flight's views and clicks before any were counted: a viewed share of 60 %, a clicked one of
# 0.2 %, cautious values for display advertising; worth 100 and 1,000 impressions.
NEW_VIEWS, NEW_CLICKS = Prior(60.0, 40.0), Prior(2.0, 998.0)


@dataclass(frozen=True, slots=True)
class Response:
    """The parts of a flight's impressions that are expected to be seen and followed, in (0, 1)."""

    view_ratio: float = NEW_VIEWS.rate
    click_ratio: float = NEW_CLICKS.rate


@dataclass(frozen=True, slots=True)
class Responded:
    """A flight's valid impressions, and its views and clicks."""

    impressions: int
    views: int
    clicks: int


NEW_RESPONSE = Response()


def response_to(one: Responded) -> Response:
    """Returns the response to a flight of which nothing but its own counts is known."""
    return Response(
        (one.views + NEW_VIEWS.alpha) / (one.impressions + NEW_VIEWS.alpha + NEW_VIEWS.beta),
        (one.clicks + NEW_CLICKS.alpha) / (one.impressions + NEW_CLICKS.alpha + NEW_CLICKS.beta),
    )


def responses(counted: Mapping[int, Responded]) -> dict[int, Response]:
    """Returns the response to each flight by its number: its own counts, drawn towards what the site's flights share.

    How strongly is what the flights themselves say (empirical Bayes): the more alike they are, the more.
    """
    if not counted:
        return {}
    shown, seen, followed = (
        np.array([getattr(one, name) for one in counted.values()], float) for name in ("impressions", "views", "clicks")
    )
    views = smoothed_rate(seen, shown, beta_prior(seen, shown, NEW_VIEWS))
    clicks = smoothed_rate(followed, shown, beta_prior(followed, shown, NEW_CLICKS))
    return {
        n: Response(*pair) for n, pair in zip(counted, zip(views.tolist(), clicks.tolist(), strict=True), strict=True)
    }


def ecpm_micros(flight: Flight, response: Response = NEW_RESPONSE) -> int:
    """Returns what 1,000 impressions of the flight are expected to bring, in micros; 0 for flat and house."""
    return round(flight.price_micros * 1_000 * billed_ratio(flight, response))


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
