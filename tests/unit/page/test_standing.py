"""What may join a page: no copies, one telling of an event, more where a widget asks for more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.signatures import signature
from service.domain.page.relations import SAME_ANGLE_COSINE, Telling, dot, is_copy, same_story, sketch_of
from service.domain.page.standing import Standing

NO_TEXT = sketch_of(signature([]))


def telling(title: str, keywords: str, text: str = "", published_at: int = 0) -> Telling:
    """A telling whose words weigh the same; a letter is a word."""
    return Telling(
        sketch_of(signature([f"{c}{n}" for c in text for n in range(40)])), even(title), even(keywords), published_at
    )


def even(words: str) -> dict[int, float]:
    terms = sorted(set(map(ord, words)))
    return dict.fromkeys(terms, len(terms) ** -0.5) if terms else {}


def with_standing(*tellings: Telling, own: Telling | None = None) -> Standing:
    standing = Standing(own)
    for each in tellings:
        standing.add(each)
    return standing


def test_a_copy_may_not_join_its_original_nor_the_page_that_is_its_original():
    original = telling("ab", "abc", text="abc")
    copy = telling("xy", "abz", text="abc")

    assert with_standing(original).refuses(copy) == "duplicate"
    assert with_standing(own=original).refuses(copy) == "duplicate"
    assert with_standing(original).refuses(copy, stories=9) == "duplicate"


def test_a_copy_without_any_key_word_is_found_too():
    wordless = telling("", "", text="abc")

    assert with_standing(telling("ab", "abc", text="abc")).refuses(wordless) == "duplicate"
    assert with_standing(wordless).refuses(telling("ab", "abc", text="abc")) == "duplicate"


def test_two_tellings_of_one_event_join_only_where_the_widget_asks_for_two():
    first, second = telling("abc", "klm"), telling("abx", "klo")

    assert same_story(first, second)
    assert with_standing(first).refuses(second) == "same-angle"
    assert with_standing(first).refuses(second, stories=2) is None
    assert with_standing(first, second).refuses(telling("aby", "klp"), stories=2) is not None


def test_beside_the_pages_own_story_one_further_telling_is_welcome():
    own = telling("abcd", "klmn")
    one, other = telling("abxy", "klop"), telling("cduv", "mnqr")
    assert not same_story(one, other)

    assert with_standing(own=own).refuses(one) is None
    assert with_standing(one, own=own).refuses(other) == "same-story"
    assert with_standing(one, own=own).refuses(other, stories=2) is None


def test_the_next_report_of_an_affair_may_join():
    assert with_standing(telling("abc", "klmn")).refuses(telling("axy", "klop", published_at=2 * 86_400)) is None


WORDS = st.text(st.sampled_from("abcdefgh"), max_size=5)
TELLINGS = st.builds(telling, WORDS, WORDS, st.text(st.sampled_from("ab"), max_size=2), st.sampled_from([0, 50_000]))


@given(st.lists(TELLINGS, max_size=5), TELLINGS)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_what_is_refused_is_what_the_relations_say_pair_by_pair(standing, candidate):
    copies = [is_copy(each.text, candidate.text) for each in standing]
    alike = [dot(each.title, candidate.title) >= SAME_ANGLE_COSINE or same_story(each, candidate) for each in standing]
    refusal = with_standing(*standing).refuses(candidate)

    shares = [bool(each.keywords.keys() & candidate.keywords.keys()) for each in standing]
    if any(copy and shared for copy, shared in zip(copies, shares, strict=True)):
        assert refusal == "duplicate"
    if refusal != "duplicate":
        assert (refusal is not None) == any(alike)


def test_a_text_that_is_none_is_no_copy_of_another():
    assert with_standing(Telling(NO_TEXT, {}, {}, 0)).refuses(Telling(NO_TEXT, {}, {}, 0)) is None
    assert dot({}, {}) == pytest.approx(0)
