"""Watches the store from each process, and starts an embedded one again when it is gone."""

from __future__ import annotations

from collections.abc import Callable

import redis
import structlog

from service.adapters.redis.connection import translate
from service.domain.errors import StoreUnavailable
from service.usecases.rounds import Rounds

log = structlog.get_logger(__name__)

EVERY_S = 0.5


class StoreWatch(Rounds):
    """Pings the store every half second in a thread of its own; calls `revive` when it does not answer."""

    def __init__(self, client: redis.Redis, revive: Callable[[], None] | None = None) -> None:
        super().__init__("store-watch", EVERY_S)
        self._client = client
        self._revive = revive
        self._lack: str | None = None

    def ask(self) -> str | None:
        """Returns None when the store answers a ping now, else why it does not."""
        try:
            with translate():
                self._client.ping()
        except (StoreUnavailable, redis.RedisError) as error:  # whatever it is, the watch goes on
            return str(error)
        return None

    def is_away(self) -> bool:
        """Returns whether the store did not answer the last ping of the watch; asks nothing."""
        return self._lack is not None

    def lack(self) -> str | None:
        """Returns None when the store answers a ping now, else words without its address, for anyone to read."""
        return "does not answer" if self.ask() else None

    def turn(self) -> float:
        """Looks; returns seconds until the next look."""
        self.look()
        return EVERY_S

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
