"""A placement's columns as plain arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from service.adapters.files.arrays.array_file import Array
from service.domain.ads.plan.placement_columns import PlacementColumns
from service.domain.ads.targeting.value_columns import KeywordColumn, Members, ValueColumn

_KEYWORDS = ("keywords", "exclude_keywords")
_PLAIN = tuple(one.name for one in fields(PlacementColumns) if one.name not in ("zones", "fields", *_KEYWORDS))


def pack_columns(columns: PlacementColumns, prefix: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Returns the arrays, whose names begin with a prefix, and what is no array as JSON has it."""
    arrays: dict[str, Array] = {name: getattr(columns, name) for name in _PLAIN}
    for name, field in columns.fields.items():
        arrays |= _member_arrays(name, field.members)
    for name in _KEYWORDS:
        column: KeywordColumn = getattr(columns, name)
        arrays |= _member_arrays(name, column.members)
        arrays |= {f"{name}.term_starts": column.starts, f"{name}.terms": column.terms}
    values = {name: list(column.values) for name, column in columns.fields.items()}
    return {prefix + name: array for name, array in arrays.items()}, {"zones": columns.zones, "values": values}


def unpack_columns(arrays: Mapping[str, Array], prefix: str, told: Mapping[str, Any]) -> PlacementColumns:
    """Returns the columns that were packed."""

    def members(name: str) -> Members:
        return Members(*(arrays[f"{prefix}{name}.{part}"] for part in ("base", "starts", "rows")))

    def keywords(name: str) -> KeywordColumn:
        return KeywordColumn(members(name), arrays[f"{prefix}{name}.term_starts"], arrays[f"{prefix}{name}.terms"])

    def field(name: str) -> ValueColumn:
        return ValueColumn({value: number for number, value in enumerate(told["values"][name])}, members(name))

    whole: dict[str, Any] = {name: arrays[prefix + name] for name in _PLAIN}
    whole |= {name: keywords(name) for name in _KEYWORDS}
    return PlacementColumns(**whole, zones=tuple(told["zones"]), fields={name: field(name) for name in told["values"]})


def _member_arrays(name: str, members: Members) -> dict[str, Array]:
    return {f"{name}.{part}": getattr(members, part) for part in ("base", "starts", "rows")}
