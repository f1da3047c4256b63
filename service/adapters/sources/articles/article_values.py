"""Turns the cells of a newsroom's file into the values of the contract: dates, numbers, lists, yes and no."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from service.adapters.sources.articles.dates import DayOrder, read_date
from service.domain.content.article_record import rfc3339
from service.domain.errors import Fault

TIMES = ("published_at", "updated_at", "expires_at", "embargo_until")
LISTS = ("tags", "authors")
FLAGS = ("evergreen", "sensitive")
LINES = ("id", "url", "title", "text", "html", "excerpt", "section", "byline", "language")
IMAGE_PARTS = ("url", "alt", "width", "height")
IMAGE_CELLS = tuple(f"image_{part}" for part in IMAGE_PARTS)
FIELDS = (*LINES, *TIMES, *LISTS, "comment_count", *FLAGS, "image", *IMAGE_CELLS)
# An empty cell of these is a fault to tell; an empty one of the rest is nothing given.
REQUIRED = ("id", "url", "title", "published_at")
BODIES = ("text", "html")

_WHOLE = re.compile(r"\d{1,10}")
_YES = frozenset(("1", "true", "yes", "y"))
_NO = frozenset(("0", "false", "no", "n"))


@dataclass(frozen=True, slots=True)
class CellReading:
    """How cells are read: which column holds a field, what stands in for an empty one, and whose clock it is."""

    zone: tzinfo
    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    day_order: DayOrder = DayOrder.UNKNOWN

    def column(self, name: str) -> str:
        """Returns the column of a field: its own name where none is mapped."""
        return self.columns.get(name, name)


def article_values(cells: Mapping[str, Any], reading: CellReading) -> tuple[dict[str, Any], list[Fault]]:
    """Returns the fields by the contract's names, and a fault for each cell that cannot be read (and is left out)."""
    given = {name: _given(name, cells, reading) for name in FIELDS}
    if not _is_empty(given["html"]) and _is_empty(given["text"]):
        del given["text"]
    else:
        given["html"] = None
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, cell in given.items():
        if _is_empty(cell) and (cell is None or name not in (*REQUIRED, "text")):
            continue
        try:
            values[name] = _value(name, cell, reading)
        except ValueError as error:
            faults.append(Fault(name, str(error)))
    return _with_image(values), faults


def _given(name: str, cells: Mapping[str, Any], reading: CellReading) -> Any:
    cell = cells.get(reading.column(name))
    return reading.defaults.get(name, cell) if _is_empty(cell) else cell


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _value(name: str, cell: Any, reading: CellReading) -> Any:
    if name in TIMES:
        return _time(cell, reading)
    if name == "id" and isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if not isinstance(cell, str):
        return cell
    return _KINDS.get(name, str.strip)(cell)


def _time(cell: Any, reading: CellReading) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        raise ValueError("is no date")
    if _is_empty(cell):
        raise ValueError("is empty")
    return rfc3339(read_date(cell, reading.zone, reading.day_order))


def _whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell.strip()):
        raise ValueError(f"'{cell[:40]}' is no whole number of at least 0")
    return int(cell)


def _flag(cell: str) -> bool:
    word = cell.strip().lower()
    if word in _YES | _NO:
        return word in _YES
    raise ValueError(f"'{cell[:40]}' is neither yes nor no")


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


_KINDS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(LISTS, _list),
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(("comment_count", "image_width", "image_height"), _whole),
}


def _with_image(values: dict[str, Any]) -> dict[str, Any]:
    parts = {part: values.pop(f"image_{part}") for part in IMAGE_PARTS if f"image_{part}" in values}
    if parts and "image" not in values:
        values["image"] = parts
    return values
