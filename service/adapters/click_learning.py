"""Turns logged teasers into what a click model learns from, and what it learnt into the service's model."""

from __future__ import annotations

import numpy as np

from models.engagement.click_model import ClickLog, LearntClicks, judge
from models.evaluation.agreement import EvaluationError
from service.domain.engagement.click_model import ClickModel
from service.domain.errors import InvalidInput
from service.domain.widgets.kind import PARTS
from service.usecases.engagement.learn_clicks import Found, Row, numbered


def learn_clicks(rows: list[Row], learnt_at: int) -> Found:
    """Returns the model of these rows (learn_clicks.COLUMNS), used where it beats the default on the days held back.

    Raises InvalidInput where there is too little to learn from or to judge by.
    """
    from service.domain.page.ranking.ranking import blended

    group, day = numbered(rows)
    log = ClickLog(
        features=np.array([[row[name] for name in PARTS] for row in rows], float).reshape(-1, len(PARTS)),
        score=_column(rows, "score"),
        looks=_column(rows, "looks"),
        followed=_column(rows, "followed") > 0,
        group=group,
        day=day,
    )
    try:
        judged = judge(log, lambda learnt, held: blended(_model(learnt, learnt_at), held.score, held.features.T))
    except EvaluationError as error:
        raise InvalidInput.one("", str(error)) from error
    return Found(_model(judged.learnt, learnt_at), judged.is_better, judged)


def _model(learnt: LearntClicks, learnt_at: int) -> ClickModel:
    return ClickModel(dict(zip(PARTS, learnt.weights, strict=True)), learnt.bias, learnt.usual, learnt_at)


def _column(rows: list[Row], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows], float)
