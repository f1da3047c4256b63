"""Takes up each site's inventory as it moves, apart from all else: a large snapshot may take seconds to be built."""

from __future__ import annotations

from service.domain.ports import VersionStore
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots


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
            now, before = (versions.inventory, versions.site), self._seen.get(site_id)
            if before == now:
                continue
            # The site says how keywords are read and prices are compared: another one is another snapshot.
            take_up = self._snapshots.follow if before and before[1] == now[1] else self._snapshots.refresh
            take_up(site_id)
            self._seen[site_id] = now
