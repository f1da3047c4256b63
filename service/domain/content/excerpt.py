"""Cuts an excerpt from a text: whole words, an ellipsis if something was left out, no broken character."""

from __future__ import annotations

import re
from unicodedata import category

from service.domain.content.graphemes import floor_boundary, is_boundary

ELLIPSIS = "…"
EXCERPT_WORDS = 24

# Scripts that put no space between words, so that words are counted by letters: two for Han, Kana and Yi, four for
# Thai, Lao, Myanmar, Khmer and Tibetan (near the mean word length of running text).
_IDEOGRAPHS = (
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48f"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_SYLLABLES = "\u0e01-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = re.compile(f"[{_IDEOGRAPHS}{_SYLLABLES}]")
_WORD = re.compile(
    f"(?:[{_IDEOGRAPHS}][^\\w\\s]*){{1,2}}|(?:[{_SYLLABLES}][^\\w\\s]*){{1,4}}|[^\\s{_IDEOGRAPHS}{_SYLLABLES}]+"
)
# Embeddings, overrides and isolates reach beyond a cut and would turn the page around it; they are left out.
_DIRECTION_SPANS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f")
_STOPS = frozenset(".,;:!?…'\"·،؛؟۔।॥、。，；：！？")


def cut_excerpt(text: str, *, words: int = EXCERPT_WORDS, chars: int | None = None) -> str:
    """Returns the first `words` words of the text, or at most `chars` code points with the ellipsis, if that is given.

    White space becomes single spaces; a text that fits is returned whole, without an ellipsis.
    Raises ValueError for a length below 1.
    """
    if (words if chars is None else chars) < 1:
        raise ValueError("an excerpt has at least one word or character")
    line = " ".join(_DIRECTION_SPANS.sub("", text).split())
    end = _end_of_words(line, words) if chars is None else _end_of_chars(line, chars)
    return line if end == len(line) else line[: _tidy_end(line, end)] + ELLIPSIS


def _end_of_words(line: str, words: int) -> int:
    """Returns where the last of so many words ends."""
    end = 0
    for count, word in enumerate(_WORD.finditer(line), start=1):
        end = word.end()
        if count == words:
            break
    return len(line) if not line[end:].strip() else end


def _end_of_chars(line: str, chars: int) -> int:
    """Returns the end of the last whole word that leaves room for the ellipsis; inside a word too long for that."""
    if len(line) <= chars:
        return len(line)
    room = chars - len(ELLIPSIS)
    for end in range(room, 0, -1):
        if _is_word_end(line, end):
            return end
    return floor_boundary(line, room)


def _is_word_end(line: str, end: int) -> bool:
    if line[end] == " ":
        return True
    return bool(_UNSPACED.match(line[end - 1]) or _UNSPACED.match(line[end])) and is_boundary(line, end)


def _tidy_end(line: str, end: int) -> int:
    """Returns the end moved back over spaces, stops, dashes, opening brackets and direction marks, to a boundary."""
    end = floor_boundary(line, end)
    while end > 0 and _dangles(line[end - 1]):
        end = floor_boundary(line, end - 1)
    return end


def _dangles(char: str) -> bool:
    return char.isspace() or char in _STOPS or char in _DIRECTION_MARKS or category(char) in ("Pd", "Ps", "Pi")
