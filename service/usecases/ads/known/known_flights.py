"""What this process knows of a site's flights that it looks at: a row of numbers for each, some 100 bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from service.domain.ads.plan.asking_order import UNKNOWN_ECPM, Demand
from service.domain.ads.response.place_effects import NO_EFFECTS, PlaceEffects

Numbers = npt.NDArray[np.int64]

# What it may have booked and held, and since when; its valid events; the pages in whose hours it ran, those that suited
# it, and both as they stood when it was looked at last; what it wants. What is unknown is as in _NOTHING.
_ROW = np.dtype([
    ("allowed", "f8"), ("allowed_at", "f8"), ("held_back", "?"),
    ("impressions", "i8"), ("views", "i8"), ("clicks", "i8"),
    ("pages", "f8"), ("suited", "f8"), ("pages_seen", "i8"), ("suited_seen", "f8"),
    ("urgency", "f8"), ("ecpm_micros", "i8"), ("is_by_click", "?"),
])  # fmt: skip
_NOTHING = np.array((0, np.nan, False, 0, 0, 0, 0, 0, -1, 0, np.nan, UNKNOWN_ECPM, False), _ROW)


class KnownFlights:
    """The rows, by the flights' numbers."""

    def __init__(self) -> None:
        self.numbers: Numbers = np.empty(0, np.int64)
        self.rows: npt.NDArray[Any] = np.full(0, _NOTHING, _ROW)

    def keep(self, numbers: Numbers) -> None:
        """Forgets all flights but these, rising, and begins a row for each that is new."""
        rows = np.full(numbers.size, _NOTHING, _ROW)
        _, old, new = np.intersect1d(self.numbers, numbers, assume_unique=True, return_indices=True)
        rows[new] = self.rows[old]
        self.numbers, self.rows = numbers, rows

    def place(self, number: int) -> int | None:
        """Returns the place of a flight's row; None for one that is not looked at."""
        place = int(self.numbers.searchsorted(np.int64(number)))
        return place if place < self.numbers.size and self.numbers[place] == number else None

    def places(self, numbers: Iterable[int]) -> Numbers:
        """Returns the places of the rows of flights that are looked at."""
        return self.numbers.searchsorted(np.fromiter(numbers, np.int64)).astype(np.int64)

    def holds_back(self, number: int) -> bool:
        """Returns whether a flight was found to get nothing for now."""
        place = self.place(number)
        return place is not None and bool(self.rows["held_back"][place])

    def demand(self, effects: PlaceEffects = NO_EFFECTS) -> Demand:
        """Returns what slots ask by until the next look."""
        urgency, ecpm_micros, held_back, is_by_click = (
            self.rows[name].copy() for name in ("urgency", "ecpm_micros", "held_back", "is_by_click")
        )
        return Demand(self.numbers, urgency, ecpm_micros, held_back, is_by_click, effects)
