"""How the text of each cell of an inventory sheet is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.domain.ads.targeting.slot_facts import key_value_of
from service.domain.errors import Fault
from service.domain.money.money import MAX_MICROS, MAX_PRICE_MICROS, MICROS, micros_of
from service.domain.sheet.reading.countries import country_code
from service.domain.sites.site import ENTITY_ID_PATTERN
from service.domain.sites.time_zones import zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEVICES = ("mobile", "tablet", "desktop", "tv")
MAX_CELL_CHARS = 2_000
_MOST_DIGITS = 40
MAX_HTML_CHARS = 100_000
_FORMULA = re.compile(r"[=+@\t\r\uff1d\uff0b\uff20]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LAST_MOMENT = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp())
_SCRIPT = re.compile(r"<\s*script|javascript\s*:|vbscript\s*:|\son[a-z]+\s*=|<\s*(?:object|embed|base|meta)\b", re.I)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
_HOURS = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?$")


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one cell; line 1 is the header, an empty column means the whole line."""

    line: int
    column: str
    message: str


def cell_fault(fault: CellFault) -> Fault:
    """Returns a sheet's fault by its line and column."""
    path = f"line {fault.line}, column {fault.column}" if fault.column else f"line {fault.line}"
    return Fault(path, fault.message)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet: the line it begins on, and its cells' texts by column."""

    line: int
    cells: Mapping[str, str]


def cell_text(value: Any) -> str:
    """Returns the text of a cell that is given as JSON. Raises ValueError where it is none of a sheet."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(map(_item_text, value))
    return _item_text(value)


def _item_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("must be a text, a number or a list of texts")
    if isinstance(value, str | int):
        return str(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite() or abs(exact.adjusted()) > _MOST_DIGITS:  # written out, 1e999999999 would fill the memory
        raise ValueError("is no number of a sheet")
    return format(exact, "f")


def refuse_formula(text: str) -> None:
    """Raises ValueError for a text that a spreadsheet would run."""
    if _FORMULA.match(text):
        raise ValueError("looks like a formula; cells must not begin with = + or @")


def refuse_unprintable(text: str) -> None:
    """Raises ValueError for a text with control characters, or with what is no character at all."""
    if _UNPRINTABLE.search(text):
        raise ValueError("holds a control character; write the text anew")


def plain(text: str) -> str:
    """Returns a text of moderate length."""
    if len(text) > MAX_CELL_CHARS:
        raise ValueError(f"is over {MAX_CELL_CHARS} characters")
    refuse_formula(text)
    return text


def entity_id(text: str) -> str:
    """Returns an id of letters, digits and . _ : - that begins with a letter or digit."""
    if not re.match(ENTITY_ID_PATTERN, text):
        raise ValueError(f"'{text[:40]}' is no id: use letters, digits and . _ : - (128 at most)")
    return text


@cache
def one_of(*words: str) -> Callable[[str], str]:
    """Returns a reader of one of these words, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"'{text[:40]}' is none of {', '.join(words)}")
        return text.lower()

    return parse


def whole(text: str) -> int:
    """Returns a whole number above zero."""
    if not re.fullmatch(r"\d{1,10}", text):
        raise ValueError(f"'{text[:40]}' is not a whole number above zero")
    if not 0 < int(text) <= MAX_MICROS // MICROS:
        raise ValueError("must be above zero and at most 9,000,000,000")
    return int(text)


def percentage(text: str) -> int:
    """Returns a whole percentage, 1 to 100, with or without its sign."""
    if not re.fullmatch(r"\d{1,3} ?%?", text) or not 1 <= int(text.rstrip("% ")) <= 100:
        raise ValueError(f"'{text[:40]}' is not a percentage from 1 to 100")
    return int(text.rstrip("% "))


def pixels(text: str) -> int:
    """Returns a size in pixels, 1 to 10,000."""
    if whole(text) > 10_000:
        raise ValueError("is over 10,000 pixels")
    return int(text)


def size(text: str) -> str:
    """Returns a size as width x height in pixels, such as `300x250`."""
    width, _, height = text.lower().partition("x")
    return f"{pixels(width.strip())}x{pixels(height.strip())}"


@cache
def money(currency: str) -> Callable[[str], int]:
    """Returns a reader of an amount of this currency above zero, in micros."""

    def parse(text: str) -> int:
        micros = micros_of(text, currency)
        if micros == 0:
            raise ValueError("must be above zero")
        return micros

    return parse


