"""What may join a page: no copies, one telling of an event, more where a widget asks for more."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.index.telling import NO_TELLING
from service.domain.page.choosing.relations import SAME_ANGLE_COSINE, cosine, is_copy, same_story
from service.domain.page.choosing.standing import BITS
from tests.makers.tellings import refusal, telling


def test_a_copy_may_not_join_its_original_nor_the_page_that_is_its_original():
    original = telling("ab", "abc", text="abc")
    copy = telling("xy", "abz", text="abc")

    assert refusal([original], copy) == "duplicate"
    assert refusal([], copy, original) == "duplicate"
    assert refusal([original], copy, stories=9) == "duplicate"


def test_a_copy_without_any_key_word_is_found_too():
    wordless = telling("", "", text="abc")

    assert refusal([telling("ab", "abc", text="abc")], wordless) == "duplicate"
    assert refusal([wordless], telling("ab", "abc", text="abc")) == "duplicate"


def test_two_tellings_of_one_event_join_only_where_the_widget_asks_for_two():
    first, second = telling("abc", "klm"), telling("abx", "klo")

    assert same_story(first, second)
    assert refusal([first], second) == "same-angle"
    assert refusal([first], second, stories=2) is None
    assert refusal([first, second], telling("aby", "klp"), stories=2) is not None


def test_beside_the_pages_own_story_one_further_telling_is_welcome():
    own = telling("abcd", "klmn")
    one, other = telling("abxy", "klop"), telling("cduv", "mnqr")
    assert not same_story(one, other)

    assert refusal([], one, own) is None
    assert refusal([one], other, own) == "same-story"
    assert refusal([one], other, own, stories=2) is None


def test_of_many_that_stand_each_is_found_again():
    told = ["".join(chr(300 + 4 * at + n) for n in range(4)) for at in range(2 * BITS + 3)]
    standing = [telling(words, words) for words in told]

    assert {refusal(standing, telling(words, words)) for words in told} == {"same-angle"}
    assert refusal(standing, telling("wxyz", "wxyz")) is None


def test_the_next_report_of_an_affair_may_join():
    assert refusal([telling("abc", "klmn")], telling("axy", "klop", published_at=2 * 86_400)) is None


WORDS = st.text(st.sampled_from("abcdefgh"), max_size=5)
TELLINGS = st.builds(telling, WORDS, WORDS, st.text(st.sampled_from("ab"), max_size=2), st.sampled_from([0, 50_000]))


@given(st.lists(TELLINGS, max_size=5), TELLINGS)
@settings(max_examples=200)
def test_what_is_refused_is_what_the_relations_say_pair_by_pair(standing, candidate):
    copies = [is_copy(each.text, candidate.text) for each in standing]
    alike = [
        cosine(each.title, candidate.title) >= SAME_ANGLE_COSINE or same_story(each, candidate) for each in standing
    ]
    found = refusal(standing, candidate)

    shares = [bool(np.intersect1d(each.keywords.hashes, candidate.keywords.hashes).size) for each in standing]
    if any(copy and shared for copy, shared in zip(copies, shares, strict=True)):
        assert found == "duplicate"
    if found != "duplicate":
        assert (found is not None) == any(alike)


def test_a_text_that_is_none_is_no_copy_of_another():
    assert refusal([NO_TELLING], NO_TELLING) is None
    assert cosine(NO_TELLING.title, NO_TELLING.title) == 0
