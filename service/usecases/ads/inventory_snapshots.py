"""Holds each site's inventory snapshot in this process, replaced by one reference when the inventory has moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.domain.ads.inventory import InventoryStore
from service.domain.ads.inventory_snapshot import InventorySnapshot, build_snapshot
from service.domain.errors import StoreUnavailable
from service.domain.ports import Analyzer


class InventorySnapshots:
    """The snapshots that requests read; a background thread calls `refresh` when a site's version has moved."""

    def __init__(self, store: InventoryStore, analyzers_of: Callable[[str], Sequence[Analyzer]]) -> None:
        self._store = store
        self._analyzers_of = analyzers_of
        self._held: dict[str, InventorySnapshot] = {}

    def current(self, site_id: str) -> InventorySnapshot:
        """Returns the site's snapshot; read from the store at the first use, empty while the store is away then."""
        held = self._held.get(site_id)
        if held is not None:
            return held
        try:
            return self.refresh(site_id)
        except StoreUnavailable:
            return InventorySnapshot()

    def held(self) -> list[tuple[str, InventorySnapshot]]:
        """Returns the sites that this process holds, each with its snapshot."""
        return list(self._held.items())

    def refresh(self, site_id: str) -> InventorySnapshot:
        """Builds the site's snapshot beside the old one and takes it up. Raises StoreUnavailable."""
        inventory = self._store.load(site_id)
        snapshot = build_snapshot(inventory, *self._analyzers_of(site_id))
        self._held[site_id] = snapshot
        return snapshot

    def version(self, site_id: str) -> int | None:
        """Returns the inventory version of the snapshot that is held, or None before the first."""
        held = self._held.get(site_id)
        return None if held is None else held.version
