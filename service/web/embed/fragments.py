"""Writes widgets and slots as HTML that a page takes as it is: escaped, labelled, in the site's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from flask import render_template

from service.domain.sites.site import Site
from service.domain.widgets.kinds import site_kinds

# What stands before a number of comments, in the languages that the label of an advertisement is told in.
COMMENTS_WORDS: Mapping[str, str] = {
    "ar": "التعليقات",
    "bn": "মন্তব্য",
    "de": "Kommentare",
    "en": "Comments",
    "es": "Comentarios",
    "fa": "دیدگاه‌ها",
    "fr": "Commentaires",
    "hi": "टिप्पणियाँ",
    "id": "Komentar",
    "it": "Commenti",
    "ja": "コメント",
    "pt": "Comentários",
    "tr": "Yorumlar",
    "ur": "تبصرے",
    "zh": "评论",
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """How a site's fragments are worded: its locale and time zone."""

    locale: Locale
    zone: ZoneInfo

    @property
    def code(self) -> str:
        """The language's tag, as HTML names it."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`."""
        return self.locale.text_direction

    @property
    def comments(self) -> str:
        """What stands before a number of comments."""
        return COMMENTS_WORDS.get(self.locale.language, COMMENTS_WORDS["en"])

    def day(self, moment: str) -> str:
        """Returns the day of an RFC 3339 moment as readers of the language write it, in the site's time zone."""
        return format_date(_day(moment, self.zone), format="medium", locale=self.locale)


def widget_html(site: Site, widget: Mapping[str, Any], model: Mapping[str, str | None]) -> str:
    """Returns a widget of the contract's fields as a section with a heading and a list; empty without teasers.

    It tells the script that reports its teasers which model chose them: `version` and `variant`.
    """
    if not widget["items"]:
        return ""
    kind = site_kinds(site.widgets).kinds[widget["kind"]]
    return render_template("embed/widget.html", kind=kind, items=widget["items"], model=model, tongue=_tongue(site))


def slot_html(site: Site, slot: Mapping[str, Any] | None) -> str:
    """Returns a slot of the contract's fields as a named group that reports its impression when it begins to render.

    Empty where there is nothing to show. A creative's own HTML stands in a frame without scripts, without the page's
    origin.
    """
    if slot is None:
        return ""
    return render_template("embed/slot.html", slot=slot, creative=slot["creative"], tongue=_tongue(site))


def _tongue(site: Site) -> Tongue:
    return Tongue(_locale(site.language), ZoneInfo(site.timezone))


@lru_cache(maxsize=256)
def _locale(language: str) -> Locale:
    """The locale of a language tag, as much of it as is known; English where none is."""
    for tag in (language, language.split("-", maxsplit=1)[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _day(moment: str, zone: ZoneInfo) -> date:
    return datetime.fromisoformat(moment).astimezone(zone).date()
