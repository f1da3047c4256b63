"""Many arrays in one mapped file: nothing of them is read until it is used, and processes share their pages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_ALIGNED = 64

Described = dict[str, tuple[str, list[int], int]]
"""By an array's name its type, its shape, and where in the file it begins."""


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> Described:
    """Writes the arrays, and returns what `map_arrays` needs to find them again."""
    described: Described = {}
    with path.open("wb") as file:
        for name, array in arrays.items():
            file.write(b"\0" * (-file.tell() % _ALIGNED))
            described[name] = (array.dtype.str, list(array.shape), file.tell())
            file.write(np.ascontiguousarray(array).data)
        file.flush()
        os.fsync(file.fileno())  # what is renamed into its place must be whole, also after a power cut
    return described


def map_arrays(path: Path, described: Mapping[str, Any]) -> dict[str, Array]:
    """Returns the arrays, read-only. Raises OSError or ValueError where the file is missing or cut."""
    if not path.stat().st_size:
        raise ValueError(f"{path} is empty.")
    with path.open("rb", buffering=0) as file:
        mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
    found: dict[str, Array] = {}
    for name, (kind, shape, begins_at) in described.items():
        count = prod(shape)
        array: Array = np.frombuffer(mapped, kind, count, begins_at) if count else np.empty(0, kind)
        found[name] = array.reshape(shape)
    return found
