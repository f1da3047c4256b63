"""Inventory entities as the store keeps them: JSON of their fields, without what is the default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
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

_CLASSES: dict[Kind, type[Entity]] = {
    "advertisers": Advertiser,
    "campaigns": Campaign,
    "flights": Flight,
    "creatives": Creative,
    "placements": Placement,
}

# By a field of what is no number, text or list, what its text is read as. A table takes a tenth of the time that an
# enumeration's own look-up does, and a large inventory has a million of them.
_ENUMS: dict[str, dict[str, StrEnum]] = {
    name: {member.value: member for member in kind}
    for name, kind in (("tier", Tier), ("status", FlightStatus), ("price_model", PriceModel), ("cap_unit", Unit))
}


_LISTS: dict[str, Callable[[list[Any]], tuple[Any, ...]]] = {
    "sizes": lambda sizes: tuple((width, height) for width, height in sizes),
    "creatives": lambda links: tuple(FlightCreative(**link) for link in links),
}
"""Lists whose members are not what JSON makes of them."""


def record_of(entity: Entity) -> str:
    """Returns an entity's record; its number is kept elsewhere."""
    return orjson.dumps(_plain(entity)).decode()


def entity_of(kind: Kind, record: str | bytes, number: int = 0) -> Entity:
    """Returns the entity of a record, with its number. Raises ValueError or KeyError for what is no record of ours."""
    values: dict[str, Any] = orjson.loads(record)
    for name, value in values.items():
        if value.__class__ is list:
            values[name] = tuple(value) if name not in _LISTS else _LISTS[name](value)
        elif name in _ENUMS and value is not None:
            values[name] = _ENUMS[name][value]
    return _made(_CLASSES[kind], values, number)


def _plain(entity: Entity) -> dict[str, Any]:
    kind: type = type(entity)
    names, defaults, values_of = _fields(kind)
    values = zip(names, values_of(entity), defaults, strict=True)
    return {name: value for name, value, default in values if value != default}


@cache
def _fields(kind: type) -> tuple[tuple[str, ...], tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of what is kept, what each is by default, and what reads them of an entity."""
    kept = [field for field in fields(kind) if field.name != "number"]
    names = tuple(one.name for one in kept)
    return names, tuple(map(_default, kept)), attrgetter(*names)


def _made(kind: type[Entity], values: dict[str, Any], number: int) -> Entity:
    """The entity, its slots set one by one: `__init__` of a frozen class of fifty fields takes far longer."""
    known, setters = _setters(kind)  # type: ignore[arg-type]
    if not known.issuperset(values):
        raise ValueError(f"A record of {kind.__name__} has {sorted(values.keys() - known)}, which this version lacks.")
    values["number"] = number
    entity = object.__new__(kind)
    for name, default, set_slot in setters:
        set_slot(entity, values[name] if default is MISSING else values.get(name, default))
    return entity


@cache
def _setters(kind: type[Entity]) -> tuple[frozenset[str], list[tuple[str, Any, Callable[[Entity, Any], None]]]]:
    """The names of a record's fields; of each field its name, its default if any, and what sets it."""
    setters = [(one.name, _default(one), getattr(kind, one.name).__set__) for one in fields(kind)]
    return frozenset(_fields(kind)[0]), setters  # type: ignore[arg-type]


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default