@cache
def price(currency: str) -> Callable[[str], int]:
    """Returns a reader of a price in this currency, in micros."""

    def parse(text: str) -> int:
        micros = micros_of(text, currency)
        if micros > MAX_PRICE_MICROS:
            raise ValueError(f"must be at most {MAX_PRICE_MICROS // MICROS}")
        return micros

    return parse


def timezone(text: str) -> str:
    """Returns the name of an IANA time zone."""
    try:
        zone(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{text[:40]}' is not a time zone; write it like Europe/Madrid") from error
    return text


def moment(text: str, timezone: str, *, end: bool) -> int:
    """Returns the second of a time; without offset it is in `timezone`. A bare date ends with its last second."""
    try:
        at = _second(text, zone(timezone), end)
    except OverflowError as error:
        raise ValueError("is out of range") from error
    if not 0 <= at < _LAST_MOMENT:
        raise ValueError("is out of range")
    return at


def _second(text: str, tz: ZoneInfo, end: bool) -> int:
    try:
        if _DATE.match(text):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return _first_moment(day, tz)
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"'{text[:40]}' is not a time; write it like 2026-11-30T18:00") from error
    if time.tzinfo is not None:
        return int(time.timestamp())
    local = time.replace(tzinfo=tz)
    if local.astimezone(UTC).astimezone(tz).replace(tzinfo=None) != time:
        raise ValueError(f"does not exist in {tz.key}: the clocks are put forward then")
    return int(local.timestamp())


def _first_moment(day: date, tz: ZoneInfo) -> int:
    """Returns when a day begins; where midnight itself is skipped, the first moment after the gap."""
    return int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp())


def region(text: str) -> str:
    """Returns an ISO 3166-2 code of a region."""
    if not re.fullmatch(r"[A-Za-z]{2}-[A-Za-z0-9]{1,3}", text, re.ASCII):
        raise ValueError(f"'{text[:40]}' is not a region; write it like ES-MD")
    country_code(text[:2])
    return text.upper()


def key_value(text: str) -> str:
    """Returns a key and its value as they are compared: without regard to case, nor white space around them."""
    key, _, value = plain(text).partition("=")
    if not re.fullmatch(r"[\w.-]{1,64}", key.strip()) or not value.strip():
        raise ValueError(f"'{text[:40]}' is not a key and its value; write them like team=reds")
    return key_value_of(key, value)


def language(text: str) -> str:
    """Returns the primary part of a language tag."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*", text):
        raise ValueError(f"'{text[:40]}' is not a language; write it like en")
    return re.split("[-_]", text)[0].lower()


def currency(text: str) -> str:
    """Returns an ISO 4217 currency code."""
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise ValueError(f"'{text[:40]}' is not a currency's three letters")
    return text.upper()


def day(text: str) -> int:
    """Returns a day of the week, Monday 0."""
    if text.lower()[:3] not in DAYS:
        raise ValueError(f"'{text[:40]}' is none of {', '.join(DAYS)}")
    return DAYS.index(text.lower()[:3])


def hours(text: str) -> tuple[int, ...]:
    """Returns the hours of `14` (that hour) or `8-12` (from 8 until 12); `22-2` goes over midnight."""
    found = _HOURS.match(text)
    if not found:
        raise ValueError(f"'{text[:40]}' is not hours; write them like 8-12")
    first, last = int(found[1]), int(found[2] or int(found[1]) + 1)
    if first > 23 or last > 24 or first == last:
        raise ValueError(f"'{text[:40]}' is not hours of a day; write them like 8-12")
    return tuple(range(first, last)) if first < last else (*range(first, 24), *range(last))


def third_party_tag(text: str) -> str:
    """Returns an advertiser's own markup and script, whatever it does: it runs in a sandboxed frame alone."""
    if len(text) > MAX_HTML_CHARS:
        raise ValueError(f"is over {MAX_HTML_CHARS} characters")
    return text


def safe_html(text: str) -> str:
    """Returns an HTML creative that brings no script of its own."""
    if len(text) > MAX_HTML_CHARS:
        raise ValueError(f"is over {MAX_HTML_CHARS} characters")
    if _SCRIPT.search(text):
        raise ValueError("holds a script, an event handler or a javascript: link; only markup and styles may be here")
    return text
