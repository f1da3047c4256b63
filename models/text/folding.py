"""Brings a word into the one form in which it is compared: letter forms, case, marks and digits made equal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import regex

from models.text.policies import Policy, policy_of

# Signs that carry no meaning of their own inside words: joiners, direction marks, soft hyphen and the like (all of
# Unicode's format characters), variation selectors, and the tatweel that only stretches a word.
_SILENT = regex.compile(r"[\p{Cf}\p{Variation_Selector}\u0640]+")
# Vowel signs and other marks of Arabic script: newspapers print them in one word of a thousand.
_ARABIC_MARKS = regex.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]+")
_LATIN_LETTER = regex.compile(r"\p{Latin}[\u0300-\u036f]*")
_MARKS = regex.compile(r"[\u0300-\u036f]+")
_FOREIGN_DIGIT = regex.compile(r"(?![0-9])\p{Nd}")


def fold(word: str, language: str | None) -> str:
    """Returns the word as it is compared in this language; to fold it again changes nothing."""
    if word.isascii() and not policy_of(language).dotless:
        return word.lower()
    folded = _fold_once(word, policy_of(language))
    # What a sign kept apart may now compose, and what was composed may be another letter's form.
    while (again := _fold_once(folded, policy_of(language))) != folded:
        folded = again
    return folded


def _fold_once(word: str, policy: Policy) -> str:
    word = unicodedata.normalize("NFKC", _SILENT.sub("", word))
    if policy.dotless:
        word = word.replace("İ", "i").replace("I", "ı")
    word = unicodedata.normalize("NFKC", word.casefold())
    word = _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), _ARABIC_MARKS.sub("", word))
    if (keeps := policy.keeps) is not None:
        word = _LATIN_LETTER.sub(lambda letter: letter[0] if letter[0] in keeps else _bare(letter[0]), word)
    word = replaced(word, policy.letters)
    return word if policy.nasals is None else policy.nasals.sub("ं", word)


@lru_cache(maxsize=4_096)
def _bare(letter: str) -> str:
    """Returns the letter without its marks."""
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", letter)))


def replaced(word: str, letters: Mapping[str, str]) -> str:
    """Returns the word with each of these letters replaced by what it becomes."""
    return "".join([letters.get(letter, letter) for letter in word]) if letters else word
