"""Each site's inventory in the store: a hash of records, and one script that writes the ledger's terms with them."""

from __future__ import annotations

import redis

from service.adapters.redis import inventory_records as records
from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.adapters.redis.ledger_form import packed_terms
from service.adapters.redis.ledger_library import LedgerLibrary
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    KINDS,
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    Inventory,
    InventoryChanges,
    KeptPlan,
    Kind,
    kind_of,
)
from service.domain.ads.ledger import flight_terms, owner_terms
from service.domain.errors import Conflict, NotFound


class RedisInventoryStore:
    """Keeps inventory, numbers and plans; what it writes binds in the ledger at once."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._call = LedgerLibrary(client)

    def version(self, site_id: str) -> int:
        """Returns the version of the site's inventory; 0 when nothing was ever loaded."""
        with translate():
            return int(self._client.hget(keys.VERSIONS.name(site=site_id), "inventory") or 0)

    def load(self, site_id: str) -> Inventory:
        """Returns the whole inventory at one moment, the placements that every site has included."""
        with translate():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hget(keys.VERSIONS.name(site=site_id), "inventory")
            pipeline.hgetall(keys.INVENTORY.name(site=site_id))
            pipeline.hgetall(keys.NUMBERS.name(site=site_id))
            version, found, numbers = pipeline.execute()
        kinds: dict[Kind, dict[str, Entity]] = {kind: {} for kind in KINDS}
        kinds["placements"].update(DEFAULT_PLACEMENTS)
        for name, record in sorted(found.items()):
            kind, _, entity_id = name.decode().partition(":")
            kinds[kind][entity_id] = records.entity_of(kind, record, int(numbers[name]))
        return Inventory(int(version or 0), **kinds)  # type: ignore[arg-type]

    def apply(self, site_id: str, changes: InventoryChanges, expected_version: int) -> int:
        """Writes all changes or none, in the ledger's records too, and returns the new version. Raises Conflict."""
        families = (keys.LEDGER, keys.VERSIONS, keys.INVENTORY, keys.NUMBERS)
        words: list[str | int | bytes] = [expected_version, len(DEFAULT_PLACEMENTS)]
        for entity in changes.put:
            fixed = DEFAULT_PLACEMENTS.get(entity.id) if kind_of(entity) == "placements" else None
            words += [kind_of(entity), entity.id, records.record_of(entity), fixed.number if fixed else ""]
            words += [_terms(entity), *_owners(entity)]
        for kind, entity_id in changes.remove:
            words += [kind, entity_id, "", "", "", "", ""]
        with translate():
            version = self._call("apply_inventory", site_id, [family.name(site=site_id) for family in families], words)
        if version < 0:
            raise Conflict("The inventory changed meanwhile: make a new plan and apply that.")
        return int(version)

    def keep_plan(self, site_id: str, plan_id: str, plan: KeptPlan) -> None:
        """Keeps a plan for one hour."""
        name = keys.PLAN.name(site=site_id, plan_id=plan_id)
        with translate():
            self._client.set(name, records.plan_record(plan), ex=keys.PLAN.ttl_s)

    def plan(self, site_id: str, plan_id: str) -> KeptPlan:
        """Returns a kept plan. Raises NotFound when there is none or its hour is over."""
        with translate():
            record = self._client.get(keys.PLAN.name(site=site_id, plan_id=plan_id))
        if record is None:
            raise NotFound("plan", plan_id)
        return records.plan_of(record)  # type: ignore[arg-type]


def _terms(entity: Entity) -> str | bytes:
    if isinstance(entity, Flight):
        return packed_terms(flight_terms(entity))
    if isinstance(entity, Advertiser | Campaign):
        return packed_terms(owner_terms(entity))
    return "killed" if isinstance(entity, Creative) and entity.killed else ""


def _owners(entity: Entity) -> tuple[str, str]:
    return (entity.campaign, entity.advertiser) if isinstance(entity, Flight) else ("", "")
