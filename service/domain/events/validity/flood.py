"""Bounds how much one sender causes in a window of time, in memory that does not grow with the number of senders."""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from dataclasses import dataclass

CELLS = 65_536
"""Counters of a row: with the two rows of ROWS, 512 KiB for each window's length."""

ROWS = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in a window of so many seconds, of one sender."""

    name: str
    most: int
    window_s: int


class FloodGuard:
    """Counts senders in windows of one length, in a count-min sketch: it never counts too few, rarely too many.

    A sender is refused only where every one of its cells is full: with n senders in a window each row confuses it with
    n / CELLS others on average. (G. Cormode, S. Muthukrishnan: An Improved Data Stream Summary, J. Algorithms 55,
    2005.) Windows begin anew all at once, so that a burst across their border may be twice the limit. Threads may lose
    a count in a race: a limit is no ledger.
    """

    def __init__(self, window_s: int) -> None:
        self.window_s = window_s
        self._rows = [array("I", bytes(4 * CELLS)) for _ in range(ROWS)]
        self._window = 0

    def admits(self, limit: Limit, sender: Hashable, now: float, count: int = 1) -> bool:
        """Counts `count` of a sender at `now` (seconds since 1970); False if that is more than the limit."""
        self._turn(int(now // self.window_s))
        hashed = hash((limit.name, sender))
        one, other = self._rows
        in_one, in_other = hashed % CELLS, hashed // CELLS % CELLS
        least = min(one[in_one], other[in_other]) + count
        if least > limit.most:
            return False
        one[in_one] = max(one[in_one], least)
        other[in_other] = max(other[in_other], least)
        return True

    def _turn(self, window: int) -> None:
        if window > self._window:
            self._rows = [array("I", bytes(4 * CELLS)) for _ in range(ROWS)]
            self._window = window
