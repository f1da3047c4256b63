"""Tells a process that it was asked to stop, by a signal, and waits for that."""

from __future__ import annotations

import signal
from queue import Empty, SimpleQueue

ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopSignals:
    """SIGTERM, Ctrl-C and a closed terminal, taken from the moment this is made; only the main thread may make it.

    A signal may come while the one before is being taken, as when Ctrl-C reaches a whole group and its leader then
    sends SIGTERM. A threading.Event set by both would wait for a lock that its own thread holds, for ever; a
    SimpleQueue is made for being written to in the middle of itself.
    """

    def __init__(self) -> None:
        self._came: SimpleQueue[int] = SimpleQueue()
        self._told = False
        for number in ASKING:
            signal.signal(number, lambda number, _: self._came.put(number))

    def wait(self, timeout_s: float | None = None) -> bool:
        """Returns True as soon as one has come, also earlier; False when none did within `timeout_s` seconds."""
        try:
            self._told = self._told or bool(self._came.get(timeout=timeout_s))
        except Empty:
            return False
        return self._told
