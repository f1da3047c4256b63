"""Adds up events in a thread of the worker, until it is told to stop."""

from __future__ import annotations

import threading
import time

import structlog

from service.domain.errors import StoreUnavailable
from service.usecases.events.roll_up_events import RollUpEvents

log = structlog.get_logger(__name__)

EVERY_S = 0.2
DEAD_EVERY_S = 5.0


class EventRounds:
    """Goes round the sites' streams again and again."""

    def __init__(self, events: RollUpEvents, every_s: float = EVERY_S, dead_every_s: float = DEAD_EVERY_S) -> None:
        self._events = events
        self._every_s = every_s
        self._dead_every_s = dead_every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Begins the rounds; called once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the rounds after the batch in progress."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        looked_for_dead_at = -self._dead_every_s
        while not self._stopping.wait(self._every_s):
            try:
                self._events.work_off(self._may_go_on)
                if time.monotonic() - looked_for_dead_at >= self._dead_every_s:
                    looked_for_dead_at = time.monotonic()
                    self._events.work_off_dead(self._may_go_on)
            except StoreUnavailable as error:
                log.debug("events wait for the store", reason=str(error))
            except Exception:
                log.exception("events failed")

    def _may_go_on(self) -> bool:
        return not self._stopping.is_set()
