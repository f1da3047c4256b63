"""Draws the plots of the documentation from kept figures: a page call's stages, how a search grows, what is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.pages.stages import REST, STAGES

Figures = Mapping[str, Mapping[str, Any]]
LOOK = {"svg.hashsalt": "standfirst", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}


def draw(figures: Figures, folder: Path) -> list[Path]:
    """Draws each plot whose figures there are into the folder, as SVG; returns the files."""
    import matplotlib as mpl

    mpl.use("svg")
    drawn = []
    with mpl.rc_context(LOOK):
        for name, plot in (("page-call-stages", _stages), ("search-growth", _growth), ("learning", _learning)):
            if shown := plot(figures):
                path = folder / f"{name}.svg"
                # Without a date the same figures give the same file.
                shown.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
                drawn.append(path)
    return drawn


def _stages(figures: Figures) -> Any:
    found = [figure for name, figure in figures.items() if name.startswith("page_call_stages_")]
    if not found:
        return None
    shown, axes = _plot(height=0.5 * len(found) + 1.6)
    labels = [
        f"{'again' if '_again_' in each['figure'] else 'first time'}, {each['articles']:,} articles,"
        f" {each['flights']:,} flights"
        for each in found
    ]
    left = [0.0] * len(found)
    for stage in (*STAGES, REST):
        widths = [each[stage]["median"] / 1_000 for each in found]
        axes.barh(labels, widths, left=left, label=stage, height=0.6)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.set_xlabel("milliseconds a page call, one thread")
    axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.3, 1.0), frameon=False)
    return shown


def _growth(figures: Figures) -> Any:
    found = sorted(
        (figure for name, figure in figures.items() if name.startswith("related_top")),
        key=lambda each: each["articles"],
    )
    if not found:
        return None
    shown, axes = _plot(height=3.6)
    ways = dict.fromkeys(
        name
        for each in reversed(found)
        for name, value in each.items()
        if isinstance(value, dict) and "median" in value
    )
    for way in ways:
        points = [(each["articles"], each[way]) for each in found if way in each]
        medians = [value["median"] for _, value in points]
        low = [value["median"] - value["min"] for _, value in points]
        high = [value["max"] - value["median"] for _, value in points]
        sizes = [size for size, _ in points]
        axes.errorbar(sizes, medians, yerr=(low, high), marker="o", capsize=3, label=way.replace("_", " "))
    axes.set(xscale="log", yscale="log", xlabel="articles", ylabel="ms a query, ten nearest")
    axes.legend(frameon=False)
    return shown


def _learning(figures: Figures) -> Any:
    found = figures.get("gain_kept_on_headline_tests")
    if found is None:
        return None
    shown, axes = _plot(height=3.6)
    for name, label in (("ours", "ours"), ("beta_1_60", "Thompson, Beta(1, 60)")):
        axes.plot(found["curves"]["views"], found["curves"][name], marker="o", label=label)
    axes.set(xlabel="views of each test", ylabel="share of the oracle's gain kept", ylim=(0, 1))
    axes.legend(frameon=False)
    return shown


def _plot(height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    shown = Figure(figsize=(8, height))
    axes = shown.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", alpha=0.25)
    return shown, axes
