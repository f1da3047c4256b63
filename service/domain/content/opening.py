"""Reads what stands before a story's first sentence: the desk's credit and the dateline."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.domain.content.article import Article


@dataclass(frozen=True, slots=True)
class Opening:
    """A text in its parts: the credit without its colon, the dateline as printed, and the story proper.

    `story` is the text behind the credit, dateline included: what a reader sees. `body` is the text behind both.
    """

    byline: str | None
    dateline: str | None
    story: str
    body: str


_REACH = 200  # characters from the start in which a credit and a dateline stand

_DESK = r"(?!(?:A|An|The|This|That|My|Your|His|Her|Their)[ ])(?:[A-Z][\w.&'’-]*[ ]){1,3}(?:Desk|Bureau)"
_STAFF = (
    r"(?:[Bb]y[ ])?(?:(?:Our|Staff|Special|City|Sports|Senior|Own)[ ]){1,3}(?:Correspondent|Reporter)s?"
    r"|(?:By[ ])?(?:(?:News[ ])?Agencies|Staff[ ]Reports?|Wire[ ]Reports?|Staff[ ]and[ ]Agencies)"
)
_URDU_DESK = r"(?:\w+[ ]){0,2}(?:ڈیسک|(?:اسٹاف|سٹاف|نیوز)[ ]رپورٹر|نمائندہ[ ]خصوصی)"
_CREDIT = re.compile(rf"\s*(?P<credit>{_DESK}|{_STAFF}|{_URDU_DESK})(?P<mark>[ ]*[:|–—]|[ ]+-(?=\s)|[ ]*\n|[ ]+)\s*")

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DAY = rf"(?:,?[ ](?:{_MONTH}[ ]\d{{1,2}}|\d{{1,2}}[ ]{_MONTH})(?:,?[ ]\d{{4}})?\.?)"
_CAPITALS = r"[A-Z][A-Z.'’-]+(?:[ /][A-Z][A-Z.'’-]+){0,3}"
_TITLE_CASE = r"[A-Z][\w.'’-]+(?:[ /][A-Z][\w.'’-]+){0,3}"
_REGION = r"(?:,[ ][A-Z][\w.]+(?:[ ][A-Z][\w.]+)?)?"
_AGENCY = r"[ ]*(?:\([A-Z][^()\n]{1,39}\)|/[A-Z][A-Za-z .-]{1,20}/)"
_WIRE = r"\((?:AFP|ANI|AP|APP|Agencies|Bloomberg|CNN|dpa|IANS|PTI|Reuters|TASS|UPI|Web Desk|Xinhua)\)"
_END = r"[ ]*(?::|--|–|—|-(?=\s))"
_URDU_AGENCY = r"[ ]*\([^()\n]{0,30}(?:ڈیسک|رپورٹر|نمائندہ|ایجنسی|ایجنسیاں)[^()\n]{0,30}\)"
_DATELINES = tuple(
    re.compile(rf"\s*(?P<dateline>{pattern})\s*")
    for pattern in (
        rf"(?P<place>{_CAPITALS}){_REGION}{_DAY}?(?:{_AGENCY})?{_END}",  # ISLAMABAD: / LONDON, March 3 (Reuters) -
        rf"{_CAPITALS}{_REGION}{_DAY}?[ ]*/[A-Z][A-Za-z .-]{{1,20}}/\.",  # MOSCOW, February 3. /TASS/.
        rf"{_TITLE_CASE}{_REGION}{_DAY}?{_AGENCY}{_END}",  # Port Alder (Agency) -
        rf"(?:{_TITLE_CASE}{_REGION}[ ]*)?{_WIRE}{_END}?",  # Hong Kong (CNN)
        rf"\w+(?:[ ]\w+){{0,2}}{_URDU_AGENCY}(?:{_END}|۔)?",
    )
)
# Words in capitals before a colon that name no place.
_NO_PLACE_WORDS = (
    "ADVERTISEMENT ALERT ANALYSIS ANSWER BREAKING CAUTION COMMENT CORRECTION EDITORIAL EXCLUSIVE EXPLAINED "
    "EXPLAINER FACT FACTBOX GALLERY IMPORTANT INTERVIEW LATEST LISTEN LIVE MORE NEWS NOTE OBITUARY OPINION PHOTO "
    "PHOTOS PICTURES PODCAST POLL PROFILE QUESTION QUIZ READ RECAP RECIPE RELATED REPORT REVIEW SPOILER STORIES "
    "STORY SUMMARY TIMELINE TOP TRAILER TRIGGER UPDATE UPDATED URGENT VIDEO WARNING WATCH ASEAN AIDS COVID FIFA "
    "NASA NATO OPEC UEFA UNESCO UNICEF"
)
_NO_PLACES = frozenset(_NO_PLACE_WORDS.split())
_SHORTEST_PLACE = 4  # below that, capitals before a mark are an acronym (UN:, US:, Q:) unless an agency follows


def read_opening(text: str) -> Opening:
    """Returns the text's parts; in doubt a word belongs to the story."""
    byline, start = _credit(text)
    dateline, body_start = _dateline(text, start)
    story = text[start:].strip()
    return Opening(byline, dateline, story, text[body_start:].strip() or story)


def model_text(article: Article) -> str:
    """Returns the text that says what the article is about: without the desk's credit and the dateline."""
    return read_opening(article.text).body


def _credit(text: str) -> tuple[str | None, int]:
    found = _CREDIT.match(text, 0, _REACH)
    if found is None or found.end() >= len(text.rstrip()):
        return None, 0
    if not found["mark"].strip() and "\n" not in found[0] and _dateline(text, found.end())[0] is None:
        return None, 0  # "Sports Desk staff were ..." goes on as a sentence
    return re.sub(r"^By ", "", found["credit"], flags=re.IGNORECASE), found.end()


def _dateline(text: str, start: int) -> tuple[str | None, int]:
    for pattern in _DATELINES:
        found = pattern.match(text, start, start + _REACH)
        if found is not None and _names_place(found):
            return found["dateline"].strip(), found.end()
    return None, start


def _names_place(found: re.Match[str]) -> bool:
    place = found.groupdict().get("place")
    if place is None:
        return True
    if not _NO_PLACES.isdisjoint(place.replace("/", " ").split()):
        return False
    return len(place) >= _SHORTEST_PLACE or "(" in found["dateline"] or "/" in found["dateline"]
