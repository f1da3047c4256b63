"""Languages of articles and pages: how tags are compared, and whose language holds where none is declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from service.domain.sites.site import Site

Detect = Callable[[str, Sequence[str]], str | None]
"""Returns which of these languages, by primary subtag, a text is in; None where that cannot be told."""

ANY_LANGUAGE = 0
_SUBTAG = re.compile(r"[a-z]{2,3}", re.ASCII)
_BITS = 5
_BEFORE_A = ord("a") - 1
# Subtags that were replaced long ago and are still sent.
_REPLACED = {"iw": "he", "in": "id", "ji": "yi"}


def primary_subtag(tag: str | None) -> str | None:
    """Returns a language tag's primary part in small letters, as languages are compared; None for no tag."""
    if not tag:
        return None
    subtag = tag.replace("_", "-").split("-")[0].lower()
    return _REPLACED.get(subtag, subtag)


def language_code(tag: str | None) -> int:
    """Returns the two or three letters of a tag's primary part as a number below 2^15, five bits each; 0 for none."""
    subtag = primary_subtag(tag)
    if subtag is None or not _SUBTAG.fullmatch(subtag):
        return ANY_LANGUAGE
    code = 0
    for letter in subtag:
        code = code << _BITS | (ord(letter) - _BEFORE_A)
    return code


def language_of_code(code: int) -> str | None:
    """Returns the primary subtag that a code stands for; None for 0."""
    letters = ""
    while code:
        letters = chr((code & (1 << _BITS) - 1) + _BEFORE_A) + letters
        code >>= _BITS
    return letters or None


def languages_of(site: Site) -> tuple[str, ...]:
    """Returns the primary subtags of the site's languages, each once, its own first."""
    subtags = map(primary_subtag, (site.language, *site.languages))
    return tuple(dict.fromkeys(subtag for subtag in subtags if subtag))


def is_mixed(site: Site) -> bool:
    """Returns whether the site has articles in more than one language."""
    return bool(site.languages) and len(languages_of(site)) > 1


def language_of(site: Site, declared: str | None, text: str, detect: Detect) -> str | None:
    """Returns the primary subtag of a text's language: the declared one, else the detected one, else the site's.

    Nothing is detected on a site of one language.
    """
    found = primary_subtag(declared)
    if found is None and text.strip() and is_mixed(site):
        found = detect(text, languages_of(site))
    return found or primary_subtag(site.language)
