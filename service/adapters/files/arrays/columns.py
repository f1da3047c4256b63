"""Arrays that grow piece by piece: in memory, or as `.npy` files that are mapped once they are whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, Protocol

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.files.durable import SteadyWriter

PAGE = 4096
HEADER = re.compile(rb"\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \}")


class Sink(Protocol):
    """Takes the pieces of one array, all of one type and of one shape but for their number."""

    def append(self, piece: Array) -> None:
        """Adds a piece at the end."""

    def finish(self) -> Array:
        """Returns the whole array, read-only."""


class Columns:
    """Named arrays that grow together."""

    def __init__(self, new_sink: Callable[[str], Sink]) -> None:
        self._new_sink = new_sink
        self._sinks: dict[str, Sink] = {}
        self._cut: dict[str, int] = {}

    def append(self, name: str, piece: Array) -> None:
        """Adds a piece to the array of this name."""
        if name not in self._sinks:
            self._sinks[name] = self._new_sink(name)
        self._sinks[name].append(piece)

    def append_offsets(self, name: str, offsets: Array) -> None:
        """Adds offsets, which begin at 0, behind those that are there."""
        cut = self._cut.get(name)
        self.append(name, offsets.astype(np.int64) if cut is None else offsets[1:].astype(np.int64) + cut)
        self._cut[name] = (cut or 0) + int(offsets[-1])

    def finish(self) -> dict[str, Array]:
        """Returns every array by name, read-only."""
        return {name: sink.finish() for name, sink in self._sinks.items()}


class MemorySink:
    """Keeps an array's pieces in memory."""

    def __init__(self, _: str) -> None:
        self._pieces: list[Array] = []

    def append(self, piece: Array) -> None:
        """Adds a piece at the end."""
        self._pieces.append(piece)

    def finish(self) -> Array:
        """Returns the whole array, read-only."""
        whole = np.ascontiguousarray(self._pieces[0] if len(self._pieces) == 1 else np.concatenate(self._pieces))
        whole.setflags(write=False)
        return whole


class FileSink:
    """Writes an array's pieces to a `.npy` file, so that what is built need not fit into memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: SteadyWriter | None = None
        self._first = np.empty(0)
        self._count = 0

    def append(self, piece: Array) -> None:
        """Adds a piece at the end."""
        if self._writer is None:
            self._writer = SteadyWriter(self._path.open("wb"))
            self._first = piece[:0]
            self._write_header(self._writer.file)
        self._count += len(piece)
        self._writer.write(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)

    def finish(self) -> Array:
        """Returns the whole array, mapped read-only."""
        assert self._writer is not None, "nothing was appended"  # noqa: S101 -- a sink is made for its first piece
        with self._writer.file as file:
            file.seek(0)
            self._write_header(file)
        return map_array(self._path)

    def _write_header(self, file: IO[bytes]) -> None:
        # numpy leaves room in a header for the first axis to grow, so the second time it is as long as the first.
        shape = (self._count, *self._first.shape[1:])
        description = np.lib.format.dtype_to_descr(self._first.dtype)
        header = {"descr": description, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)


def in_memory() -> Columns:
    """Returns columns that are kept in memory."""
    return Columns(MemorySink)


def in_files(folder: Path) -> Columns:
    """Returns columns that are written to one `.npy` file each in the folder."""
    return Columns(lambda name: FileSink(folder / f"{name}.npy"))


def touch(array: Array) -> None:
    """Reads a byte of each page of an array, so that no request waits for the first look at a page."""
    if array.size:
        array.reshape(-1).view(np.uint8)[::PAGE].sum()


def map_array(path: Path) -> Array:
    """Returns the array of a `.npy` file as FileSink writes it, mapped: nothing is read until it is used.

    Raises OSError or ValueError where the file is missing, cut, or none of ours.
    """
    # numpy's own reader takes ten times as long, and an index has sixty files.
    with path.open("rb", buffering=0) as file:
        mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
    begins_at = 10 + int.from_bytes(mapped[8:10], "little")
    described = HEADER.match(mapped[10:begins_at])
    if described is None:
        raise ValueError(f"{path} is not an array of an index: build the index anew.")
    shape = tuple(int(length) for length in described[2].split(b",") if length.strip())
    kind, count = np.dtype(described[1].decode()), prod(shape)
    array: Array = np.frombuffer(mapped, kind, count, begins_at) if count else np.empty(0, kind)
    array.setflags(write=False)
    return array.reshape(shape)
