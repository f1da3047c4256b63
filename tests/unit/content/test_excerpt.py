"""An excerpt ends at a word, says when something was left out, and never splits a character."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.domain.content.excerpt import ELLIPSIS, cut_excerpt
from service.domain.content.graphemes import is_boundary

SCRIPTS = st.text(
    st.sampled_from(
        "ab é e\u0301 🇵🇰🇮🇳 👩\u200d👩\u200d👧\u200d👦 👍🏽 ❤\ufe0f क्षि न\u094dद श\u094d\u200dर"
        " ی\u0654 نے ،۔ 한국 \u1112\u1161\u11ab"
        " 漢字かな。「」 ไทยำ๊ \u0600١ .,;:!?-—(\"'% \n\t \u200f\u202b\u202c\u2067\u2069 \U000e0067\U0001f3f4 123"
    ),
    max_size=80,
)


def boundaries(text: str) -> set[int]:
    return {0, *(found.end() for found in regex.finditer(r"\X", text))}


def reading_of(text: str) -> str:
    return " ".join(regex.sub("[\u202a-\u202e\u2066-\u2069]", "", text).split())


def test_24_words_are_followed_by_an_ellipsis_when_there_are_more() -> None:
    text = " ".join(f"word{number}" for number in range(30))
    assert cut_excerpt(text) == " ".join(f"word{number}" for number in range(24)) + "…"


def test_a_text_of_exactly_24_words_has_no_ellipsis() -> None:
    text = " ".join(f"word{number}" for number in range(24))
    assert cut_excerpt(text) == text


def test_paragraphs_are_joined_by_one_space() -> None:
    assert cut_excerpt("One.\n\nTwo.\t Three.") == "One. Two. Three."


@pytest.mark.parametrize("mark", [",", ".", ";", ":", " —", " -", ' "', " (", "،", "۔"])
def test_no_punctuation_stands_before_the_ellipsis(mark: str) -> None:
    assert cut_excerpt(f"two words{mark} and more", words=2) == "two words…"
    assert cut_excerpt(f"two words{mark} and more", chars=12) == "two words…"


def test_what_belongs_to_the_last_word_stays() -> None:
    assert cut_excerpt("prices rose 5% in May", words=3) == "prices rose 5%…"
    assert cut_excerpt("the board (of five) met", words=4) == "the board (of five)…"


def test_characters_are_counted_with_the_ellipsis_and_cut_at_a_word() -> None:
    text = "Harbour board votes tonight"
    assert cut_excerpt(text, chars=20) == "Harbour board votes…"
    assert cut_excerpt(text, chars=19) == "Harbour board…"
    assert cut_excerpt(text, chars=27) == text


def test_a_word_longer_than_the_room_is_cut_inside() -> None:
    assert cut_excerpt("Donaudampfschifffahrt und mehr", chars=6) == "Donau…"


def test_urdu_is_cut_at_a_word_and_its_stop_is_dropped() -> None:
    text = "وزیر اعظم نے کہا۔ ملک میں امن ہے۔"
    assert cut_excerpt(text, words=4) == "وزیر اعظم نے کہا…"


def test_arabic_vowel_signs_stay_with_their_letters() -> None:
    text = "مُحَمَّدٌ رَسُولُ"
    for chars in range(2, len(text)):
        cut = len(cut_excerpt(text, chars=chars)) - 1
        assert cut in boundaries(text)


def test_chinese_counts_two_characters_as_a_word() -> None:
    text = "港务局今晚表决新的渡轮票价方案。市民可以旁听会议并发言。" * 3
    excerpt = cut_excerpt(text)
    assert excerpt == cut_excerpt(text, words=24)
    assert 44 <= len(excerpt) <= 56
    assert excerpt.endswith("…")
    assert not excerpt.endswith("。…")


def test_chinese_is_cut_at_a_number_of_characters() -> None:
    assert cut_excerpt("港务局今晚表决新的渡轮票价方案", chars=6) == "港务局今晚…"


def test_thai_is_not_taken_for_one_endless_word() -> None:
    text = "คณะกรรมการท่าเรือลงมติเรื่องค่าโดยสารเรือข้ามฟากคืนนี้" * 4
    assert cut_excerpt(text, words=5).endswith("…")
    assert len(cut_excerpt(text, words=5)) < 40


def test_a_latin_name_inside_chinese_is_one_word() -> None:
    assert cut_excerpt("在iPhone上读新闻", words=2) == "在iPhone…"


def test_an_isolate_that_would_stay_open_is_left_out() -> None:
    assert cut_excerpt("a \u2067b c d\u2069 e", words=2) == "a b…"


def test_no_direction_mark_stands_before_the_ellipsis() -> None:
    assert cut_excerpt("عنوان\u200f خبر", words=1) == "عنوان…"


def test_no_words_give_no_excerpt() -> None:
    assert cut_excerpt(" \n ") == ""


@pytest.mark.parametrize("length", [{"words": 0}, {"chars": 0}])
def test_a_length_below_one_is_refused(length: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        cut_excerpt("text", **length)


@settings(max_examples=300)
@given(SCRIPTS, st.integers(1, 30))
@example("👩\u200d👩\u200d👧\u200d👦 family", 3)
@example("🇵🇰🇮🇳🇵🇰🇮🇳", 3)
def test_a_cut_by_characters_is_a_whole_prefix_never_longer_than_asked(text: str, chars: int) -> None:
    excerpt = cut_excerpt(text, chars=chars)
    whole = reading_of(text)
    assert len(excerpt) <= chars
    assert excerpt == whole or (excerpt.endswith(ELLIPSIS) and whole.startswith(excerpt[:-1]))
    assert excerpt == whole or len(excerpt) - 1 in boundaries(whole)


@settings(max_examples=300)
@given(SCRIPTS, st.integers(1, 12))
def test_a_cut_by_words_is_a_whole_prefix_of_so_many_words(text: str, words: int) -> None:
    excerpt = cut_excerpt(text, words=words)
    whole = reading_of(text)
    assert len(excerpt.removesuffix(ELLIPSIS).split()) <= words
    assert excerpt == whole or (excerpt.endswith(ELLIPSIS) and whole.startswith(excerpt[:-1]))
    assert excerpt == whole or len(excerpt) - 1 in boundaries(whole)


@settings(max_examples=300)
@given(SCRIPTS | st.text(max_size=20))
def test_whatever_we_call_a_boundary_unicode_calls_one_too(text: str) -> None:
    allowed = {at for at in range(len(text) + 1) if is_boundary(text, at)}
    assert allowed <= boundaries(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ab", {0, 1, 2}), ("e\u0301a", {0, 2, 3}), ("🇵🇰🇮🇳", {0, 2, 4}), ("한국", {0, 1, 2}), ("क्षक", {0, 3, 4})],
)
def test_ordinary_characters_have_a_boundary_between_them(text: str, expected: set[int]) -> None:
    assert {at for at in range(len(text) + 1) if is_boundary(text, at)} == expected
