"""Whose the flights of a report are, also of those that were deleted after they had delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.inventory import Flight, Inventory

DELETED = "deleted"
"""The status of a flight that is no longer in the inventory."""


@dataclass(frozen=True, slots=True)
class GoneFlight:
    """A flight that was deleted: its id, those of whom it belonged to (empty where that is lost), and its currency."""

    id: str
    campaign: str
    advertiser: str
    currency: str
    number: int
    status: str = DELETED


SoldFlight = Flight | GoneFlight


def sold_flights(site_id: str, currency: str, inventory: Inventory, ledger: Ledger) -> Mapping[int, SoldFlight]:
    """Returns every flight that there is or was, by its number; the ledger knows whose the deleted ones were.

    `currency` is that of a flight whose advertiser is no longer known. Raises StoreUnavailable.
    """
    sold: dict[int, SoldFlight] = {flight.number: flight for flight in inventory.flights.values()}
    gone = inventory.gone.get("flights", {})
    if not gone:
        return sold
    campaigns, advertisers = inventory.ids("campaigns"), inventory.ids("advertisers")
    owners = ledger.owners(site_id, [*gone])
    for (number, flight_id), (campaign, advertiser) in zip(gone.items(), owners, strict=True):
        owner = advertisers.get(advertiser, "")
        pays = inventory.advertisers[owner].currency if owner in inventory.advertisers else currency
        sold[number] = GoneFlight(flight_id, campaigns.get(campaign, ""), owner, pays, number)
    return sold
