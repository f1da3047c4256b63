"""Dates, counts and first lines as a reader is used to them."""

from __future__ import annotations

from datetime import datetime, timedelta

DECK_WORDS = 30
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


def when(moment: datetime, now: datetime) -> str:
    """Returns how long ago it was within the last day, else the date, with its year if that is not this year."""
    age = now - moment
    if timedelta(0) <= age < timedelta(minutes=60):
        return _ago(max(1, round(age.total_seconds() / 60)), "minute")
    if timedelta(0) <= age < timedelta(hours=24):
        return _ago(int(age.total_seconds() // 3600), "hour")
    date = f"{moment.day} {moment:%B}"
    return date if moment.year == now.year else f"{date} {moment.year}"


def date_line(moment: datetime) -> str:
    """Returns a masthead's date."""
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


def comments(count: int | None) -> str:
    """Returns the number of comments in words, or nothing when there are none or nobody knows."""
    if not count:
        return ""
    return "1 comment" if count == 1 else f"{count:,} comments"


def deck(paragraph: str) -> str:
    """Returns the first words of a story, cut at a word."""
    words = paragraph.split()
    return paragraph if len(words) <= DECK_WORDS else " ".join(words[:DECK_WORDS]).rstrip(",;:—-") + "…"


def plain_code(code: str) -> str:
    """Returns a machine's code as words."""
    return code.replace("-", " ").replace("_", " ")


def direction(language: str) -> str:
    """Returns the writing direction of a language tag, as HTML's `dir` wants it."""
    return "rtl" if language.split("-", maxsplit=1)[0].lower() in RIGHT_TO_LEFT else "ltr"


def _ago(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'} ago"
