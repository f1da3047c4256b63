"""Inventory snapshots in files of the data folder: one process of a host builds each, all its workers map it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import orjson
import structlog

from models.text import VERSION
from service.adapters.files.arrays.array_file import map_arrays, write_arrays
from service.adapters.files.inventory.packed_inventory import FORM, pack, unpack
from service.adapters.redis.ads.inventory.records import StoredInventory
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ports import Analyzer
from service.domain.sites.language import languages_of
from service.domain.sites.site import Site

log = structlog.get_logger(__name__)

ARRAYS, PLAIN = "arrays.bin", "snapshot.json"
KEPT = 2
TIMEOUT_S = 120


class InventoryFiles:
    """The snapshots of every site, a folder each, by what they were built from.

    That is the mark of its inventory, its languages, its rates, and the analyzer that keywords were read by.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        stored_of: Callable[[str], StoredInventory],
        site_of: Callable[[str], Site],
        analyzer_of: Callable[[str], Analyzer],
    ) -> None:
        """`environment` is that of the building process; `stored_of` reads a site's inventory from the store.

        `site_of` reads the site, and `analyzer_of` tells how keywords are read in one of its languages.
        """
        self._folder = folder
        self._environment = environment
        self._stored_of = stored_of
        self._site_of = site_of
        self._analyzer_of = analyzer_of

    def bring(self, site_id: str, mark: str) -> InventorySnapshot | None:
        """Returns the snapshot, built by a process of its own if no other has; None where there is no way to it."""
        try:
            found = self._open(site_id, mark)
            if found is not None:
                return found
            with self._one_builder(site_id):
                found = self._open(site_id, mark)
                if found is None:
                    self._run_builder(site_id)
                    found = self._open(site_id, mark)
                return found
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("the inventory snapshot is built in memory", site=site_id, reason=str(error))
            return None

    def build(self, site_id: str) -> None:
        """Writes the snapshot of the inventory as it is now beside the others, of which the one before stays.

        Whoever calls it holds the right to build. Raises StoreUnavailable, and OSError.
        """
        site, stored = self._site_of(site_id), self._stored_of(site_id)
        home = self._home(site, stored.mark)
        building = home.with_name(f".{home.name}.{os.getpid()}")
        for left in home.parent.glob(".*"):  # by a build that was killed
            shutil.rmtree(left, ignore_errors=True)
        building.mkdir(parents=True)
        arrays, plain = pack(stored, *self._analyzers(site), exchange=site.exchange)
        described = write_arrays(building / ARRAYS, arrays)
        with (building / PLAIN).open("wb") as file:
            file.write(orjson.dumps({"arrays": described, "plain": plain}))
            file.flush()
            os.fsync(file.fileno())
        shutil.rmtree(home, ignore_errors=True)  # one that was cut
        building.rename(home)
        self._remove_old(home)

    def _open(self, site_id: str, mark: str) -> InventorySnapshot | None:
        site = self._site_of(site_id)
        home = self._home(site, mark)
        try:
            told = orjson.loads((home / PLAIN).read_bytes())
            arrays = map_arrays(home / ARRAYS, told["arrays"])
            return unpack(arrays, told["plain"], *self._analyzers(site), exchange=site.exchange)
        except (FileNotFoundError, ValueError, KeyError):  # not there, or cut: it is built anew
            return None

    def _analyzers(self, site: Site) -> list[Analyzer]:
        return [self._analyzer_of(language) for language in languages_of(site)]

    def _home(self, site: Site, mark: str) -> Path:
        exchange = site.exchange
        rates = crc32(" ".join(f"{name} {rate}" for name, rate in sorted(exchange.rates.items())).encode())
        built_from = (FORM, mark, *languages_of(site), exchange.currency, rates, VERSION)
        return self._folder / site.id / "-".join(map(str, built_from))

    def _run_builder(self, site_id: str) -> None:
        words = [sys.executable, "-P", "-m", "service.worker.build_inventory", "--site", site_id]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        subprocess.run(words, env=dict(self._environment), timeout=TIMEOUT_S, check=True, **quiet)  # type: ignore[call-overload]

    @contextmanager
    def _one_builder(self, site_id: str) -> Iterator[None]:
        folder = self._folder / site_id
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "build.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _remove_old(self, newest: Path) -> None:
        # Whoever still maps a removed file keeps its pages until it lets go.
        others = [path for path in newest.parent.iterdir() if path.is_dir() and path != newest]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)
