"""Exports a site's inventory as the rows of a sheet, which loaded again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.sheet.export import ExportedRow, exported_rows


class ExportInventory:
    """Reads a site's inventory for export."""

    def __init__(self, store: InventoryStore) -> None:
        self._store = store

    def rows(self, site_id: str) -> Iterator[ExportedRow]:
        """Yields a row for each creative of each flight, by flight id, as texts by column; each is made when asked."""
        return exported_rows(self._store.load(site_id))
