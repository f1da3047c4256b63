"""Tells which of a few languages a text is in, by py3langid; its model is loaded at the first text that needs it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import regex

CHARS_READ = 1_000
"""Characters of a text that are read: 0.4 ms; more changes nothing."""

SHORT_LETTERS = 20
SURE, SURE_OF_SHORT = 0.8, 0.99
"""Least confidence to believe, for a text of a few sentences and for a word or two; a script of its own gives 1."""

_LETTER = regex.compile(r"\p{L}")
_loading = Lock()


def detect(text: str, languages: Sequence[str]) -> str | None:
    """Returns which of these languages (primary subtags) the beginning of the text is in; None if it cannot be told."""
    beginning = text[:CHARS_READ]
    letters = len(_LETTER.findall(beginning))
    identifier = _identifier(tuple(languages)) if letters and len(languages) > 1 else None
    if identifier is None:
        return None
    language, confidence = identifier.classify(beginning)
    return str(language) if confidence >= (SURE if letters >= SHORT_LETTERS else SURE_OF_SHORT) else None


@lru_cache(maxsize=64)
def _identifier(languages: tuple[str, ...]) -> Any:
    """Returns what tells these languages apart; None where it knows fewer than two of them."""
    with _loading:  # else two threads would each load it
        every = _every_language()
    known = set(languages) & set(every.labels)
    if len(known) < 2:
        return None
    identifier = copy.copy(every)  # its tables are shared
    identifier.set_languages(known)
    return identifier


@lru_cache(maxsize=1)
def _every_language() -> Any:
    """Returns the whole model: a second to load and 76 MB, so only where a site has more than one language."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
