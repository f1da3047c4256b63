"""Scripts written without spaces: runs become overlapping pairs of characters, which readers are told as words."""

from __future__ import annotations

from collections.abc import Iterator

import regex

PAIRED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Characters that become pairs, for a class of a pattern: Hangul too, whose words carry their particles."""

LONGEST_HAN_WORD = 4
"""Characters of a run of Han between other signs that is told whole: a longer one is a clause."""

_NAMES = regex.compile(r"[\p{Katakana}ー]+|\p{Han}+")
_IS_HAN = regex.compile(r"\p{Han}+")


def pairs(run: str) -> Iterator[tuple[str, str | None]]:
    """Yields each pair of a run with what stands for it in print; None where that is what the run stands in.

    A pair of Katakana is told as the run of it, which is a word of its own, one of Han as the word where that is short,
    else as it is, and one that is half of them as what it is half of. Other scripts do not show where words end.
    """
    if len(run) == 1:
        yield run, None
        return
    names = {at: found[0] for found in _NAMES.finditer(run) for at in range(*found.span())}
    for at in range(len(run) - 1):
        pair, name = run[at : at + 2], names.get(at) or names.get(at + 1)
        yield pair, name and _told(pair, name)


def _told(pair: str, name: str) -> str:
    is_clause = len(name) > LONGEST_HAN_WORD and _IS_HAN.fullmatch(name)
    return pair if is_clause or len(name) == 1 else name
