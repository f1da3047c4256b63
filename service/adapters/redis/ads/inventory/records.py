"""Inventory entities as the store keeps them: JSON of their fields, without what is the default."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from service.domain.ads.inventory import (
    KIND_OF,
    KINDS,
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


@dataclass(frozen=True, slots=True, eq=False)
class StoredKind:
    """The records of a kind as they are stored, by their numbers: these rise; row n has `names[n]` and `records[n]`."""

    kind: Kind
    numbers: npt.NDArray[np.uint32]
    names: list[bytes]
    records: list[bytes]

    def ids(self) -> list[str]:
        """Returns the id of each row, made of its name `kind:id`."""
        before = len(self.kind) + 1
        return [name[before:].decode() for name in self.names]


@dataclass(frozen=True, slots=True, eq=False)
class StoredInventory:
    """A whole inventory as it is stored, with its version and mark; the placements of every site are not in it."""

    version: int
    mark: str
    kinds: Mapping[Kind, StoredKind]


def stored_kinds(found: Mapping[bytes, bytes], numbers: Mapping[bytes, bytes]) -> dict[Kind, StoredKind]:
    """Returns the records that were found, by their names `kind:id`; `numbers` has theirs by the same names."""
    names: dict[bytes, list[bytes]] = {kind.encode(): [] for kind in KINDS}
    for name in found:
        names[name.partition(b":")[0]].append(name)
    return {kind: _stored_kind(kind, names[kind.encode()], found, numbers) for kind in KINDS}


def _stored_kind(
    kind: Kind, names: list[bytes], found: Mapping[bytes, bytes], numbers: Mapping[bytes, bytes]
) -> StoredKind:
    of_names = np.fromiter(map(int, map(numbers.__getitem__, names)), np.uint32, len(names))
    order = np.argsort(of_names)
    names = list(map(names.__getitem__, order.tolist()))
    return StoredKind(kind, of_names[order], names, list(map(found.__getitem__, names)))


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


def value_of(kind: Kind, name: str, value: Any) -> Any:
    """Returns a field's value as an entity has it, from what its record has there: None where that leaves it out.

    Raises KeyError where it may not.
    """
    if value is None:
        if (default := default_of(kind, name)) is MISSING:
            raise KeyError(name)
        return default
    return _ENUMS[name][value] if name in _ENUMS else value


@cache
def default_of(kind: Kind, name: str) -> Any:
    """Returns what a field is where a record leaves it out; MISSING where it may not."""
    return next(_default(one) for one in fields(_CLASSES[kind]) if one.name == name)


def refuse_unknown(kind: Kind, names: Collection[str]) -> None:
    """Raises ValueError for names that no field of the kind has."""
    if unknown := set(names) - _setters(_CLASSES[kind])[0]:  # type: ignore[arg-type]
        raise ValueError(f"A record of {_CLASSES[kind].__name__} has {sorted(unknown)}, which this version lacks.")


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
        refuse_unknown(KIND_OF[kind], values)
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
