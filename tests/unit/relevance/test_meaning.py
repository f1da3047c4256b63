"""The second view: texts of one topic lie together though they share no word, on the scale of words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.relevance.bundle import open_bundle, verify_bundle
from models.relevance.meaning import TOPICS, WORDS_SHARE, MeaningSpace
from models.relevance.model import RelevanceModel
from models.relevance.train import Trained, TrainingText, save, train

SEA = ("ferry", "harbour", "pilot", "quay", "tide", "anchor")
COURT = ("judge", "verdict", "jury", "appeal", "prosecutor", "hearing")
NOW = 1_700_000_000.0


def archive() -> list[TrainingText]:
    """Articles of five words of one topic each, drawn with a seed, among words that stand anywhere."""
    draws = np.random.default_rng(3)
    anywhere = [f"filler{number}" for number in range(60)]
    texts = [
        " ".join((*draws.choice(topic, 5, replace=False), *draws.choice(anywhere, 2, replace=False)))
        for topic in (SEA, COURT)
        for _ in range(40)
    ]
    return [TrainingText(str(number), "", text, "en") for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(archive(), now=NOW, least_for_meaning=1)


@pytest.fixture(scope="module")
def model(trained: Trained) -> RelevanceModel:
    return trained.model


def blended(model: RelevanceModel, one: str, other: str, words: float = 0.0) -> float:
    own, place = (model.meaning.place(*model.encode("", text, "en")) for text in (one, other))
    return float(model.meaning.blend(np.array([words], np.float32), place[None], own)[0])


def test_texts_of_one_topic_are_near_without_a_common_word(model: RelevanceModel) -> None:
    assert blended(model, "ferry harbour", "tide anchor") > 0.05
    assert blended(model, "ferry harbour", "judge verdict") < 0.02


def test_the_same_text_is_as_near_as_can_be(model: RelevanceModel) -> None:
    assert blended(model, "ferry harbour", "ferry harbour", 1.0) == pytest.approx(1.0, abs=0.02)


def test_a_text_of_unknown_words_is_judged_by_words_alone(model: RelevanceModel) -> None:
    assert not model.meaning.place(*model.encode("", "zorblat", "en")).any()
    assert blended(model, "ferry", "zorblat", 0.4) == pytest.approx(0.4)
    assert blended(model, "zorblat", "ferry", 0.4) == pytest.approx(0.4)


def test_a_small_archive_has_no_topics_and_words_decide() -> None:
    small = train(archive(), now=NOW).model

    assert not small.meaning.terms.size
    assert blended(small, "ferry", "ferry tide", 0.7) == pytest.approx(0.7)


def test_the_same_articles_give_the_same_topics(model: RelevanceModel) -> None:
    again = train(archive(), now=NOW, least_for_meaning=1).model.meaning

    assert np.array_equal(again.terms, model.meaning.terms)
    assert np.array_equal(again.components, model.meaning.components)
    assert again.sharpness == model.meaning.sharpness


def test_a_bundle_brings_the_topics_back(trained: Trained, tmp_path) -> None:
    manifest = save(trained, tmp_path, NOW)
    folder = tmp_path / manifest.version

    opened = open_bundle(folder, verify_bundle(folder)).meaning

    assert np.array_equal(opened.terms, trained.model.meaning.terms)
    assert np.array_equal(opened.components, trained.model.meaning.components)
    assert opened.sharpness == trained.model.meaning.sharpness


@given(
    words=arrays.arrays(np.float32, 5, elements=st.floats(0, 1, width=32)),
    places=arrays.arrays(np.int8, (5, TOPICS), elements=st.integers(-12, 12)),
    sharpness=st.floats(1, 8),
)
def test_a_blend_lies_between_its_views_and_grows_with_words(words, places, sharpness) -> None:
    space = MeaningSpace(sharpness=sharpness)
    found = space.blend(words, places, places[0])
    more = space.blend(np.minimum(words + np.float32(0.1), np.float32(1)), places, places[0])

    assert (found >= WORDS_SHARE * words - 1e-6).all()
    assert (found <= 1 + 1e-6).all()
    assert (more >= found - 1e-6).all()
