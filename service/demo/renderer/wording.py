"""Dates, counts and first lines as a reader is used to them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

DECK_WORDS = 30
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
LANGUAGE_NAMES = {"ur": "اردو", "en": "English"}
URDU_MONTHS = ["جنوری", "فروری", "مارچ", "اپریل", "مئی", "جون", "جولائی", "اگست", "ستمبر", "اکتوبر", "نومبر", "دسمبر"]
AGO = {
    "en": {"minute": ("{} minute ago", "{} minutes ago"), "hour": ("{} hour ago", "{} hours ago")},
    "ur": {"minute": ("{} منٹ پہلے", "{} منٹ پہلے"), "hour": ("{} گھنٹہ پہلے", "{} گھنٹے پہلے")},
}


def when(moment: datetime, now: datetime, language: str = "en") -> str:
    """Returns how long ago it was within the last day, else the date, with its year if that is not this year.

    In Urdu for Urdu, else in English.
    """
    age = now - moment
    if timedelta(0) <= age < timedelta(minutes=60):
        return _ago(max(1, round(age.total_seconds() / 60)), "minute", language)
    if timedelta(0) <= age < timedelta(hours=24):
        return _ago(int(age.total_seconds() // 3600), "hour", language)
    month = URDU_MONTHS[moment.month - 1] if language == "ur" else f"{moment:%B}"
    date = f"{moment.day} {month}"
    return date if moment.year == now.year else f"{date} {moment.year}"


def date_line(moment: datetime) -> str:
    """Returns a masthead's date."""
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


def comments(count: int | None, language: str = "en") -> str:
    """Returns the number of comments in words, or nothing when there are none or nobody knows."""
    if not count:
        return ""
    if language == "ur":
        return f"{count:,} {'تبصرہ' if count == 1 else 'تبصرے'}"
    return "1 comment" if count == 1 else f"{count:,} comments"


def deck(paragraph: str) -> str:
    """Returns the first words of a story, cut at a word."""
    words = paragraph.split()
    return paragraph if len(words) <= DECK_WORDS else " ".join(words[:DECK_WORDS]).rstrip(",;:—-") + "…"


def plain_code(code: str) -> str:
    """Returns a machine's code as words."""
    return code.replace("-", " ").replace("_", " ")


def figure(value: float | None) -> str:
    """Returns a score as a table shows it, with three decimals; nothing for one that is not known."""
    return "" if value is None else f"{value:.3f}".replace("-", "−")


def as_json(value: object) -> str:
    """Returns a value as JSON that people read."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def direction(language: str) -> str:
    """Returns the writing direction of a language tag, as HTML's `dir` wants it."""
    return "rtl" if language.split("-", maxsplit=1)[0].lower() in RIGHT_TO_LEFT else "ltr"


def written_in(text: str | None) -> str | None:
    """Returns `ur` for words in Arabic letters, which at the Courier are Urdu; None for any others."""
    letters = [letter for letter in text or "" if letter.isalpha()]
    arabic = sum("\u0600" <= letter <= "\u06ff" for letter in letters)
    return "ur" if letters and arabic * 2 > len(letters) else None


def language_name(language: str) -> str:
    """Returns a language's name in that language, or its tag where we know none."""
    return LANGUAGE_NAMES.get(language, language)


def _ago(count: int, unit: str, language: str) -> str:
    one, many = AGO.get(language, AGO["en"])[unit]
    return (one if count == 1 else many).format(count)
