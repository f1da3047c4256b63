"""Cleans what newsrooms paste into one-line fields and texts: entities, stray tags, white space, control characters."""

from __future__ import annotations

import re
from html import unescape
from unicodedata import category

_BLOCK_TAG = re.compile(r"</?(?:br|div|h[1-6]|p)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|cite|code|em|font|i|mark|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff]")
_LINE_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")


def plain_line(text: str) -> str:
    """Returns the text on one line: entities resolved, inline tags dropped, single spaces; stable when repeated."""
    before = None
    while text != before:
        before = text
        text = _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", unescape(text)))
        text = " ".join(_CONTROLS.sub("", text).split())
    return text


def plain_text(text: str) -> str:
    """Returns the text without control characters, a line per paragraph, single spaces; stable when repeated."""
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _BLANK_LINES.sub("\n", _LINE_SPACES.sub(" ", text)).strip()


def shows_nothing(text: str) -> bool:
    """Returns whether readers see nothing of a text: white space, marks of direction, joiners and the like alone."""
    return all(category(letter)[0] in "CZM" for letter in text)
