"""Inventory entities as the store keeps them: JSON of their fields, without what is the default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

import orjson

from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightCreative,
    FlightStatus,
    InventoryChanges,
    KeptPlan,
    Kind,
    Placement,
    PriceModel,
    Tier,
    Unit,
    kind_of,
)

_CLASSES: dict[Kind, Callable[..., Entity]] = {
    "advertisers": Advertiser,
    "campaigns": Campaign,
    "flights": Flight,
    "creatives": Creative,
    "placements": Placement,
}

_ENUMS: dict[str, Callable[[str], StrEnum]] = {
    "tier": Tier,
    "status": FlightStatus,
    "price_model": PriceModel,
    "cap_unit": Unit,
}


def record_of(entity: Entity) -> str:
    """Returns an entity's record; its number is kept elsewhere."""
    return orjson.dumps(_plain(entity)).decode()


def entity_of(kind: Kind, record: str | bytes, number: int = 0) -> Entity:
    """Returns the entity of a record, with its number."""
    return _entity(kind, {**orjson.loads(record), "number": number})


def plan_record(plan: KeptPlan) -> bytes:
    """Returns a plan as it is kept until its apply."""
    put = [(kind_of(entity), _plain(entity)) for entity in plan.changes.put]
    return orjson.dumps(
        {"put": put, "remove": plan.changes.remove, "version": plan.version, "summary": dict(plan.summary)}
    )


def plan_of(record: bytes) -> KeptPlan:
    """Returns the plan of a record."""
    raw = orjson.loads(record)
    put = tuple(_entity(kind, plain) for kind, plain in raw["put"])
    remove = tuple((kind, entity_id) for kind, entity_id in raw["remove"])
    return KeptPlan(InventoryChanges(put, remove), raw["version"], raw["summary"])


def _plain(entity: Entity) -> dict[str, Any]:
    plain = {}
    for field in fields(entity):
        value = getattr(entity, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if field.name != "number" and value != default:
            plain[field.name] = value
    return plain


def _entity(kind: Kind, plain: dict[str, Any]) -> Entity:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
    if kind == "placements" and "sizes" in values:
        values["sizes"] = tuple((width, height) for width, height in values["sizes"])
    if kind == "flights":
        values["creatives"] = tuple(FlightCreative(**link) for link in values.get("creatives", ()))
    return _CLASSES[kind](**{name: _ENUMS[name](value) if name in _ENUMS else value for name, value in values.items()})
