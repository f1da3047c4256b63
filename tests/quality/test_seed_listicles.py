"""The page that began it all: its two listicles promise the same, though their texts have little in common."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.relevance.model import RelevanceModel, untrained
from models.relevance.train import TrainingText, train
from service.adapters.files.index.segment.row_block import prepare_text, telling_of
from service.domain.index.telling import Telling
from service.domain.page.choosing.relations import refusal_of, retells

SEED = json.loads((Path(__file__).parents[1] / "seed_page.json").read_text("utf-8"))
LISTICLES = [fields for fields in SEED["teasers"] if "shampoo" in fields["title"].lower()]


def told(fields: dict[str, str], model: RelevanceModel) -> Telling:
    return telling_of(prepare_text(fields["title"], fields["text"], "en", model), 0)


def refusal(model: RelevanceModel) -> str | None:
    one, other = (told(fields, model) for fields in LISTICLES)
    return refusal_of(retells(other, one))


def test_they_are_of_one_angle_without_a_model_and_under_the_pages_own() -> None:
    texts = [SEED["story"], *SEED["teasers"]]
    own = train([TrainingText(f["id"], f["title"], f["text"], "en") for f in texts], now=0.0).model

    assert refusal(untrained()) == "same-angle"
    assert refusal(own) == "same-angle"


def test_they_are_of_one_angle_under_a_model_of_real_news(news_model: RelevanceModel) -> None:
    assert refusal(news_model) == "same-angle"


@pytest.mark.parametrize("one", range(len(SEED["teasers"])))
def test_no_other_two_teasers_of_that_page_are(one: int) -> None:
    for other in range(one):
        pair = SEED["teasers"][one], SEED["teasers"][other]
        if not all(fields in LISTICLES for fields in pair):
            one_told, other_told = (told(fields, untrained()) for fields in pair)
            assert refusal_of(retells(other_told, one_told)) is None
