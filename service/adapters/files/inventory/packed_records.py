"""Stored records as arrays: each is made an object when it is asked for, by its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.redis.ads.inventory.records import StoredKind

# Flights, and creatives, that are held as objects: a page asks for some hundred of them.
MOST_HELD = 4_096
_MOST_NUMBER = 2**32 - 1

T = TypeVar("T")


class Packed(Mapping[int, T], Generic[T]):
    """Records by number, each made an object when it is asked for; those that were asked for last are held."""

    def __init__(self, numbers: Array, make: Callable[[int, int], T]) -> None:
        """`make` makes an object of its row and its number; rows are in the order of numbers."""
        self._numbers = numbers
        self._make = make
        self._held: dict[int, T] = {}

    def __getitem__(self, number: int) -> T:
        found = self._held.get(number)
        if found is None:
            found = self._make(self._row(number), number)
            if len(self._held) >= MOST_HELD:
                self._held.clear()
            self._held[number] = found
        return found

    def _row(self, number: int) -> int:
        if not 0 <= number <= _MOST_NUMBER:
            raise KeyError(number)
        row = int(self._numbers.searchsorted(np.uint32(number)))  # of the array's own type, else it is copied
        if row == len(self._numbers) or self._numbers[row] != number:
            raise KeyError(number)
        return row

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers.tolist())

    def __len__(self) -> int:
        return len(self._numbers)


def record_arrays(stored: StoredKind) -> dict[str, Array]:
    """Returns what `Packed` reads the records of a kind from."""
    return {
        f"{stored.kind}.numbers": stored.numbers,
        f"{stored.kind}.starts": np.cumsum([0, *map(len, stored.records)]),
        f"{stored.kind}.records": np.frombuffer(b"".join(stored.records), np.uint8),
    }
