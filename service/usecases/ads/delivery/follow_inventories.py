"""Takes up each site's inventory as it moves, apart from all else: a large snapshot may take seconds to be built."""

from __future__ import annotations

from service.domain.ports import VersionStore
from service.usecases.ads.delivery.inventory_snapshots import InventorySnapshots


class FollowInventories:
    """`look` is called by one thread again and again."""

    def __init__(self, versions: VersionStore, snapshots: InventorySnapshots) -> None:
        self._versions = versions
        self._snapshots = snapshots
        self._seen: dict[str, tuple[int, int]] = {}

    def look(self) -> None:
        """Takes up the inventories that have moved, and what says how they are read. Raises StoreUnavailable."""
        found = self._versions.all()
        for site_id in self._seen.keys() - found.keys():
            self._snapshots.forget(site_id)
            del self._seen[site_id]
        for site_id, versions in found.items():
            now = (versions.inventory, versions.site)  # the languages of the site say how keywords are read
            if self._seen.get(site_id) != now:
                self._snapshots.refresh(site_id)
                self._seen[site_id] = now
