"""Spans of time in seconds, and as people write them in settings: `90m`, `6h`, `30d`."""

from __future__ import annotations

import re

HOUR_S = 3_600
DAY_S = 24 * HOUR_S

_UNITS = {"d": DAY_S, "h": HOUR_S, "m": 60}
_WRITTEN = re.compile(r"([0-9]{1,6})([dhm])", re.ASCII)


def seconds_of(text: object) -> int:
    """Returns the seconds of a span such as `6h`. Raises ValueError with the remedy."""
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if found is None or int(found[1]) == 0:
        raise ValueError("give a number above 0 with its unit: 90m for minutes, 6h for hours, 30d for days")
    return int(found[1]) * _UNITS[found[2]]


def span_text(seconds: int) -> str:
    """Returns the span in the largest unit that holds it exactly; `seconds` are whole minutes."""
    unit = next(unit for unit, length in _UNITS.items() if seconds % length == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
