"""Opens a file that somebody sent, packed or not, and proves that all of it can be read."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.domain.errors import InvalidInput
from service.usecases.content.bounded_lines import ByteStream, bounded_lines

GZIP_MAGIC = b"\x1f\x8b"
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_UTF8_MARK = b"\xef\xbb\xbf"


class SourceFile:
    """An open file: `stream` gives its bytes, unpacked and without a byte order mark."""

    def __init__(self, path: Path, raw: io.BufferedReader) -> None:
        self._raw = raw
        self.path = path
        self.size_bytes = path.stat().st_size
        packed = raw.peek(2)[:2] == GZIP_MAGIC
        self.stream: io.BufferedReader = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw

    @property
    def position_bytes(self) -> int:
        """How far reading has come, in bytes as the file lies on the disk."""
        return self._raw.tell()


@contextmanager
def open_source(path: Path) -> Iterator[SourceFile]:
    """Yields the open file. Raises InvalidInput where it is missing, broken, or no UTF-8 by its mark."""
    try:
        with path.open("rb") as raw:
            source = SourceFile(path, raw)
            _skip_mark(source)
            yield source
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidInput.one(str(path), f"{path}: the packed file is broken: {error}") from error
    except OSError as error:
        raise InvalidInput.one(str(path), f"{path}: {error.strerror or error}") from error


def _skip_mark(source: SourceFile) -> None:
    start = source.stream.peek(3)[:3]
    if start[:2] in _MARKS:
        raise InvalidInput.one(str(source.path), f"{source.path}: is {_MARKS[start[:2]]}; save it as UTF-8")
    if start == _UTF8_MARK:
        source.stream.read(len(_UTF8_MARK))


def text_lines(stream: ByteStream, limit: int) -> Iterator[tuple[int, str | None]]:
    """Yields number and text of each line that is not blank; None for one of more than `limit` bytes."""
    for number, content in bounded_lines(stream, limit):
        yield number, None if content is None else content.decode()


def check_encoding(source: SourceFile, limit: int) -> None:
    """Reads the file to its end. Raises InvalidInput with the line and byte where it is no UTF-8."""
    for number, content in bounded_lines(source.stream, limit):
        try:
            (content or b"").decode()
        except UnicodeDecodeError as error:
            where = f"{source.path}:{number}"
            what = f"byte {error.start + 1} of the line (0x{error.object[error.start]:02x}) is no UTF-8"
            raise InvalidInput.one(where, f"{where} {what}; save the file as UTF-8") from error
