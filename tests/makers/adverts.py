"""Inventories of a few flights, for tests of what becomes of their ads."""

from __future__ import annotations

from typing import Any

from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightCreative,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)


def auctioned(name: str = "f", price_micros: int = 2_000_000, **terms: Any) -> Flight:
    """Returns a flight of campaign `c` of advertiser `a` at a price for a thousand, unless the terms say otherwise.

    Its creative is its own: `k-` and its name.
    """
    own: dict[str, Any] = {
        "campaign": "c", "advertiser": "a", "tier": Tier.PRICE, "price_model": PriceModel.CPM,
        "price_micros": price_micros, "creatives": (FlightCreative(f"k-{name}"),),
    }  # fmt: skip
    return Flight(name, **{**own, **terms})


def inventory(*entities: Entity) -> InventoryChanges:
    """Returns the entities after those that their flights name and that are not among them.

    These are advertisers and campaigns without terms, and native creatives.
    """
    flights = [one for one in entities if isinstance(one, Flight)]
    named: list[Entity] = [
        *(Advertiser(one.advertiser) for one in flights),
        *(Campaign(one.campaign, one.advertiser) for one in flights),
        *(
            Creative(link.id, one.advertiser, "native", "https://a.example/", headline="Cars")
            for one in flights
            for link in one.creatives
        ),
    ]
    given = {(type(one), one.id) for one in entities}
    missing = {(type(one), one.id): one for one in reversed(named) if (type(one), one.id) not in given}
    return InventoryChanges((*reversed(missing.values()), *entities))
