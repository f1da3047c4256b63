"""Words that hold a sentence together and say nothing of its subject, a file a language.

Only function words: articles, pronouns, prepositions, conjunctions, auxiliaries, titles before names, words for great
numbers (millions of anything are about nothing), and "said", which every report has. A news text needs "bill", "fire",
"system" and "interest", which ready-made lists drop; so the lists are our own.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from models.text.folding import fold

LANGUAGES = frozenset(["ar", "bn", "de", "en", "es", "fa", "fr", "hi", "id", "tr", "ur"])


@cache
def _list(language: str) -> frozenset[str]:
    text = files(__name__).joinpath(f"{language}.txt").read_text("utf-8")
    return frozenset(fold(word, language) for word in text.split())


def stop_words(language: str | None) -> frozenset[str]:
    """Returns the language's stop words, folded; none where we have no list."""
    return _list(language) if language in LANGUAGES else frozenset()
