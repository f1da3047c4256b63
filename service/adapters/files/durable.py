"""Makes files and names last: what is synced is there after a power cut, and large files go to the disk steadily."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

STEP_BYTES = 8_000_000
"""Of a large file, what waits for the disk at a time.

A gigabyte that is flushed at once holds back whoever syncs a few bytes meanwhile, as a store does, by 150 ms.
"""


class SteadyWriter:
    """Writes to a file step by step, and waits for the disk after each. The last bytes are not synced."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self._waiting = 0

    def write(self, data: bytes | memoryview) -> None:
        """Adds the bytes at the end. Raises OSError."""
        for begin in range(0, len(data), STEP_BYTES):
            self._waiting += self.file.write(data[begin : begin + STEP_BYTES])
            if self._waiting >= STEP_BYTES:
                self.file.flush()
                os.fdatasync(self.file.fileno())
                self._waiting = 0


def copy_steadily(path: Path, to: Path) -> None:
    """Copies a file's bytes. Raises OSError."""
    with path.open("rb") as source, to.open("wb") as file:
        copy = SteadyWriter(file)
        while some := source.read(STEP_BYTES):
            copy.write(some)


def sync(path: Path) -> None:
    """Waits until a file's bytes, or the names in a folder, are on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
