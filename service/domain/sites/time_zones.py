"""Time zones by name, each looked up once."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Returns the IANA time zone of this name. Raises ZoneInfoNotFoundError."""
    return ZoneInfo(name)
