"""Work that a thread does beside the requests, turn by turn, until it is told to stop."""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod


def about(interval_s: float) -> float:
    """Returns the interval give or take a fifth: an idle fleet must not look all at the same moment."""
    return interval_s * random.uniform(0.8, 1.2)  # noqa: S311


class Rounds(ABC):
    """Takes one turn after the other; what a turn is, and how long to wait after it, its kind says."""

    def __init__(self, name: str, first_after_s: float) -> None:
        self._name = name
        self._first_after_s = first_after_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins the turns."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the work after what is in progress; does nothing where it never began."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def may_go_on(self) -> bool:
        """Whether nobody told it to stop."""
        return not self._stopping.is_set()

    @abstractmethod
    def turn(self) -> float:
        """Does what is due, outliving every fault; returns seconds until the next turn."""

    def _run(self) -> None:
        pause_s = self._first_after_s
        while not self._stopping.wait(pause_s):
            pause_s = self.turn()
