"""Figures are kept one of a name; the page on performance says what they say, and its plots are drawn from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.figures.kept import PAGE, keep, kept_figures
from bench.figures.plot import draw
from bench.figures.tables import BARS, TABLES, fill_in
from bench.pages.stages import REST, STAGES

SPREAD = {"median": 2.5, "min": 2.0, "max": 31_000.0}


def line(name: str, **values: object) -> str:
    """One figure as a benchmark prints it."""
    return json.dumps({"figure": name, **values}) + "\n"


def stages(kind: str) -> str:
    """A figure of stages."""
    spent = dict.fromkeys((*STAGES, REST, "whole"), SPREAD)
    return line(f"page_call_stages_{kind}_at_10_articles_5_flights", articles=10, flights=5, **spent)


def test_the_page_is_made_of_the_kept_figures_and_of_nothing_else() -> None:
    page = PAGE.read_text("utf-8")
    assert fill_in(page, kept_figures()) == page
    assert all(f"<!-- table: {name} -->" in page for name in TABLES)


def test_a_figure_measured_again_takes_the_earlier_ones_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept" / "figures.jsonl"
    keep([line("a", ours=SPREAD), line("b", ours=SPREAD)], path)
    kept = keep([line("a", ours={**SPREAD, "median": 3.0}), line("c", skipped="no wrk")], path)
    assert list(kept) == ["a", "b"]
    assert kept["a"]["ours"]["median"] == 3.0
    assert kept_figures(path) == kept
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_a_bar_that_is_missed_is_said_to_be() -> None:
    assert TABLES["bars"]({}).count("not measured yet") == len(BARS)
    ready = {"ready_after_start": {"ours": {**SPREAD, "median": 5.5}}}
    assert "| from start until ready | at most 5 s | 5.5 s | no |" in TABLES["bars"](ready)
    call = {"page_call_5_and_5_teasers_3_slots": {"share": 0.4, "p99_times": 1.51}}
    assert [row.rpartition(" | ")[2] for row in TABLES["bars"](call).splitlines()[2:4]] == ["yes |", "no |"]


def test_every_spread_of_a_figure_is_in_the_table_of_all() -> None:
    figures = {"reserve": {"unit": "ms", "flights": 5, "ping": SPREAD, "recall": {"near_exact": SPREAD, "top": 1.0}}}
    told = TABLES["every figure"](figures)
    assert "| `reserve` | ping | ms | 2.5 | 2 | 31,000 |" in told
    assert "| `reserve` | recall near exact | ms |" in told
    assert len(told.splitlines()) == 4


def test_the_same_figures_draw_the_same_plots(tmp_path: Path) -> None:
    growth = (
        line("related_top10_at_10", articles=10, ours=SPREAD),
        line("related_top10_at_100", articles=100, ours=SPREAD),
    )
    figures = keep([stages("first"), stages("again"), *growth], tmp_path / "figures.jsonl")
    once, again = ([path.read_bytes() for path in draw(figures, tmp_path)] for _ in range(2))
    assert len(once) == 2
    assert once == again


def test_without_figures_nothing_is_drawn(tmp_path: Path) -> None:
    assert draw({}, tmp_path) == []
