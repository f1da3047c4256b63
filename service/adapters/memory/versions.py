"""Counts what has changed in every site, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Literal

from service.domain.ports import Versions

Kind = Literal["site", "articles", "inventory", "model", "rules"]


class MemoryVersionStore:
    """A VersionStore in memory; the stores beside it call `bump` as they change something."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._versions: dict[str, Versions] = {}

    def all(self) -> Mapping[str, Versions]:
        """Returns the versions of every site, by site id."""
        with self._lock:
            return dict(self._versions)

    def bump(self, site_id: str, kind: Kind) -> int:
        """Returns the site's counter of that kind after it grew by one."""
        with self._lock:
            versions = self._versions.get(site_id, Versions())
            count: int = getattr(versions, kind) + 1
            self._versions[site_id] = replace(versions, **{kind: count})
            return count
