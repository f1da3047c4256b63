"""A real store with an append-only file, which a test kills and starts again."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis as redis_client

from service.adapters.redis.connection import close, connect

PATIENCE_S = 60
"""How long a store may take to start, to answer or to sync: on a busy disk many seconds."""


@contextmanager
def stalled(client: redis_client.Redis) -> Iterator[None]:
    """A store that answers no write meanwhile; whatever else it is asked it answers, so that this can be ended."""
    client.client_pause(1_000 * PATIENCE_S, all=False)
    try:
        yield
    finally:
        client.client_unpause()


class Store:
    """The store of a folder, reached by a socket in it."""

    def __init__(self, server: Path, folder: Path, appendfsync: str) -> None:
        self.words = [
            str(server), "--port", "0", "--unixsocket", str(folder / "s"), "--save", "", "--dir", str(folder),
            "--appendonly", "yes", "--appendfsync", appendfsync, "--auto-aof-rewrite-percentage", "0",
        ]  # fmt: skip
        self.folder = folder
        self.url = f"unix://{folder / 's'}?db=0"
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with (self.folder / "log").open("ab") as log:
            # Signals that Python ignores stay ignored: a write beyond the size that a file may have is then an error.
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log, restore_signals=False)
        self.client = connect(self.url, PATIENCE_S * 1_000)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.client.ping()
                return
            except (redis_client.ConnectionError, redis_client.BusyLoadingError):
                if time.monotonic() > deadline:
                    raise
                threading.Event().wait(0.02)

    @property
    def is_up(self) -> bool:
        """Whether its process runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """Ends it as `kill -9` does."""
        self.process.kill()
        self.process.wait()
        close(self.client)

    @property
    def log_file(self) -> Path:
        """The part of the append-only file that is written now."""
        return max((self.folder / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime)

    def fill_disk(self) -> None:
        """Lets its files grow no more, as on a full disk, and waits until it takes nothing for that."""
        self._limit_files(self.log_file.stat().st_size)
        deadline = time.monotonic() + PATIENCE_S
        with suppress(redis_client.ResponseError):
            while time.monotonic() < deadline:
                self.client.set("more", "than there is room for")

    def free_disk(self) -> None:
        """Lets its files grow again, and waits until it has found out, for which it tries each second."""
        self._limit_files(resource.RLIM_INFINITY)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.client.ping()
                return
            except redis_client.ResponseError:
                if time.monotonic() > deadline:
                    raise
                threading.Event().wait(0.05)

    def _limit_files(self, size: int) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def synced_bytes(self) -> int:
        """Asks the server to sync its file, and returns how much of it a power cut now leaves for certain."""
        assert self.client.execute_command("WAITAOF", 1, 0, PATIENCE_S * 900)[0] == 1
        return self.log_file.stat().st_size

    def cut_power(self, left_bytes: int) -> None:
        """Kills it and takes away what was not yet synced, then starts it again."""
        self.kill()
        os.truncate(self.log_file, left_bytes)
        self.start()
