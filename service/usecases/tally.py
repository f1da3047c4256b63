"""What one process counts beside its page calls until it is written down in the store."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from service.domain.errors import StoreUnavailable

Key = TypeVar("Key")
Part = TypeVar("Part")


class Tally(ABC, Generic[Key, Part]):
    """Counts in parts, one a site or a site's hour; whoever counts holds the lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: dict[Key, Part] = {}

    @abstractmethod
    def _begin(self) -> Part:
        """Returns a part in which nothing is counted."""

    @abstractmethod
    def _join(self, part: Part, earlier: Part) -> None:
        """Adds to a part what was counted before it."""

    def _part(self, key: Key) -> Part:
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = self._begin()
        return part

    def _write(self, put: Callable[[Key, Part], None]) -> None:
        """Gives each part to `put`; on StoreUnavailable the rest is counted on, to be tried again, and it is raised."""
        with self._lock:
            parts, self._parts = self._parts, {}
        while parts:
            key, part = parts.popitem()
            try:
                put(key, part)
            except StoreUnavailable:
                with self._lock:
                    for each, earlier in {key: part, **parts}.items():
                        self._join(self._part(each), earlier)
                raise
