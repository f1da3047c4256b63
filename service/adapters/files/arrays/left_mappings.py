"""Unmaps the arrays of files in the background, once nobody reads them any more.

The system takes 17 ms for each gigabyte that was read. Whoever lets go of an array last would wait for it: of an index
that was replaced, a request amid its work, or one that puts something else in place of a page remembered from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from mmap import mmap

import numpy as np

from service.adapters.files.arrays.array_file import Array


class LeftMappings:
    """Mappings that are to go. Not for several threads at once."""

    def __init__(self) -> None:
        self._left: list[mmap] = []

    def leave(self, arrays: Iterable[Array]) -> None:
        """Takes note of the files that these arrays map; those in memory have none."""
        found = {id(mapped): mapped for array in arrays if (mapped := _mapping_of(array)) is not None}
        self._left.extend(found.values())

    def unmap_unused(self) -> int:
        """Unmaps what no array reads any more; returns how many mappings are left."""
        self._left = [mapped for mapped in self._left if not _closed(mapped)]
        return len(self._left)


def _mapping_of(array: Array) -> mmap | None:
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    mapped = owner.obj if isinstance(owner, memoryview) else None
    return mapped if isinstance(mapped, mmap) else None


def _closed(mapped: mmap) -> bool:
    try:
        mapped.close()
    except BufferError:  # an array still reads it
        return False
    return True
