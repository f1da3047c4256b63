"""Draws what an evaluation found; matplotlib is only needed here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.evaluation.agreement import Estimate, EvaluationError
from models.evaluation.judged_pairs import PairScores

_INCH_A_BAR = 0.45


def draw_estimates(figures: Mapping[str, Estimate], title: str, path: Path, scores: PairScores | None = None) -> None:
    """Draws each figure with its 95 % interval, and beside it the scores of judged pairs, if any are given.

    The file's ending names its kind (.svg, .png, .pdf). Raises EvaluationError where matplotlib is missing or does not
    know the ending.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EvaluationError("--plot needs matplotlib, which is not installed: pip install matplotlib.") from error
    height = 1.6 + _INCH_A_BAR * len(figures)
    figure = Figure(figsize=(11 if scores else 6.5, max(height, 4.0) if scores else height), layout="constrained")
    panels = figure.subplots(1, 2 if scores else 1, squeeze=False)[0]
    _draw_figures(panels[0], figures)
    if scores:
        _draw_pairs(panels[1], scores)
    figure.suptitle(title)
    try:
        figure.savefig(path)
    except ValueError as error:
        raise EvaluationError(f"{path.name}: {error}") from error
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror}; make room, or name another.") from error


def _draw_figures(panel: Any, figures: Mapping[str, Estimate]) -> None:
    for place, (name, estimate) in enumerate(reversed(list(figures.items()))):
        panel.barh(place, estimate.value, height=0.6, color="#4a6fa5")
        panel.plot((estimate.low, estimate.high), (place, place), color="#1b1b1b", linewidth=1.5)
        panel.text(max(estimate.high, estimate.value) + 0.02, place, f"{name} {estimate.value:.3f}", va="center")
    panel.set(yticks=[], xlim=(min(0.0, *(e.low for e in figures.values())), 1.6), xlabel="value, with 95 % interval")
    panel.spines[["top", "right", "left"]].set_visible(False)


def _draw_pairs(panel: Any, scores: PairScores) -> None:
    panel.scatter(scores.judgements, scores.words, s=8, alpha=0.5, label="words", color="#b0763b")
    panel.scatter(scores.judgements, scores.blend, s=8, alpha=0.5, label="words and topics", color="#4a6fa5")
    panel.set(xlabel="judgement", ylabel="cosine")
    panel.legend(frameon=False)
    panel.spines[["top", "right"]].set_visible(False)
