"""The second price: an auctioned flight that asks for it pays the least that keeps its place, at most its bid."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.ads.inventory import PriceModel, Tier
from service.domain.ads.money import WHOLE_EVENT_MICROS
from service.domain.ads.plan.asking_order import TIERS
from service.domain.ads.plan.shortlist import Choice


def second_prices(choices: Sequence[Choice], floor_micros: int | None) -> list[int | None]:
    """Returns, for each choice of a slot, its price in micros if it is shown; None where that is its own.

    It is what brings as much as the first auctioned flight of another advertiser that would bring no more, or as the
    floor if that is higher (Vickrey; with several slots, a generalised second price). Without either it is the bid.
    """
    brings = [-choice.order[1] if choice.order[0] == TIERS[Tier.PRICE] else 0 for choice in choices]
    prices: list[int | None] = []
    for choice, own in zip(choices, brings, strict=True):
        flight = choice.candidate.flight
        if flight.auction != "second" or own <= 0:
            prices.append(None)
            continue
        rivals = (
            ecpm
            for other, ecpm in zip(choices, brings, strict=True)
            if ecpm <= own and other.candidate.flight.advertiser != flight.advertiser
        )
        least = max(floor_micros or 0, max(rivals, default=0))
        prices.append(_price(choice, own, least) if least else None)
    return prices


def _price(choice: Choice, own_ecpm: int, least_ecpm: int) -> int:
    """The least price at which the choice brings so much: rounded up, at most the bid."""
    flight = choice.candidate.flight
    step = 1 if flight.price_model is PriceModel.CPC else WHOLE_EVENT_MICROS
    price = -(-least_ecpm * flight.price_micros // (own_ecpm * step)) * step
    return min(flight.price_micros, price)
