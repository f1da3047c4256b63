"""Compares every counter of a site's ledger with its events."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.ads.inventory_store import InventoryStore
from service.domain.events.sums.reconciliation import Difference, LedgerMoments, differences


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How many budgets were compared, what differs, and what each budget is called by its field in the ledger."""

    budgets: int
    differences: tuple[Difference, ...]
    names: dict[str, str]


class ReconcileLedger:
    """Looks, or takes the counters for right."""

    def __init__(self, moments: LedgerMoments, inventory: InventoryStore) -> None:
        self._moments = moments
        self._inventory = inventory

    def look(self, site_id: str) -> Reconciliation:
        """Returns what differs in one moment of the ledger. Raises StoreUnavailable."""
        moment = self._moments.at_once(site_id)
        return Reconciliation(len(moment.budgets), tuple(differences(moment)), self._names(site_id))

    def accept(self, site_id: str) -> None:
        """Makes the counters as they are what later events are added to. Raises StoreUnavailable."""
        self._moments.accept(site_id)

    def _names(self, site_id: str) -> dict[str, str]:
        of_kinds = self._inventory.ids_by_number(site_id, ("flights", "campaigns", "advertisers"))
        return {
            f"{kind[0]}{number}": f"{kind.removesuffix('s')} {one}"
            for kind, ids in of_kinds.items()
            for number, one in ids.items()
        }
