"""Tells a process that it was asked to stop, by a signal, and waits for that."""

from __future__ import annotations

import os
import select
import signal

ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopSignals:
    """SIGTERM, Ctrl-C and a closed terminal, taken from the moment this is made; only the main thread may make it.

    Signals come in twos, as when Ctrl-C reaches a whole group and its leader then sends SIGTERM: a lock that a handler
    takes may then be held by its own thread, for ever (threading.Event and queue.SimpleQueue both were seen to hang).
    So the handlers do nothing. The interpreter itself writes each signal's number to a pipe, which nobody empties.
    """

    def __init__(self) -> None:
        self._came, told = os.pipe()
        os.set_blocking(told, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        for number in ASKING:
            signal.signal(number, lambda *_: None)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Returns True as soon as one has come, also earlier; False when none did within `timeout_s` seconds."""
        return bool(select.select([self._came], [], [], timeout_s)[0])
