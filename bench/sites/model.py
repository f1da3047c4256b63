"""The model behind a drawn corpus: its real vocabulary and weights, and topics of full size that are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.relevance.bundle import Manifest, write_bundle
from models.relevance.meaning import MOST_TERMS, TOPICS, MeaningSpace
from models.relevance.model import RelevanceModel
from service.adapters.files.index.segment.segment import Segment

VERSION = "bench"
SHARPNESS = 8.0


def model_of(segment: Segment) -> RelevanceModel:
    """Returns a model of the segment's vocabulary; it weighs and places a text at the cost of a trained one.

    Its topics are drawn, like the articles' places: at the sharpest power that training allows they move no score much.
    """
    chosen = np.random.default_rng(4)
    df = np.bincount(segment.rows.numbers, minlength=segment.vocabulary.size)
    widespread = np.sort(np.argsort(-df, kind="stable")[:MOST_TERMS])
    components = chosen.normal(size=(widespread.size, TOPICS)).astype(np.float32)
    return RelevanceModel(
        version=VERSION,
        terms=segment.vocabulary,
        idf=(np.log((1 + segment.size) / (1 + df)) + 1).astype(np.float32),
        unseen_idf=float(np.log(1 + segment.size) + 1),
        title_weight=3,
        meaning=MeaningSpace(segment.vocabulary[widespread], components, SHARPNESS),
    )


def write_model(segment: Segment, folder: Path) -> Manifest:
    """Writes the segment's model as a bundle of `folder` and returns its manifest."""
    return write_bundle(
        folder / VERSION,
        model_of(segment),
        [f"term{number}" for number in range(segment.vocabulary.size)],
        created_at="2026-01-01T00:00:00+00:00",
        corpus={"articles": segment.size},
        libraries={},
        metrics={"vocabulary": int(segment.vocabulary.size)},
    )
