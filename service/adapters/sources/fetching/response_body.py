"""Reads an answer's body, plain or packed, and stops where it grows larger than we take."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from service.domain.errors import SourceTooLarge, SourceUnavailable

CHUNK_BYTES = 65_536
ENCODINGS = "gzip, deflate"
_PACKED = frozenset(("gzip", "x-gzip", "deflate"))
# The window and header forms that zlib can read: gzip or zlib by its first bytes, or neither's header.
_ANY_HEADER, _NO_HEADER = 47, -15

ReadChunk = Callable[[int], bytes]


def read_body(read: ReadChunk, encoding: str, limit_bytes: int) -> bytes:
    """Returns the body, unpacked. Raises SourceTooLarge beyond the limit, before or after unpacking.

    Raises SourceUnavailable for a packing that we did not ask for, or that is broken.
    """
    raw = _read_all(read, limit_bytes)
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return raw
    if name not in _PACKED:
        raise SourceUnavailable(f"it answers in a packing that was not asked for, '{name[:40]}'")
    return unpack(raw, limit_bytes)


def unpack(raw: bytes, limit_bytes: int) -> bytes:
    """Returns what gzip or deflate packed. Raises SourceTooLarge beyond the limit, SourceUnavailable if broken."""
    if not raw:
        return raw
    try:
        return _inflate(raw, limit_bytes, _ANY_HEADER)
    except zlib.error as error:
        if raw.startswith(b"\x1f\x8b"):
            raise SourceUnavailable(f"what it packed is broken: {error}") from error
    try:
        return _inflate(raw, limit_bytes, _NO_HEADER)
    except zlib.error as error:
        raise SourceUnavailable(f"what it packed is broken: {error}") from error


def _read_all(read: ReadChunk, limit_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while chunk := read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit_bytes:
            raise SourceTooLarge(f"it answers more than {limit_bytes:,} bytes")
        pieces.append(chunk)
    return b"".join(pieces)


def _inflate(raw: bytes, limit_bytes: int, form: int) -> bytes:
    """Unpacks member after member, never more than one byte over the limit."""
    pieces: list[bytes] = []
    room = limit_bytes + 1
    while raw:
        member = zlib.decompressobj(form)
        piece = member.decompress(raw, room)
        room -= len(piece)
        if room <= 0:
            raise SourceTooLarge(f"it unpacks to more than {limit_bytes:,} bytes")
        if not member.eof:
            raise zlib.error("it ends too early")
        pieces.append(piece)
        raw = member.unused_data.lstrip(b"\0")
    return b"".join(pieces)
