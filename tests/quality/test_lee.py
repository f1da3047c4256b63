"""People's judgements of news, on which nothing was tuned: the likeness that serves agrees with them as they do."""

from __future__ import annotations

import pytest

from models.evaluation.agreement import EvaluationError
from models.evaluation.judged_pairs import model_of_texts, score_pairs
from models.evaluation.lee import lee_corpus


@pytest.fixture(scope="module")
def views():
    """How far each view agrees, fitted on the 300 background texts."""
    try:
        background, pairs = lee_corpus()
    except EvaluationError as error:
        pytest.skip(str(error))
    return score_pairs(model_of_texts(background, "en", with_topics=True), pairs, "en").views()


@pytest.mark.parametrize(("view", "least"), [("words", 0.55), ("blend", 0.60)])
def test_both_views_reach_their_bar(views, view, least):
    assert views[view].pearson.value >= least


def test_topics_add_to_words(views):
    assert views["blend"].pearson.value > views["words"].pearson.value
    assert views["blend"].spearman.value > views["words"].spearman.value
