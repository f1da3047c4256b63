"""A sheet's bytes as a stream of bounded size, unpacked, and its lines as text."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from service.domain.errors import InvalidInput, TooLarge
from service.domain.sheet.reading.cells import CellFault

_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
HEAD_BYTES = 8


class UnreadableText(Exception):
    """Text that cannot be read any further; `fault` says where and why."""

    def __init__(self, fault: CellFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class SheetStream:
    """Reads at most `max_bytes`, unpacked where they are gzip. Raises TooLarge for more, InvalidInput where broken."""

    def __init__(self, raw: IO[bytes], max_bytes: int) -> None:
        """`raw` is a sheet at its first byte; it must let itself be wound back."""
        self._max_bytes = max_bytes
        self._left = max_bytes
        self._source: IO[bytes] | gzip.GzipFile = raw
        self.head = _head(raw)
        if self.head.startswith(_GZIP):
            self._source = gzip.GzipFile(fileobj=raw)
            with _unpacking():
                self.head = _head(self._source)

    def read(self) -> bytes:
        """Returns all that is left."""
        with _unpacking():
            return self._counted(self._source.read(self._left + 1))

    def readline(self) -> bytes:
        """Returns the next line with its end; nothing after the last."""
        with _unpacking():
            return self._counted(self._source.readline(self._left + 1))

    def _counted(self, content: bytes) -> bytes:
        self._left -= len(content)
        if self._left < 0:
            raise TooLarge(f"The sheet is over {self._max_bytes:,} bytes; split it.")
        return content


def text_lines(stream: SheetStream) -> Iterator[str]:
    """Yields the stream's lines as text, each with its end. Raises UnreadableText where they are no UTF-8."""
    if stream.head.startswith(_UTF16):
        raise UnreadableText(CellFault(1, "", "the sheet is in UTF-16; save it as 'CSV UTF-8'"))
    number = 0
    while raw := stream.readline():
        number += 1
        try:
            text = raw.removeprefix(_UTF8_MARK).decode() if number == 1 else raw.decode()
        except UnicodeDecodeError as error:
            message = f"is not UTF-8 (byte 0x{raw[error.start]:02X}); save the sheet as 'CSV UTF-8'"
            raise UnreadableText(CellFault(number, "", message)) from error
        if "\r" not in text[:-2]:
            yield text
            continue
        # Lines of an old Macintosh end in a carriage return alone.
        lines = list(io.StringIO(text, newline=""))
        number += len(lines) - 1
        yield from lines


def _head(source: IO[bytes] | gzip.GzipFile) -> bytes:
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return head


@contextmanager
def _unpacking() -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput.one("", f"The gzip file is broken: {error}.") from error
