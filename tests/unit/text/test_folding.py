"""Folding: what is written in several ways has one form, and that form is final."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.folding import fold
from models.text.policies import POLICIES

LANGUAGES = [*sorted(POLICIES), "pl", None]
words = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="aAÄäßẞİIıiéÉñÑøŒﬁ½ＡªǅΣςکكيىیةۃهہھآأإؤئُّٰٔـ۵٥५\u200c\u200d\u0300\u0303\u0307\u0308क़़ँन्त", max_size=12),
)


@given(words, st.sampled_from(LANGUAGES))
def test_what_is_folded_stays_as_it_is(word, language):
    folded = fold(word, language)

    assert fold(folded, language) == folded


@given(words, st.sampled_from(LANGUAGES))
def test_case_makes_no_difference_where_it_has_one_meaning(word, language):
    if word.isascii() and language not in ("tr", "az"):
        assert fold(word.upper(), language) == fold(word.lower(), language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Beyoncé", "beyonce"),
        ("en", "Łódź", "LODZ"),
        ("ur", "مُحمّد", "محمد"),
        ("ur", "گائوں", "گائوں"),
        ("ur", "ﻻہور", "لاہور"),
        ("fa", "مسئله", "مسیله"),
        ("ar", "مسئولية", "مسيولية"),
        ("hi", "क़लम", "कलम"),
        ("hi", "सम्बन्ध", "संबंध"),
        ("tr", "IĞDIR", "ığdır"),
        (None, "２０２４", "2024"),
        (None, "soft\u00adware", "software"),
    ],
)
def test_two_ways_to_write_a_word_have_one_form(language, one, other):
    assert fold(one, language) == fold(other, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("es", "año", "ano"),
        ("de", "schön", "schon"),
        ("tr", "sınır", "sinir"),
        ("ur", "آم", "ام"),
        ("pl", "łaska", "laska"),
        ("hi", "जन्म", "जंम"),
    ],
)
def test_letters_of_their_own_stay_apart(language, one, other):
    assert fold(one, language) != fold(other, language)
