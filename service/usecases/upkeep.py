"""Keeps a process up to date beside its requests: takes up what has changed, and writes tallies down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from service.domain.errors import StandfirstError, StoreUnavailable
from service.domain.ports import Clock
from service.usecases.rounds import Rounds, about

log = structlog.get_logger(__name__)

WRITTEN_EVERY_S = 5.0


class Upkeep(Rounds):
    """Looks around again and again in a thread of its own; a page call never waits for it."""

    def __init__(
        self,
        look_around: Callable[[], None],
        write_down: Sequence[Callable[[float], None]],
        interval_s: float,
        clock: Clock,
    ) -> None:
        """`look_around` takes up all that has changed; each of `write_down` puts a tally into the store, at a time."""
        super().__init__("upkeep", about(interval_s))
        self._look_around = look_around
        self._tallies = write_down
        self._interval_s = interval_s
        self._clock = clock
        self._written_at = clock()
        self._looked_at: float | None = None

    def start(self) -> None:
        """Looks around once, so that the first page finds its articles, then goes on in a thread."""
        self.look()
        super().start()

    def stop(self) -> None:
        """Ends the thread after its present look and writes the last tallies down."""
        began = self._thread is not None
        super().stop()
        if began:
            self.write_down()

    def turn(self) -> float:
        """Looks; returns seconds until the next look."""
        self.look()
        return about(self._interval_s)

    def look(self) -> None:
        """Takes up what has changed and, every five seconds, writes tallies down; a fault is logged and outlived."""
        self._guarded(self._look_around_whole)
        now = self._clock()
        if not 0 <= now - self._written_at < WRITTEN_EVERY_S:  # below 0: the clock was set back
            self._written_at = now
            self.write_down()

    def age_s(self) -> float | None:
        """Returns how long ago all that had changed was last taken up, in seconds; None before the first time."""
        return None if self._looked_at is None else self._clock() - self._looked_at

    def write_down(self) -> None:
        """Writes the tallies down now; what cannot be written is kept for the next time."""
        for write_down in self._tallies:
            self._guarded(partial(write_down, self._clock()))

    def _look_around_whole(self) -> None:
        self._look_around()
        self._looked_at = self._clock()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StoreUnavailable as error:
            log.debug("upkeep waits for the store", reason=str(error))
        except StandfirstError as error:
            log.error("upkeep failed", reason=str(error))
        except Exception:
            log.exception("upkeep failed")
