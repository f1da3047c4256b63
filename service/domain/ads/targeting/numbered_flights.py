"""The flights of a placement by their places, found by their numbers only when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from service.domain.ads.targeting.checklist import TargetedFlight


class NumberedFlights(Sequence[TargetedFlight]):
    """Flights of these numbers, in this order."""

    def __init__(self, flights: Mapping[int, TargetedFlight], numbers: npt.NDArray[np.uint32]) -> None:
        self._flights = flights
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> TargetedFlight: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[TargetedFlight]: ...

    def __getitem__(self, at: int | slice) -> TargetedFlight | Sequence[TargetedFlight]:
        if isinstance(at, slice):
            return NumberedFlights(self._flights, self._numbers[at])
        return self._flights[int(self._numbers[at])]
