"""Neighbours by both views of a text: the nearest by words, put in order by words and topics together."""

from __future__ import annotations

import numpy as np
import pytest

from models.relevance.train import TrainingText, train
from service.adapters.files.index.generations.segment_building import KeptRows, open_segment, write_segment
from service.domain.content.article import Article
from tests.makers.newsroom import article, snapshot

TOPICS_WORDS = (
    ("ferry", "harbour", "pilot", "quay", "tide", "anchor"),
    ("judge", "verdict", "jury", "appeal", "prosecutor", "hearing"),
)
NONE = np.empty(0, np.int64)


def articles(count: int = 80) -> list[Article]:
    """Articles of five words of one topic and two that stand anywhere; the last third arrives late."""
    draws = np.random.default_rng(3)
    anywhere = [f"filler{number}" for number in range(20)]
    texts = [
        " ".join((*draws.choice(TOPICS_WORDS[n % 2], 5, replace=False), *draws.choice(anywhere, 2, replace=False)))
        for n in range(count)
    ]
    return [article(f"a-{n}", "", text, age_s=n * 60) for n, text in enumerate(texts)]


@pytest.fixture(scope="module")
def written() -> list[Article]:
    return articles()


@pytest.fixture(scope="module")
def model(written):
    return train([TrainingText(a.id, a.title, a.text, "en") for a in written], now=0.0, least_for_meaning=1).model


@pytest.fixture(scope="module")
def index(written, model):
    return snapshot(written[27:], written[:27], model=model)


@pytest.fixture(scope="module")
def words_only(written, model):
    """The same articles under the same words without topics."""
    plain = train([TrainingText(a.id, a.title, a.text, "en") for a in written], now=0.0).model
    return snapshot(written[27:], written[:27], model=plain)


def test_the_cosine_of_a_row_is_the_blend_of_its_words_and_its_place(index, words_only, model):
    every = np.arange(index.size)
    own = index.vector(index.row_of("a-3"))
    words = words_only.related(own, since=0, limit=1, also=every).also
    places = np.concatenate((index.base.segment.block.places, index.delta.block.places))

    found = index.related(own, since=0, limit=1, also=every).also

    own_place = model.meaning.place(own.terms, own.weights)
    assert found == pytest.approx(model.meaning.blend(words, places, own_place), abs=1e-5)


def test_neighbours_stand_in_the_order_of_the_blend(index):
    found = index.related(index.vector(index.row_of("a-3")), since=0, limit=15, also=NONE)

    assert (np.diff(found.scores) <= 1e-6).all()
    also = index.related(index.vector(index.row_of("a-3")), since=0, limit=1, also=found.rows).also
    assert also == pytest.approx(found.scores, abs=1e-5)


def test_neighbours_are_of_the_same_topic_more_often_than_by_words_alone(index, words_only, written):
    def of_the_same_topic(view) -> int:
        total = 0
        for n, own in enumerate(written):
            found = view.related(view.vector(view.row_of(own.id)), since=0, limit=30, also=NONE)
            hashes = view.columns(found.rows).id_hash
            same = {int(view.columns(np.array([view.row_of(a.id)])).id_hash[0]) for a in written[n % 2 :: 2]}
            total += sum(int(i) in same for i in hashes)
        return total

    assert of_the_same_topic(index) > of_the_same_topic(words_only)


def test_a_text_that_is_not_in_the_index_is_placed_too(index):
    vector, _ = index.encode("", "ferry tide", "en")

    found = index.related(vector, since=0, limit=5, also=NONE)

    assert found.scores[0] > 0


def test_places_are_written_and_read_with_the_segment(index, tmp_path):
    write_segment([KeptRows(index.base.segment, np.arange(index.base.segment.size))], tmp_path)

    opened = open_segment(tmp_path)

    assert opened.block.places.any()
    assert np.array_equal(opened.block.places, index.base.segment.block.places)
