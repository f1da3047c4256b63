"""Inventory entities as the store keeps them: JSON of their fields, without what is the default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import cache
from operator import attrgetter
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
    Kind,
    Placement,
    PriceModel,
    Tier,
    Unit,
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


def _plain(entity: Entity) -> dict[str, Any]:
    kind: type = type(entity)
    names, defaults, values_of = _fields(kind)
    values = zip(names, values_of(entity), defaults, strict=True)
    return {name: value for name, value, default in values if value != default}


@cache
def _fields(kind: type) -> tuple[tuple[str, ...], tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of what is kept, what each is by default, and what reads them of an entity."""
    kept = [field for field in fields(kind) if field.name != "number"]
    defaults = (one.default_factory() if one.default_factory is not MISSING else one.default for one in kept)
    names = tuple(one.name for one in kept)
    return names, tuple(defaults), attrgetter(*names)


def _entity(kind: Kind, plain: dict[str, Any]) -> Entity:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
    if kind == "placements" and "sizes" in values:
        values["sizes"] = tuple((width, height) for width, height in values["sizes"])
    if kind == "flights":
        values["creatives"] = tuple(FlightCreative(**link) for link in values.get("creatives", ()))
    return _CLASSES[kind](**{name: _ENUMS[name](value) if name in _ENUMS else value for name, value in values.items()})
