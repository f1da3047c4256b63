"""Reads objects from JSON one by one: a list, an object whose `articles` is the list, or an object a line."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from service.adapters.sources.articles.row import Row
from service.domain.errors import InvalidInput
from service.usecases.content.bounded_lines import CHUNK_BYTES, ByteStream, bounded_lines

_LIST_START = re.compile(r'\s*(?:\[|\{\s*"articles"\s*:\s*\[)')
_SPACE = re.compile(r"[ \t\r\n]*")


def is_list(start: bytes) -> bool:
    """Returns True if a file that begins so holds one list, not an object a line."""
    return bool(_LIST_START.match(start.decode(errors="replace")))


def ndjson_rows(stream: ByteStream, limit: int) -> Iterator[Row]:
    """Yields a row for each line that is not blank; one that is no object of at most `limit` bytes has its fault."""
    for number, content in bounded_lines(stream, limit):
        yield Row(number, fault=f"the line is longer than {limit} bytes") if content is None else _row(number, content)


def _row(number: int, content: bytes) -> Row:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return Row(number, fault=f"is not JSON: column {error.colno}: {error.msg}")
    return _object_row(number, value)


def list_rows(stream: ByteStream, limit: int) -> Iterator[Row]:
    """Yields a row for each object of the list. Raises InvalidInput with the line where the text is not JSON."""
    text = _Window(stream, limit)
    text.skip(_LIST_START)
    text.skip(_SPACE)
    while not text.take("]"):
        line = text.line
        value = text.value()
        yield _object_row(line, value)
        text.skip(_SPACE)
        if text.take(","):
            text.skip(_SPACE)
        elif text.next != "]":
            raise text.fault("expected ',' or ']'")


def _object_row(line: int, value: Any) -> Row:
    return Row(line, value) if isinstance(value, dict) else Row(line, fault="is JSON, but no object")


class _Window:
    """A piece of the text that moves over it, never much longer than one value."""

    def __init__(self, stream: ByteStream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._parse = json.JSONDecoder().raw_decode
        self._text = ""
        self._ended = False
        self.line = 1
        self._fill(CHUNK_BYTES)

    @property
    def next(self) -> str:
        """The character at the window's start; empty at the end of the text."""
        if not self._text:
            self._fill(CHUNK_BYTES)
        return self._text[:1]

    def take(self, char: str) -> bool:
        """Moves over the character if it is next; False if it is not. Raises InvalidInput at the end of the text."""
        if not self.next:
            raise self.fault("the list is not closed")
        if self.next != char:
            return False
        self._move(1)
        return True

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Moves over what the pattern matches, however long."""
        while True:
            found = pattern.match(self._text)
            self._move(found.end() if found else 0)
            if self._text or self._ended:
                return
            self._fill(CHUNK_BYTES)

    def value(self) -> Any:
        """Returns the JSON value at the window's start and moves over it. Raises InvalidInput where there is none."""
        while True:
            try:
                value, end = self._parse(self._text)
            except (ValueError, RecursionError) as error:
                if self._ended or len(self._text) > self._limit:
                    raise self._not_json(error) from error
                self._fill(max(CHUNK_BYTES, len(self._text)))
            else:
                self._move(end)
                return value

    def fault(self, what: str) -> InvalidInput:
        """Returns the error that says what is wrong at the window's start."""
        return InvalidInput.one(f"line {self.line}", f"line {self.line} is not JSON: {what}")

    def _not_json(self, error: Exception) -> InvalidInput:
        if not isinstance(error, json.JSONDecodeError):
            return self.fault("it nests too deep, or holds a number without end")
        if not self._ended:
            return self.fault(f"an article that begins here is broken, or longer than {self._limit} characters")
        self.line += error.lineno - 1
        return self.fault(f"column {error.colno}: {error.msg}")

    def _fill(self, size: int) -> None:
        while not self._ended:
            chunk = self._stream.read(size)
            self._ended = not chunk
            try:
                text = self._decode(chunk, final=self._ended)
            except UnicodeDecodeError as error:
                raise self.fault(
                    f"byte 0x{error.object[error.start]:02x} is no UTF-8; save the file as UTF-8"
                ) from error
            self._text += text
            if text:
                return

    def _move(self, end: int) -> None:
        self.line += self._text.count("\n", 0, end)
        self._text = self._text[end:]
