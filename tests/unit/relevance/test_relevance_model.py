"""The relevance model: scikit-learn's weights, and words that it never saw."""

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from models.relevance.bundle import BundleError
from models.relevance.model import untrained
from models.relevance.pipeline import relevance_pipeline
from models.relevance.train import TrainingText, train
from models.text import term_hash

CORPUS = [
    TrainingText("a", "Ferry strike enters second week", "Crews of the harbour ferry stay on strike over pay.", "en"),
    TrainingText("b", "Ferry talks resume", "Owners of the ferry and the crews talk about pay and hours.", "en"),
    TrainingText("c", "Cup final draws record crowd", "The final was watched by a record crowd at the stadium.", "en"),
]


@pytest.fixture
def model():
    return train(CORPUS, now=1_700_000_000).model


def reference(corpus) -> tuple[Pipeline, np.ndarray]:
    pipeline = relevance_pipeline()
    return pipeline, pipeline.fit_transform([(row.title, row.text, "en") for row in corpus]).toarray()


def test_vectors_are_those_of_scikit_learn(model):
    pipeline, rows = reference(CORPUS)
    words = pipeline.named_steps["tfidf"].get_feature_names_out()

    for row, article in zip(rows, CORPUS, strict=True):
        vector = model.encode(article.title, article.text, "en")
        ours = dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))
        assert ours == pytest.approx({term_hash(w): row[i] for i, w in enumerate(words) if row[i] > 0}, abs=1e-6)


def test_a_word_never_seen_weighs_as_in_no_article(model):
    vector = model.encode("", "zorblat", "en")

    assert model.idf_of(vector.terms).tolist() == pytest.approx([np.log(1 + len(CORPUS)) + 1])
    assert vector.weights.tolist() == [1.0]


def test_a_word_of_the_headline_counts_three_times():
    vector = untrained().encode("Zorblat", "Quimby", "en")
    weights = dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))

    assert weights[term_hash("zorblat")] / weights[term_hash("quimbi")] == pytest.approx(1 + np.log(3))


def test_two_articles_that_share_only_an_invented_name_are_near(model):
    one = model.encode("Zorblat opens", "A bakery", "en")
    other = model.encode("Zorblat closes", "Rain expected", "en")

    shared = np.intersect1d(one.terms, other.terms)
    assert shared.tolist() == [term_hash("zorblat")]


def test_vectors_have_length_one_or_none(model):
    assert np.linalg.norm(model.encode("Ferry", "ferry crews", "en").weights) == pytest.approx(1)
    assert model.encode("", "the of and", "en").terms.size == 0


def test_without_a_model_every_term_weighs_the_same():
    vector = untrained().encode("", "ferry strike", "en")

    assert vector.weights.tolist() == pytest.approx([2**-0.5] * 2)


def test_the_same_articles_in_any_order_give_the_same_model():
    forth, back = train(CORPUS, now=1.0), train(CORPUS[::-1], now=1.0)

    assert forth.model.version == back.model.version
    assert np.array_equal(forth.model.idf, back.model.idf)


@pytest.mark.parametrize(
    "corpus", [[], CORPUS[:1], [TrainingText("a", "", "the", "en"), TrainingText("b", "", "of", "en")]]
)
def test_too_little_to_learn_from_is_refused(corpus):
    with pytest.raises(BundleError):
        train(corpus, now=1.0)
