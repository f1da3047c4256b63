"""Adds up events in a thread of the worker, until it is told to stop."""

from __future__ import annotations

import time

import structlog

from service.domain.errors import StoreUnavailable
from service.usecases.events.roll_up_events import RollUpEvents
from service.usecases.rounds import Rounds

log = structlog.get_logger(__name__)

EVERY_S = 0.2
DEAD_EVERY_S = 5.0


class EventRounds(Rounds):
    """Goes round the sites' streams again and again."""

    def __init__(self, events: RollUpEvents) -> None:
        super().__init__("events", EVERY_S)
        self._events = events
        self._looked_for_dead_at = -DEAD_EVERY_S

    def turn(self) -> float:
        """Adds up what waits, now and then what a dead worker left; returns seconds until the next turn."""
        try:
            self._events.work_off(self.may_go_on)
            if time.monotonic() - self._looked_for_dead_at >= DEAD_EVERY_S:
                self._looked_for_dead_at = time.monotonic()
                self._events.work_off_dead(self.may_go_on)
        except StoreUnavailable as error:
            log.debug("events wait for the store", reason=str(error))
        except Exception:
            log.exception("events failed")
        return EVERY_S
