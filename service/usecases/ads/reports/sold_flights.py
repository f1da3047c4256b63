"""Whose the flights of a report are, read in pieces; also of those that were deleted after they had delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.entity_ids import unknown_id
from service.domain.ads.inventory import Flight, Kind, Placement
from service.domain.ads.inventory_store import InventoryStore

DELETED = "deleted"
"""The status of a flight that is no longer in the inventory."""

READ_AT_ONCE = 1_000
"""Flights that are in memory at a time: some 2 MB, and some milliseconds of the store's time."""


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


@dataclass(frozen=True, slots=True)
class SoldFlights:
    """Every flight of a site that there is or was. Its calls raise StoreUnavailable.

    `ids` are the ids of each kind by their numbers; `currency` is that of flights whose advertiser is no longer known.
    """

    site_id: str
    currency: str
    ids: Mapping[Kind, Mapping[int, str]]
    store: InventoryStore
    ledger: Ledger

    def numbers(self) -> list[int]:
        """Returns the numbers of all of them, by their ids."""
        flights = self.ids["flights"]
        return sorted(flights, key=flights.__getitem__)

    def in_pieces(self, numbers: Sequence[int]) -> Iterator[list[SoldFlight]]:
        """Yields the flights of these numbers in their order, READ_AT_ONCE at a time."""
        for at in range(0, len(numbers), READ_AT_ONCE):
            yield self._piece(numbers[at : at + READ_AT_ONCE])

    def placements(self) -> Mapping[str, Placement]:
        """Returns the site's placements, by id."""
        return self.store.part(
            self.site_id, [("placements", one) for one in self.ids["placements"].values()]
        ).placements

    def _piece(self, numbers: Sequence[int]) -> list[SoldFlight]:
        ids = self.ids["flights"]
        part = self.store.part(self.site_id, [("flights", ids[number]) for number in numbers if number in ids])
        found: dict[int, SoldFlight] = {flight.number: flight for flight in part.flights.values()}
        gone = [number for number in numbers if number not in found]
        found |= self._gone(gone)
        return [found[number] for number in numbers]

    def _gone(self, numbers: Sequence[int]) -> dict[int, SoldFlight]:
        """Deleted flights by their numbers; the ledger knows whose they were."""
        if not numbers:
            return {}
        campaigns, advertisers = self.ids["campaigns"], self.ids["advertisers"]
        owners = self.ledger.owners(self.site_id, numbers)
        buyers = {advertisers.get(advertiser, "") for _, advertiser in owners}
        pays = self.store.part(self.site_id, [("advertisers", buyer) for buyer in buyers]).advertisers
        gone: dict[int, SoldFlight] = {}
        for number, (campaign, advertiser) in zip(numbers, owners, strict=True):
            name, owner = self.ids["flights"].get(number, unknown_id(number)), advertisers.get(advertiser, "")
            currency = pays[owner].currency if owner in pays else self.currency
            gone[number] = GoneFlight(name, campaigns.get(campaign, ""), owner, currency, number)
        return gone


def sold_flights(
    site_id: str, currency: str, store: InventoryStore, ledger: Ledger, more: Sequence[Kind] = ()
) -> SoldFlights:
    """Returns a site's flights, with the ids of them and their owners, and those of `more` kinds.

    `currency` is that of a flight whose advertiser is no longer known. Raises StoreUnavailable.
    """
    ids = store.ids_by_number(site_id, ("advertisers", "campaigns", "flights", *more))
    return SoldFlights(site_id, currency, ids, store, ledger)
