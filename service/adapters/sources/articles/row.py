"""One row of a file that somebody sent: where it stands, and its cells or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the line it begins on; `fault` says why it has no cells."""

    line: int
    cells: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None
