"""What a visitor tries in the drawer: another text, history, country, device or consent for the same page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

TITLE_CHARS = 300
TEXT_CHARS = 4_000
HISTORY_IDS = 50
ID_CHARS = 128
DEVICES = ("desktop", "mobile", "tablet")
ALLOWS_ALL = "CAAAAAAAAAAAAAAAAAAAAAAAAPAAAAAAAAAAAAAAAAAA"
"""A TCF string of version 2 that consents to the purposes 1 to 4, and names no vendors."""
COUNTRY = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Trial:
    """What was asked to be otherwise; what is None or empty stays as the page has it."""

    title: str = ""
    text: str = ""
    history: tuple[str, ...] = ()
    country: str | None = None
    device: str | None = None
    gpc: bool | None = None
    tcf: str | None = None

    def __bool__(self) -> bool:
        return self != Trial()

    @property
    def has_words(self) -> bool:
        """Returns whether the page's words are others."""
        return bool(self.title or self.text)


def trial_of(query: Mapping[str, str], title: str = "", text: str = "") -> Trial:
    """Returns what a query string asks to be otherwise than the page's own title and text; what is no answer is none.

    Everything is cut to a bounded length.
    """
    asked_title, asked_text = _words(query.get("title"), TITLE_CHARS), _words(query.get("text"), TEXT_CHARS)
    is_same = (asked_title, asked_text) == (_words(title, TITLE_CHARS), _words(text, TEXT_CHARS))
    ids = re.split(r"[\s,]+", query.get("history", "")[: HISTORY_IDS * ID_CHARS])
    country, device = query.get("country", ""), query.get("device", "")
    return Trial(
        title="" if is_same else asked_title,
        text="" if is_same else asked_text,
        history=tuple(dict.fromkeys(each[:ID_CHARS] for each in ids if each))[:HISTORY_IDS],
        country=country.upper() if COUNTRY.fullmatch(country) else None,
        device=device if device in DEVICES else None,
        gpc={"1": True, "0": False, "tcf": False}.get(query.get("gpc", "")),
        tcf=ALLOWS_ALL if query.get("gpc") == "tcf" else None,
    )


def _words(text: str | None, limit: int) -> str:
    """Returns the text with its lines ended as we end them (a form sends CRLF), without what no text holds, cut."""
    return (text or "").replace("\r\n", "\n").replace("\0", "").strip()[:limit].strip()
