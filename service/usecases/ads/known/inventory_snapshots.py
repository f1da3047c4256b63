"""Holds each site's inventory snapshot in this process, replaced by one reference when the inventory has moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from service.domain.ads.inventory_following import followed
from service.domain.ads.inventory_snapshot import InventorySnapshot, SnapshotFiles, build_snapshot
from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.errors import StoreUnavailable
from service.domain.money.exchange import OWN_CURRENCY, Exchange
from service.domain.ports import Analyzer

# Entities from which on a snapshot is shared through files; a smaller one is built in a tenth of a second.
LEAST_SHARED = 4_000
_TRIES = 3


class InventorySnapshots:
    """The snapshots that requests read; a background thread calls `refresh` when a site's version has moved."""

    def __init__(
        self,
        store: InventoryStore,
        analyzers_of: Callable[[str], Sequence[Analyzer]],
        files: SnapshotFiles | None = None,
        make_ready: Callable[[str, tuple[str, ...]], object] = lambda *_: None,
        exchange_of: Callable[[str], Exchange] = lambda _: OWN_CURRENCY,
    ) -> None:
        """`files` shares large snapshots with the other processes of this host; None shares none.

        `make_ready` is called with what flights of a site describe before its snapshot is taken up; `exchange_of` tells
        a site's rates, which are in force from its next snapshot on.
        """
        self._store = store
        self._analyzers_of = analyzers_of
        self._files = files
        self._make_ready = make_ready
        self._exchange_of = exchange_of
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

    def number_of(self, site_id: str, flight_id: str) -> int | None:
        """Returns the number of a flight; None where it is not known, or the store is away."""
        try:
            known = self._store.part(site_id, [("flights", flight_id)]).flights.get(flight_id)
        except StoreUnavailable:
            return None
        return known.number if known else None

    def held(self) -> list[tuple[str, InventorySnapshot]]:
        """Returns the sites that this process holds, each with its snapshot."""
        return list(self._held.items())

    def refresh(self, site_id: str) -> InventorySnapshot:
        """Takes up the site's snapshot beside the old one. Raises StoreUnavailable."""
        return self._take_up(site_id, self._shared(site_id) or self._built(site_id))

    def follow(self, site_id: str) -> InventorySnapshot:
        """Takes up what changed since the snapshot that is held, where that is little; else as `refresh` does."""
        held = self._held.get(site_id)
        base = held and (held.base or held)
        changed = self._store.changed_flights(site_id, base.mark, base.ids_of) if base and base.mark else None
        snapshot = followed(base, changed, self._analyzers_of(site_id)) if base and changed else None
        return self._take_up(site_id, snapshot) if snapshot else self.refresh(site_id)

    def _take_up(self, site_id: str, snapshot: InventorySnapshot) -> InventorySnapshot:
        if before := self._held.get(site_id):
            snapshot.follow(before)
        self._make_ready(site_id, snapshot.descriptions)
        self._held[site_id] = snapshot
        return snapshot

    def forget(self, site_id: str) -> None:
        """Lets go of the snapshot of a site that was erased."""
        self._held.pop(site_id, None)

    def version(self, site_id: str) -> int | None:
        """Returns the inventory version of the snapshot that is held, or None before the first."""
        held = self._held.get(site_id)
        return None if held is None else held.version

    def _shared(self, site_id: str) -> InventorySnapshot | None:
        """The snapshot from the files; None where there is no way to it, or the inventory changes all the while."""
        asked = ""
        for _ in range(_TRIES):
            mark = self._store.mark(site_id)
            if self._files is None or mark.name in ("", asked) or mark.size < LEAST_SHARED:
                return None
            if found := self._files.bring(site_id, mark.name):
                return replace(found, mark=mark.name)
            asked = mark.name
        return None

    def _built(self, site_id: str) -> InventorySnapshot:
        exchange = self._exchange_of(site_id)
        return build_snapshot(self._store.load(site_id), *self._analyzers_of(site_id), exchange=exchange)
