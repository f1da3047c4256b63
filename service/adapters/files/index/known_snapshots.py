"""What each site's pages were last filled from: rules, the model, and an index of a generation and arrivals."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

from service.adapters.files.arrays.array_file import map_arrays, write_arrays
from service.adapters.files.index.base_searches import BaseSearches
from service.adapters.files.index.generations.generations import FORMAT
from service.adapters.files.index.generations.segment_building import build_segment, open_segment
from service.adapters.files.index.segment.segment import Segment, arrays_of, segment_of
from service.adapters.files.index.snapshot import IndexSnapshot
from service.adapters.files.last_known.whole_file import replace_file
from service.adapters.files.model_shelf import ModelShelf
from service.adapters.files.site_folders import sites_in
from service.domain.editorial.in_force import EditorialRules
from service.domain.editorial.rule_record import rule_from_values, rule_values
from service.domain.errors import ModelUnusable
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.ports import ModelPointer, Versions

log = structlog.get_logger(__name__)

TOLD = "snapshot.json"
SPARED_S = 10
"""Seconds that arrays stay after others took their place."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a site's snapshot stands on: versions of what it was made of, its generation's name, and its model."""

    versions: Versions
    generation: str
    model: ModelPointer | None


class KnownSnapshots:
    """A folder a site; what one process of the host has written down no other writes again."""

    def __init__(self, folder: Path, index_folder: Path, shelf: ModelShelf) -> None:
        """`index_folder` holds the generations, a folder a site."""
        self._folder = folder
        self._index_folder = index_folder
        self._shelf = shelf

    def write(self, site_id: str, standing: Standing, rules: EditorialRules, index: IndexSnapshot) -> None:
        """Writes the site's snapshot down unless the one that is there stands on the same. Raises OSError."""
        home, stands_on = self._folder / site_id, {"form": FORMAT, **asdict(standing), "version": index.version}
        if _told(home).get("stands_on") == stands_on:
            return
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        arrays = home / f"{time.time_ns()}.{os.getpid()}.bin"
        described = write_arrays(arrays, {**arrays_of(index.delta), "superseded": index.superseded})
        kept = [rule_values(rule) for rule in rules.rules]
        told = {"stands_on": stands_on, "rules": kept, "file": arrays.name, "arrays": described}
        replace_file(home / TOLD, orjson.dumps(told))
        _remove_old(home, arrays)

    def read(self, site_id: str, now: float) -> SiteSnapshot | None:
        """Returns the site's snapshot as it was last written down; None where there is none that can be read."""
        home = self._folder / site_id
        told = _told(home)
        try:
            stands_on = told["stands_on"]
            if stands_on["form"] != FORMAT:
                return None
            arrays = map_arrays(home / told["file"], told["arrays"])
            pointer = stands_on["model"] and ModelPointer(**stands_on["model"])
            model, base = self._shelf.open(site_id, pointer), self._base(site_id, stands_on["generation"])
            index = IndexSnapshot(
                model, BaseSearches(base), segment_of(arrays), arrays["superseded"], stands_on["version"]
            )
            rules = EditorialRules(tuple(map(rule_from_values, told["rules"])))
        except (OSError, ValueError, KeyError, ModelUnusable) as error:
            if told:
                log.warning("what was last known of a site cannot be read", site=site_id, reason=str(error))
            return None
        rules.at(int(now))  # made ready here, so that no page call waits for it
        return SiteSnapshot(index, {}, rules=rules)

    def sites(self) -> set[str]:
        """Returns the sites of which something is known."""
        return sites_in(self._folder)

    def forget(self, site_id: str) -> None:
        """Removes what is known of a site that was erased."""
        shutil.rmtree(self._folder / site_id, ignore_errors=True)

    def _base(self, site_id: str, generation: str) -> Segment:
        return open_segment(self._index_folder / site_id / generation) if generation else build_segment([])


def _told(home: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = orjson.loads((home / TOLD).read_bytes())
    except (OSError, ValueError):
        return {}
    return told


def _remove_old(home: Path, newest: Path) -> None:
    # One that another process of the host wrote at the same time may be the one that is told of.
    written_at = newest.stat().st_mtime
    for path in home.glob("*.bin"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < written_at - SPARED_S:
                path.unlink()
