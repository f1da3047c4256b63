"""The second price: an auctioned flight that asks for it pays the least that keeps its place, at most its bid."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.ads.booking.ledger import SecondPrice
from service.domain.ads.inventory import Flight, PriceModel, Tier
from service.domain.ads.plan.asking_order import TIERS
from service.domain.ads.plan.choices import Choice
from service.domain.money.money import WHOLE_EVENT_MICROS


def second_prices(choices: Sequence[Choice], floor_micros: int | None) -> list[SecondPrice | None]:
    """Returns, for each choice of a slot, what it pays if it is shown; None where that is its own price.

    It is what brings as much as the first auctioned flight of another advertiser that would bring no more and could be
    served, which the ledger knows; or as the floor if that is higher (Vickrey; with several slots, a generalised second
    price). Without either it is the bid. `choices` stand in the order of asking.
    """
    brings = [-choice.order[1] if choice.order[0] == TIERS[Tier.PRICE] else 0 for choice in choices]
    prices: list[SecondPrice | None] = []
    for choice, own in zip(choices, brings, strict=True):
        flight = choice.candidate.flight
        if flight.auction != "second" or own <= 0:
            prices.append(None)
            continue
        rivals = [
            (place, _price(choice, own, max(ecpm, floor_micros or 0)))
            for place, (other, ecpm) in enumerate(zip(choices, brings, strict=True))
            if 0 < ecpm <= own and _is_rival(other, flight)
        ]
        rivals.sort(key=lambda rival: -rival[1])
        prices.append(SecondPrice(tuple(rivals), _price(choice, own, floor_micros) if floor_micros else None))
    return prices


def _is_rival(other: Choice, flight: Flight) -> bool:
    """Whether the other could have the slot instead: flights that stand together are not to be had for one slot."""
    return other.candidate.flight.advertiser != flight.advertiser and other.group is None


def _price(choice: Choice, own_ecpm: int, least_ecpm: int) -> int:
    """The least price at which the choice brings so much: rounded up, at most the bid."""
    flight = choice.candidate.flight
    step = 1 if flight.price_model is PriceModel.CPC else WHOLE_EVENT_MICROS
    price = -(-least_ecpm * flight.price_micros // (own_ecpm * step)) * step
    return min(flight.price_micros, price)
