"""The relations between articles: what signatures and tellings say of two of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.signatures import SIGNATURE_SIZE, shingles, signature
from service.domain.index.telling import Telling, Terms, terms_of, text_of
from service.domain.page.choosing.relations import is_copy, likeness, same_story, shared_text

DAY = 86_400
NO_TEXT = signature([])


def words(first: int, last: int) -> list[str]:
    return [f"word{number}" for number in range(first, last)]


def shares(one: list[str], other: list[str]) -> tuple[float, float]:
    return shared_text(text_of(signature(one)), text_of(signature(other)))


def terms(weights: dict[int, float]) -> Terms:
    return terms_of(np.array([*weights], np.uint64), np.array([*weights.values()], np.float32))


def telling(title: dict[int, float], keywords: dict[int, float], published_at: int = 0) -> Telling:
    return Telling(text_of(NO_TEXT), terms(title), terms(keywords), published_at)


@settings(max_examples=60)
@given(common=st.integers(60, 400), more=st.integers(0, 400), own=st.integers(0, 400))
def test_shared_text_is_estimated_within_five_standard_errors(common: int, more: int, own: int) -> None:
    one, other = words(0, common + more), words(0, common) + words(1_000, 1_000 + own)
    runs, others = set(shingles(one).tolist()), set(shingles(other).tolist())

    resemblance, _ = shares(one, other)

    assert resemblance == pytest.approx(len(runs & others) / len(runs | others), abs=5 * 0.028)


def test_a_text_shares_all_with_itself_and_nothing_with_no_text() -> None:
    assert shares(words(0, 90), words(0, 90)) == (1.0, 1.0)
    assert shares(words(0, 90), []) == (0.0, 0.0)
    assert shares([], []) == (0.0, 0.0)


def test_the_half_of_a_text_is_contained_in_the_whole() -> None:
    resemblance, containment = shares(words(0, 400), words(0, 200))

    assert resemblance == pytest.approx(0.5, abs=0.1)
    assert containment == pytest.approx(1.0, abs=0.1)


def test_a_cut_copy_is_a_duplicate_and_a_notice_inside_a_round_up_is_not() -> None:
    whole = text_of(signature(words(0, 400)))

    assert is_copy(whole, text_of(signature(words(0, 240))))
    assert not is_copy(whole, text_of(signature(words(0, 40))))


def test_a_signature_of_a_very_long_text_has_the_size_of_any_other() -> None:
    assert signature(words(0, 200_000)).size == NO_TEXT.size == SIGNATURE_SIZE
    assert not NO_TEXT.any()


def test_a_headline_told_again_on_the_same_day_is_the_same_story_and_a_week_later_it_is_not() -> None:
    one = telling({1: 0.8, 2: 0.6}, {1: 1.0})

    assert same_story(one, telling({1: 0.8, 2: 0.6}, {3: 1.0}))
    assert not same_story(one, telling({1: 0.8, 2: 0.6}, {1: 1.0}, 7 * DAY))


def test_likeness_is_the_same_both_ways_and_falls_with_the_days_between() -> None:
    one, other = telling({1: 0.8, 2: 0.6}, {1: 1.0}), telling({1: 1.0}, {1: 0.6, 4: 0.8}, DAY)

    assert likeness(one, other) == likeness(other, one) == pytest.approx(0.8 + 0.6 - 0.5)
    assert np.isclose(likeness(one, other._replace(published_at=0)), 1.4)
