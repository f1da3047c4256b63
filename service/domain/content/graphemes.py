"""Says where a text may be cut without breaking what a reader sees as one character."""

from __future__ import annotations

from unicodedata import category, combining

_JOINERS = frozenset("\u200c\u200d")
_VIRAMA = 9  # the canonical combining class of signs that bind two consonants
# Letters by their category, yet drawn as part of the character before: Thai and Lao AM, half-width sound marks.
_SPACING_LETTERS = frozenset("\u0e33\u0eb3\uff9e\uff9f")
_PREPENDED_LETTERS = frozenset(
    "\u0d4e\u1cf5\u1cf6\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a\U00011d46\U00011f02"
) | {chr(code) for code in range(0x11A84, 0x11A8A)}
_JAMO_LEADING = (range(0x1100, 0x1160), range(0xA960, 0xA97D))
_JAMO_TRAILING = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))


def is_boundary(text: str, at: int) -> bool:
    """Returns True if the text may be cut before index `at`.

    Follows the rules of Unicode's annex 29 and errs to the safe side: what it allows is a boundary there too, while a
    few of the annex's boundaries (after a format sign, around signs not yet assigned) are not used.
    """
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return False
    if _extends(after) or _prepends(before) or _is_bound_by_virama(text, at):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves_before(text, at) % 2 == 0
    return not _is_one_syllable(before, after)


def floor_boundary(text: str, at: int) -> int:
    """Returns the last index not beyond `at` where the text may be cut; 0 if there is none."""
    at = min(at, len(text))
    while at > 0 and not is_boundary(text, at):
        at -= 1
    return at


def _extends(char: str) -> bool:
    if char.isascii():
        return False
    # Mn, Mc, Me: marks. Cn: not assigned in this Python's tables, a mark perhaps in newer ones.
    return (
        category(char) in ("Mn", "Mc", "Me", "Cn")
        or char in _JOINERS
        or char in _SPACING_LETTERS
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags, as in the flag of Scotland
    )


def _prepends(char: str) -> bool:
    return not char.isascii() and (category(char) in ("Cf", "Cn") or char in _PREPENDED_LETTERS)


def _is_bound_by_virama(text: str, at: int) -> bool:
    while at > 0 and _extends(text[at - 1]):
        if combining(text[at - 1]) == _VIRAMA:
            return True
        at -= 1
    return False


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag_half(text[start - 1]):
        start -= 1
    return at - start


def _is_one_syllable(before: str, after: str) -> bool:
    first, second = ord(before), ord(after)
    if any(second in jamo for jamo in _JAMO_TRAILING):
        return _is_hangul(first)
    return any(first in jamo for jamo in _JAMO_LEADING) and _is_hangul(second)


def _is_hangul(code: int) -> bool:
    return 0xAC00 <= code <= 0xD7A3 or any(code in jamo for jamo in (*_JAMO_LEADING, *_JAMO_TRAILING))
