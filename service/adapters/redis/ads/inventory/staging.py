"""Changes a large part of an inventory in slices: staged beside the old, then switched to as a whole.

`stage_inventory.lua` tells the steps, and what a killed load leaves of each.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.inventory.words import SLICE, Words, arguments
from service.adapters.redis.ads.ledger.library import LedgerLibrary
from service.domain.ads.inventory import DEFAULT_PLACEMENTS
from service.domain.errors import Conflict

_MOVED = -1
# Records copied at a time. Of what is due, twice as much is bound at a time as is staged: it is half the work.
_COPIED = 500
_BOUND = 2 * SLICE


class InventoryStaging:
    """Stages one load of a site's inventory, and makes it due."""

    def __init__(self, client: redis.Redis, call: LedgerLibrary, site_id: str, expected_version: int) -> None:
        self._client = client
        self._call = call
        self._site_id = site_id
        self._version = expected_version
        self._slices = 0
        load_id = secrets.token_hex(8)
        staged = (keys.STAGED, keys.STAGED_NUMBERS, keys.STAGED_TERMS)
        self._staged = [family.name(site=site_id, load_id=load_id) for family in staged]
        self._names = [*_names(site_id, keys.LEDGER, keys.VERSIONS), *self._staged, *_names(site_id, keys.DUE_NUMBERS)]

    def switch(self, slices: Iterable[list[Words]]) -> int:
        """Makes all changes due or none, and returns the new version.

        Raises Conflict when the inventory moves meanwhile, or the load was away for minutes.
        """
        try:
            self._copy()
            for changes in slices:
                self._step("stage_inventory", self._names, len(DEFAULT_PLACEMENTS), *arguments(changes))
            due = _names(self._site_id, keys.DUE, keys.DUE_TERMS, keys.INVENTORY_CHANGES)
            return int(self._tried("switch_inventory", [*self._names, *due], self._version, self._slices, new_mark()))
        except Conflict:
            self._client.unlink(*self._staged)
            raise

    def _copy(self) -> None:
        for family, to in ((keys.INVENTORY, self._staged[0]), (keys.NUMBERS, self._staged[1])):
            names = [*self._names, family.name(site=self._site_id), to]
            cursor = self._step("copy_inventory", names, "0", _COPIED)
            while cursor != b"0":
                cursor = self._step("copy_inventory", names, cursor, _COPIED)

    def _step(self, function: str, names: list[str], *words: str | int | bytes) -> Any:
        ttl_s = keys.STAGED_NUMBERS.ttl_s or 0
        answer = self._tried(function, names, self._version, self._slices, ttl_s, *words)
        self._slices += 1
        return answer

    def _tried(self, function: str, names: list[str], *words: str | int | bytes) -> Any:
        answer = self._call(function, self._site_id, names, words)
        if isinstance(answer, int) and answer < 0:
            raise Conflict(
                "The inventory changed meanwhile: make a new plan and apply that."
                if answer == _MOVED
                else "The load stood still for too long and was given up: apply it again."
            )
        return answer


def new_mark() -> str:
    """Returns a name for an inventory that no other has."""
    return secrets.token_hex(8)


def bind_what_is_due(call: LedgerLibrary, site_id: str) -> None:
    """Binds what is due in the ledger, and puts the new inventory in the place of the old; does nothing where none is.

    Several may do this at once, each a slice in turn.
    """
    families = (keys.LEDGER, keys.INVENTORY, keys.NUMBERS, keys.DUE, keys.DUE_NUMBERS, keys.DUE_TERMS)
    names = _names(site_id, *families)
    while call("bind_inventory", site_id, names, [_BOUND]) > 0:
        pass


def _names(site_id: str, *families: keys.KeySpec) -> list[str]:
    return [family.name(site=site_id) for family in families]
