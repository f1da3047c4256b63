"""A host on a real store, with a clock that a test sets: a server and two workers, each of which it kills."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

from service.adapters.redis import redis_keys as keys
from tests.e2e.conftest import COMMAND
from tests.faults.killed_store import Store

KEY = "a key that every process of this test shares"


class VirtualClock:
    """The wall clock of a site's ledger and of every process that has `settings` in its environment."""

    def __init__(self, store: Store, site_id: str, path: Path, ahead_s: float) -> None:
        self._store, self._site_id, self._path = store, site_id, path
        self._path.write_bytes(bytes(8))
        self.settings = {"PYTHONPATH": str(Path(__file__).with_name("virtual_clock")), "TEST_CLOCK": str(path)}
        self.ahead_s = ahead_s
        self.set_store()
        self._set_processes()

    def now(self) -> float:
        """Seconds since 1970 by this clock."""
        return time.time() + self.ahead_s

    def pass_time(self, seconds: float) -> None:
        """Sets all processes ahead; of a store that is away `set_store` makes it good."""
        self.ahead_s += seconds
        self._set_processes()

    def set_store(self) -> None:
        """Sets the ledger's clock to that of the processes."""
        self._store.client.hset(keys.LEDGER.name(site=self._site_id), "test_offset_s", str(int(self.ahead_s)))

    def _set_processes(self) -> None:
        with self._path.open("r+b") as file:
            file.write(struct.pack("<d", self.ahead_s))


class Host:
    """A server and two workers on one data folder; a test kills them and starts them again."""

    def __init__(self, folder: Path, serve: Any, environment: dict[str, str], settings: dict[str, str]) -> None:
        self.folder, self._serve, self._environment, self._settings = folder, serve, environment, settings
        self.folder.mkdir()
        self.served = self._started()
        self.workers = [self._started_worker() for _ in range(2)]

    @property
    def journal_waits(self) -> bool:
        """Whether events wait on this host's disk for the store."""
        journal = self.folder / "var" / "journal"
        return any([*journal.glob("*.open"), *journal.glob("*.log")])

    def kill_server(self) -> None:
        """Ends the server with all its processes as `kill -9` does, and starts another."""
        os.killpg(self.served.process.pid, signal.SIGKILL)
        self.served.process.wait()
        self.served = self._started()

    def kill_worker(self) -> None:
        """Ends a worker wherever it is, and starts another."""
        dead = self.workers.pop(0)
        dead.kill()
        dead.wait()
        self.workers.append(self._started_worker())

    def stop_workers(self) -> None:
        """Ends the workers."""
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def _started(self) -> Any:
        return self._serve(folder=self.folder, **self._settings)

    def _started_worker(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [COMMAND, "worker"], cwd=self.folder, env={**self._environment, **self._settings},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
