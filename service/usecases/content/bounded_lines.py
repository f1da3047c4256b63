"""Cuts a stream of bytes into lines without ever holding more than one line of bounded length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

CHUNK_BYTES = 65_536


class ByteStream(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Returns the next bytes, at most `size`; nothing at the end."""


class Line(NamedTuple):
    """A line that is not blank: its number from 1, and its bytes; None where it is longer than allowed."""

    number: int
    content: bytes | None


def bounded_lines(stream: ByteStream, limit: int) -> Iterator[Line]:
    """Yields the lines of the stream; the content of one of more than `limit` bytes is passed over."""
    number, rest, too_long = 0, b"", False
    while chunk := stream.read(CHUNK_BYTES):
        *ended, rest = (rest + chunk).split(b"\n")
        for content in ended:
            number += 1
            yield from _line(number, content, limit, too_long)
            too_long = False
        if len(rest) > limit + len(b"\r"):
            rest, too_long = b"", True
    yield from _line(number + 1, rest, limit, too_long)


def _line(number: int, content: bytes, limit: int, too_long: bool) -> Iterator[Line]:
    content = content.removesuffix(b"\r")
    if too_long or len(content) > limit:
        yield Line(number, None)
    elif content.strip():
        yield Line(number, content)
