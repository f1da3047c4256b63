"""Watches the store from each process, and starts an embedded one again when it is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import redis
import structlog

from service.adapters.redis.connection import translate
from service.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)


class StoreWatch:
    """Pings the store every `interval_s` in a thread of its own; calls `revive` when it does not answer."""

    def __init__(
        self, client: redis.Redis, revive: Callable[[], None] | None = None, *, interval_s: float = 0.5
    ) -> None:
        self._client = client
        self._revive = revive
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lack: str | None = None

    def ask(self) -> str | None:
        """Returns None when the store answers a ping now, else why it does not."""
        try:
            with translate():
                self._client.ping()
        except StoreUnavailable as error:
            return str(error)
        return None

    def is_away(self) -> bool:
        """Returns whether the store did not answer the last ping of the watch; asks nothing."""
        return self._lack is not None

    def lack(self) -> str | None:
        """Returns None when the store answers a ping now, else words without its address, for anyone to read."""
        return "does not answer" if self.ask() else None

    def start(self) -> None:
        """Begins to watch."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._watch, name="store-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends watching, within one interval and one revival."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def look(self) -> None:
        """Pings once, tells the log of a change, and revives a store that is gone."""
        before, self._lack = self._lack, self.ask()
        if self._lack and not before:
            log.warning("store away", reason=self._lack)
        if before and not self._lack:
            log.info("store answers")
        if self._lack and self._revive is not None:
            try:
                self._revive()
            except RuntimeError as error:
                log.warning("store not started again", reason=str(error))

    def _watch(self) -> None:
        while not self._stopping.wait(self._interval_s):
            self.look()
