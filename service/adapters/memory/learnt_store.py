"""Keeps what was learnt of each site in this process: the twin of the Redis store."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class MemoryLearntStore(Generic[T]):
    """A LearntStore in memory."""

    def __init__(self, nothing: T) -> None:
        self._nothing = nothing
        self._sites: dict[str, T] = {}

    def read(self, site_id: str) -> T:
        """Returns what was learnt last; `nothing` before."""
        return self._sites.get(site_id, self._nothing)

    def keep(self, site_id: str, learnt: T) -> None:
        """Keeps what was learnt in place of what was before."""
        self._sites[site_id] = learnt
