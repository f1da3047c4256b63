"""The analyzer: which words a text is made of."""

import pytest

from models.text import STOP_WORDS, distinct_term_ids, term_hash, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Minister's 5G plan", ["minister", "5g", "plan"]),
        ("اُردُو زبان", ["اُردُو", "زبان"]),
        ("संयुक्त राष्ट्र", ["संयुक्त", "राष्ट्र"]),
        ("北京大学", ["北京", "京大", "大学"]),
        ("covid東京fund", ["covid", "東京", "fund"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ﬁre", ["fire"]),
        ("کتـــاب", ["کتاب"]),
        ("a 7 b2", ["b2"]),
        ("", []),
    ],
)
def test_a_text_is_its_words_in_one_form(text, expected):
    assert tokens(text, "en") == expected


def test_words_that_news_needs_are_not_stop_words():
    assert STOP_WORDS.isdisjoint({"bill", "fire", "system", "interest", "detail", "find"})


def test_term_ids_stand_sorted_and_once():
    ids = distinct_term_ids("ferry strike ferry", "en")

    assert ids.tolist() == sorted({term_hash("ferry"), term_hash("strike")})
