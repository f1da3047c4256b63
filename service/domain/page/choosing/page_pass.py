"""One pass over a page's candidates: weighs them for each widget in turn, and fills it with its share."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from service.domain.compiled import borrowed, compiled
from service.domain.engagement.rates import Prior
from service.domain.index.telling import Telling, Terms
from service.domain.page.choosing.choosing import Choice, fill_share
from service.domain.page.choosing.standing import Standing
from service.domain.page.ranking.exploration import untried
from service.domain.page.ranking.pool import Candidates, Floats, Hashes, Ints, Mask
from service.domain.page.ranking.ranking import (
    COMMENTS,
    EVERGREEN,
    FRESHNESS,
    MODEL_SHARE,
    READS,
    RELEVANCE,
    ageless_features,
    freshness_for,
    parts_of,
    totals,
)
from service.domain.page.ranking.rings import Reach, rings

Parts = tuple[Any, ...]

LEAST, DIVERSITY = MODEL_SHARE + 1, MODEL_SHARE + 2
"""What stands in a line of `measures` behind what ranking.measure_of says."""

SIZE, MOST_OF_SECTION, STORIES, UNTIL, EXPLORING, WINDOWS, STARTS = range(7)
"""What stands in a line of `counts`; behind them, from STARTS on, as many starts as there are windows."""


class Wants(NamedTuple):
    """What a page's widgets ask for, a line each in the order of filling; flat, since what is nested takes longer.

    `measures`: how they weigh candidates, the least relevance (0 where it does not lead), and their diversity.
    `counts`: size, most of one section, tellings of one event, how many the first round takes and how many of them
    explore, and the starts of their windows. `allowed`: which candidates each may take. `model` is the click model.
    """

    measures: Floats
    counts: Ints
    allowed: Mask
    model: Floats
    page_section: np.uint64
    seed: np.uint64


class Sheets(NamedTuple):
    """What became of the candidates, a line for each widget: see Choice and Rings."""

    unordered: Mask
    order: Ints
    ordered: Ints
    scores: Floats
    ring: Ints
    step: Ints
    dropped: Mask
    taken: Ints
    chosen: Ints
    explored: Mask
    nearest: Floats
    compared: Ints


def sheets_of(marks: Mask, numbers: Ints, measures: Floats, taken: Ints, counts: Ints) -> Sheets:
    """Returns the sheets that stand in these, one behind the other of a kind; they are parts of them."""
    return Sheets(
        marks[0],
        numbers[0],
        counts[0],
        measures[0],
        numbers[1],
        numbers[2],
        marks[1],
        taken,
        counts[1],
        marks[2],
        measures[1],
        numbers[3],
    )


def choice_at(sheets: Sheets, wants: Wants, sections: Hashes, widget: int) -> Choice:
    """Returns a widget's candidates and what is chosen of them; its arrays are lines of the sheets."""
    return Choice(
        sheets.unordered[widget],
        sheets.order[widget],
        sheets.ordered[widget],
        sheets.scores[widget],
        sheets.ring[widget],
        sections,
        wants.measures[widget, DIVERSITY],
        wants.counts[widget, MOST_OF_SECTION],
        wants.counts[widget, STORIES],
        sheets.dropped[widget],
        sheets.taken[widget],
        sheets.chosen[widget],
        sheets.explored[widget],
        sheets.nearest[widget],
        sheets.compared[widget],
    )


_choice_at, _sheets_of = compiled(choice_at), compiled(sheets_of)


def fill_page(candidates: Candidates, standing: Standing, wants: Wants) -> Sheets:
    """Returns the widgets after the first round, in which each takes what it may; who stands is noted in `standing`."""
    own = standing.own
    own_parts = own.text, tuple(own.title), tuple(own.keywords), own.published_at
    return sheets_of(*filled_page(candidates[:-1], tuple(candidates.prior), standing[:-1], own_parts, tuple(wants)))


@compiled
def filled_page(candidates: Parts, prior: Parts, standing: Parts, own: Parts, wants: Parts) -> Parts:
    """Returns the parts of `sheets_of`. A tuple with names takes three times as long to hand on as one without."""
    text, title, keywords, published_at = own
    told = Telling(text, Terms(*title), Terms(*keywords), published_at)
    columns: Parts = (*candidates, Prior(*prior))
    notes: Parts = (*standing, told)
    asked = Wants(*wants)
    parts = blank_parts(asked)
    sheets = borrowed(_sheets_of(*parts))
    fill_sheets(borrowed(Candidates(*columns)), borrowed(Standing(*notes)), borrowed(asked), sheets)
    return parts


@compiled
def fill_sheets(candidates: Candidates, standing: Standing, wants: Wants, sheets: Sheets) -> None:
    """Fills the widgets in turn, each with its share."""
    features = ageless_features(candidates, counts_in(wants, READS), counts_in(wants, COMMENTS))
    for widget in range(wants.counts.shape[0]):
        features[FRESHNESS] = freshness_for(candidates, wants.measures[widget])
        rank(candidates, features, wants, sheets, widget)
        choice, exploring = _choice_at(sheets, wants, candidates.section_hash, widget), wants.counts[widget, EXPLORING]
        new = choice.order[:0]
        if exploring:
            new = untried(candidates, wants.allowed[widget], choice.ring, wants.counts[widget, WINDOWS], wants.seed)
        fill_share(standing, choice, new, exploring, wants.counts[widget, UNTIL])


@compiled
def counts_in(wants: Wants, feature: int) -> bool:
    """Returns whether a feature has a weight in any widget, or in a click model that has a word."""
    by_model = wants.model[feature] != 0.0 and bool(np.any(wants.measures[:, MODEL_SHARE] > 0.0))
    return by_model or bool(np.any(wants.measures[:, feature] != 0.0))


@compiled
def blank_parts(wants: Wants) -> Parts:
    """Returns the parts of sheets on which nothing is written yet."""
    widgets, size = wants.allowed.shape
    marks = np.zeros((3, widgets, size), np.bool_)
    marks[0] = wants.allowed
    taken = np.empty((widgets, wants.counts[:, SIZE].max() if widgets else 0), np.int64)
    numbers, measures = np.zeros((4, widgets, size), np.int64), np.zeros((2, widgets, size), np.float64)
    return marks, numbers, measures, taken, np.zeros((2, widgets, 1), np.int64)


@compiled
def rank(candidates: Candidates, features: Floats, wants: Wants, sheets: Sheets, widget: int) -> None:
    """Notes the scores and the rings of a widget's candidates."""
    measure, counts, allowed = wants.measures[widget], wants.counts[widget], wants.allowed[widget]
    starts = counts[STARTS : STARTS + counts[WINDOWS]]
    reach = Reach(starts, counts[SIZE], measure[EVERGREEN] != 0.0, measure[LEAST], wants.page_section)
    scores = totals(parts_of(candidates, features, measure, wants.model))
    found = rings(candidates, features[RELEVANCE], allowed, reach)
    sheets.scores[widget], sheets.ring[widget], sheets.step[widget] = scores, found.ring, found.step
