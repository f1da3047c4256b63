"""Lists a part at a time: the query that names it, and the opaque cursor by which the next part is asked for."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import Field

from service.domain.errors import InvalidInput
from service.web.endpoints.json_wire import WireModel

T = TypeVar("T")
MOST = 1_000
_FORM = "v1."


class ListQuery(WireModel):
    """Which part of a list to answer."""

    cursor: str | None = Field(None, max_length=300, description="The last answer's `cursor`; none is the start.")
    limit: int = Field(100, ge=1, le=MOST, description="Most entries in the answer.")


def part_of(items: Sequence[T], place_of: Callable[[T], str], query: ListQuery) -> tuple[Sequence[T], str | None]:
    """Returns the part of a list that is asked for, and the cursor of the next; None at the end.

    `items` are ordered by `place_of`, of which no two have the same. What is added or removed meanwhile neither
    repeats another entry nor hides one. Raises InvalidInput for a cursor that is none.
    """
    after = place_at(query.cursor)
    rest = items if after is None else [item for item in items if place_of(item) > after]
    part = rest[: query.limit]
    return part, cursor_at(place_of(part[-1])) if len(rest) > len(part) else None


def cursor_at(place: str) -> str:
    """Returns the cursor of what comes after a place of a list."""
    return base64.urlsafe_b64encode(f"{_FORM}{place}".encode()).decode().rstrip("=")


def place_at(cursor: str | None) -> str | None:
    """Returns the place that a cursor stands for; None without one. Raises InvalidInput for what is no cursor."""
    if cursor is None:
        return None
    try:
        told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error):
        told = ""
    place = told.removeprefix(_FORM)
    if place in ("", told):
        raise InvalidInput.one("?cursor", "is no cursor of an answer of this list")
    return place
