"""Changes of an inventory as the words that the store's functions take, and slices of them as a plan keeps them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import orjson

from service.adapters.redis.ads.inventory import records
from service.adapters.redis.ads.ledger.form import packed_terms
from service.domain.ads.booking.budget_terms import flight_terms, owner_terms
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    Kind,
    kind_of,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)

# Changes that one call of the store makes: it takes a few milliseconds, in which nobody else is served.
SLICE = 100
# The fastest: a plan's slices hold much the same words, and are a seventh of their size.
_PACKING = 1

Words = tuple[str, ...]
"""The seven words of a change, as inventory_changes.lua has them; a byte of packed terms is a letter of Latin-1."""


def slices_of(changes: InventoryChanges) -> Iterator[list[Words]]:
    """Yields the changes in slices, what is put before what is removed."""
    put = (_put(entity) for entity in changes.put)
    removed = (_removed(kind, entity_id) for kind, entity_id in changes.remove)
    words = chain(put, removed)
    while found := list(islice(words, SLICE)):
        yield found


def arguments(slice_: Iterable[Words]) -> list[str | bytes]:
    """Returns a slice's words as they are sent."""
    sent: list[str | bytes] = []
    for kind, entity_id, record, number, terms, campaign, advertiser in slice_:
        sent += (kind, entity_id, record, number, terms.encode("latin-1"), campaign, advertiser)
    return sent


def packed(kept: object) -> bytes:
    """Returns a slice, or another part of a plan, as it is kept."""
    return zlib.compress(orjson.dumps(kept), _PACKING)


def unpacked(kept: bytes) -> Any:
    """Returns what was packed."""
    return orjson.loads(zlib.decompress(kept))


def _put(entity: Entity) -> Words:
    kind, fixed = kind_of(entity), ""
    if kind == "placements" and entity.id in DEFAULT_PLACEMENTS:
        fixed = str(DEFAULT_PLACEMENTS[entity.id].number)
    return (kind, entity.id, records.record_of(entity), fixed, _terms(entity), *_owners(entity))


def _removed(kind: Kind, entity_id: str) -> Words:
    return (kind, entity_id, "", "", "", "", "")


def _terms(entity: Entity) -> str:
    if isinstance(entity, Flight):
        return packed_terms(flight_terms(entity)).decode("latin-1")
    if isinstance(entity, Advertiser | Campaign):
        return packed_terms(owner_terms(entity)).decode("latin-1")
    return "killed" if isinstance(entity, Creative) and entity.killed else ""


def _owners(entity: Entity) -> tuple[str, str]:
    return (entity.campaign, entity.advertiser) if isinstance(entity, Flight) else ("", "")
