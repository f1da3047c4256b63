"""In each language of which there is real text here, words find what belongs together as well as character runs do.

Of the languages that are not named in tests/quality/languages.py there is no real text here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from tests.quality.languages import (
    PARLIAMENTS,
    SPEAKERS,
    SUBJECTS,
    Found,
    Texts,
    TextsMissing,
    asked,
    halves_of_speeches,
)

WITHIN = 0.02
"""Less than what one of 15 German headlines changes by when its answer is second instead of first (0.033)."""


def texts_of(read: Callable[[], Texts]) -> Texts:
    try:
        return read()
    except TextsMissing as lack:
        pytest.skip(str(lack))


@cache
def found_of(name: str) -> Found:
    """How well the answers of a set are found."""
    return asked(texts_of(SUBJECTS[name]), name.split(maxsplit=1)[0])


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_language_stays_behind_character_runs(name: str) -> None:
    found = found_of(name)

    assert found.questions >= 10
    assert found.gain.value >= -WITHIN
    assert found.gain.high >= 0


@pytest.mark.parametrize("language", PARLIAMENTS)
def test_where_character_runs_are_better_they_know_the_speaker(language: str) -> None:
    """What is left of their lead, once they too go without function words, is less than chance."""
    pairs = texts_of(SPEAKERS[f"{language} halves of speeches"])
    telling = halves_of_speeches(language, whole=False)

    found = asked(pairs, language, telling)

    assert found.questions >= 100
    assert found.gain.high >= 0


def test_spanish_stems_find_speeches_by_their_agenda_better_than_character_runs_do() -> None:
    assert found_of("es agendas").gain.low > 0
