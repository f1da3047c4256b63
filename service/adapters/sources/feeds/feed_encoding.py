"""Finds what a feed's bytes are written in, whatever its header says, and makes UTF-8 of them."""

from __future__ import annotations

import codecs
import re

from service.domain.errors import InvalidInput

_DECLARATION = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["'][^>]*\?>""")
_ANY_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>\s*")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Written in seven bits, so that they pass for UTF-8 and only the declaration tells.
_SEVEN_BITS = frozenset(("iso2022_jp", "iso2022_kr", "hz", "utf-7"))
# What a text that declares Latin-1 or nothing is written in, if it is no UTF-8: the web's own rule.
_LAST = "cp1252"


def as_text(data: bytes, header_charset: str | None = None) -> str:
    """Returns the feed's text without its XML declaration.

    A byte order mark counts first; then bytes that are UTF-8 are UTF-8, whatever is declared: no other writing of real
    text passes for it. Else the feed's own declaration, the header's charset and Windows-1252 are tried in turn.
    Raises InvalidInput where none of them fits.
    """
    found = _DECLARATION.match(data)
    declared = _codec(found[1].decode("ascii")) if found else None
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _without_declaration(_decoded(data, marked))
    if data[:2] in (b"<\0", b"\0<"):
        return _without_declaration(_decoded(data, "utf-16-le" if data[0] else "utf-16-be"))
    first = [declared] if declared in _SEVEN_BITS else []
    for name in (*first, "utf-8", declared, _codec(header_charset), _LAST):
        if name is not None and (text := _tried(data, name)) is not None:
            return _without_declaration(text)
    raise InvalidInput.one("", "its characters are in no encoding that it names")


def _codec(name: str | None) -> str | None:
    """Returns the codec's name, or None for one unknown or not for text; Latin-1 is read as the web reads it."""
    try:
        found = codecs.lookup(name or "")
    except LookupError:
        return None
    if not found._is_text_encoding:
        return None
    return _LAST if found.name in ("iso8859-1", "ascii") else found.name


def _tried(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name, errors="replace" if name == _LAST else "strict")
    except (UnicodeDecodeError, ValueError):
        return None


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise InvalidInput.one("", f"it begins as {name.upper()} and then is not") from error


def _without_declaration(text: str) -> str:
    return _ANY_DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
