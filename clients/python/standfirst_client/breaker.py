"""A circuit breaker: a service that keeps failing is left alone for a while, so that it costs no page its timeout."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class CircuitBreaker:
    """Opens after `failure_limit` failures in a row; then one trial call passes every `pause_s` seconds."""

    def __init__(
        self,
        *,
        failure_limit: int = 5,
        pause_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failure_limit = failure_limit
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failure_count = 0
        self._next_trial_at = 0.0

    def allows(self) -> bool:
        """Returns whether a call may be made now; in an open breaker, a yes is given to one caller per pause."""
        with self._lock:
            if self._failure_count < self._failure_limit:
                return True
            now = self._clock()
            if now < self._next_trial_at:
                return False
            self._next_trial_at = now + self._pause_s
            return True

    def record_success(self) -> None:
        """Closes the breaker: the service is alive."""
        with self._lock:
            was_open = self._failure_count >= self._failure_limit
            self._failure_count = 0
        if was_open:
            log.info("standfirst answers again")

    def record_failure(self) -> None:
        """Counts a failure; the last one allowed opens the breaker, a failed trial keeps it open for another pause."""
        with self._lock:
            self._failure_count += 1
            self._next_trial_at = self._clock() + self._pause_s
            opened = self._failure_count == self._failure_limit
        if opened:
            log.error(
                "standfirst failed %d times in a row: pages go without it for %.1f s",
                self._failure_limit,
                self._pause_s,
            )
