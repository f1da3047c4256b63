"""The tables of the page on performance, made of kept figures and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.pages.stages import REST, STAGES

Figure = Mapping[str, Any]
Figures = Mapping[str, Figure]

NOTHING = "Nothing is measured yet.\n"
PLOT_OF_STAGES = "![Milliseconds of each stage of a page call, by size of the site](images/page-call-stages.svg)\n"
PLOT_OF_GROWTH = "![Milliseconds of an exact search, by size of the archive](images/search-growth.svg)\n"
PLOT_OF_LEARNING = "![Share of the oracle's gain kept, by views of each test](images/learning.svg)\n"

_TABLE = re.compile(r"(<!-- table: ([a-z ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bar:
    """A goal: what is measured, in which figure, its value there, and the least or most that it may be."""

    what: str
    figure: str
    value: Callable[[Figure], float]
    limit: float
    is_least: bool
    unit: str = ""


def _median(*path: str) -> Callable[[Figure], float]:
    def value(figure: Figure) -> float:
        for name in path:
            figure = figure[name]
        return float(figure["median"])

    return value


def _number(name: str) -> Callable[[Figure], float]:
    return lambda figure: float(figure[name])


BARS = (
    Bar("page call with 3 slots: share of the bare route's requests a second", "page_call_5_and_5_teasers_3_slots",
        _number("share"), 0.40, is_least=True),
    Bar("page call with 3 slots: p99, times the bare route's", "page_call_5_and_5_teasers_3_slots",
        _number("p99_times"), 1.5, is_least=False),
    Bar("ranking and filling two widgets: share of a bare request", "rank_fill_two_widgets_of_5", _number("share"), 0.5,
        is_least=False),
    *(bar for slots, words, most in ((1, "a slot", 3), (3, "three slots", 5)) for bar in (
        Bar(f"{words} of 100,000 flights reserved: times a bare PING", f"reserve_{slots}_slots", _number("times_ping"),
            most, is_least=False),
        Bar(f"{words}: times the server's work at 100 flights", f"reserve_{slots}_slots",
            _number("times_server_of_fewest"), 1.3, is_least=False))),
    Bar("a slot, 16 clients at once: share of the GETs of redis-benchmark", "reserve_1_slots_16_clients",
        _number("share_of_redis_benchmark"), 0.05, is_least=True),
    Bar("events that a worker adds up in a second of its processor", "events_drained",
        _median("of_worker_processor"), 20_000, is_least=True),
    Bar("an impression recorded, synced: share of a bare route's requests a second", "record_impression_always",
        _number("share"), 0.40, is_least=True),
    Bar("a batch of 50 beacons: times a single one", "record_batch_of_50", _number("times_single"), 4, is_least=False),
    Bar("private memory of a worker", "private_memory_of_a_worker", _median("ours"), 60, is_least=False, unit="MB"),
    Bar("from start until ready", "ready_after_start", _median("ours"), 5, is_least=False, unit="s"),
    Bar("an article put is visible in all workers: p99", "article_visible_in_all_workers", _median("p99"), 1_000,
        is_least=False, unit="ms"),
    *(Bar(f"exact top 10 at {size:,} articles: times as fast as scipy's product", f"related_top10_at_{size}",
          _number("times_scipy_product"), 5, is_least=True) for size in (100_000, 1_000_000)),
    Bar("the bar of a near-exact one at 1,000,000, which the exact one meets", "related_top10_at_1000000",
        _number("times_scipy_product"), 12, is_least=True),
    Bar("an index of 1,000,000 articles opened", "generation_opened_at_1000000", _median("opened"), 5, is_least=False,
        unit="ms"),
    Bar("its postings: share of plain arrays", "generation_opened_at_1000000", _number("postings_to_plain"), 0.45,
        is_least=False),
    Bar("memory of four workers for it: times one's", "index_memory_of_4_workers_at_1000000", _number("times_one"), 1.3,
        is_least=False),
    Bar("100,000 rows of a sheet planned and applied", "inventory_load_at_100000", _median("s"), 30, is_least=False,
        unit="s"),
    Bar("memory of the process that loads them", "inventory_load_at_100000", _median("peak_mb"), 300, is_least=False,
        unit="MB"),
    Bar("a snapshot of 100,000 flights built, once for a host", "inventory_snapshot_at_100000", _median("built_s"), 2,
        is_least=False, unit="s"),
    Bar("what it adds to a worker's private memory", "inventory_snapshot_at_100000", _median("private_mb"), 60,
        is_least=False, unit="MB"),
    Bar("the longest search beside a merge at 1,000,000, less that beside a foreign process as busy",
        "generation_merged_at_1000000", _number("stall_ms"), 20, is_least=False, unit="ms"),
    Bar("the same with searches during which this machine, a guest, had its memory mapped anew",
        "generation_merged_at_1000000", _number("stall_of_all_ms"), 20, is_least=False, unit="ms"),
)  # fmt: skip


def fill_in(page: str, figures: Figures) -> str:
    """Returns the page with each table made anew, between `<!-- table: NAME -->` and `<!-- end of table -->`."""
    return _TABLE.sub(lambda found: f"{found[1]}{TABLES[found[2]](figures)}{found[3]}", page)


def _bars(figures: Figures) -> str:
    def row(bar: Bar) -> tuple[str, ...]:
        limit = f"{'at least' if bar.is_least else 'at most'} {bar.limit:,g} {bar.unit}".strip()
        if bar.figure not in figures:
            return bar.what, limit, "not measured yet", ""
        value = bar.value(figures[bar.figure])
        met = value >= bar.limit if bar.is_least else value <= bar.limit
        shown = f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"
        return bar.what, limit, f"{shown} {bar.unit}".strip(), "yes" if met else "no"

    return _table(("what", "bar", "measured", "met"), [row(bar) for bar in BARS])


def _stages(figures: Figures) -> str:
    found = [figure for name, figure in figures.items() if name.startswith("page_call_stages_")]
    kinds = ["again" if "_again_" in figure["figure"] else "first" for figure in found]
    heads = [
        f"{kind}, {f['articles']:,} articles, {f['flights']:,} flights" for kind, f in zip(kinds, found, strict=True)
    ]
    rows = [(stage, *(f"{figure[stage]['median']:,.0f}" for figure in found)) for stage in (*STAGES, REST, "whole")]
    return f"{PLOT_OF_STAGES}\n{_table(('microseconds', *heads), rows)}" if found else NOTHING


def _growth(figures: Figures) -> str:
    return PLOT_OF_GROWTH if any(name.startswith("related_top") for name in figures) else NOTHING


def _learning(figures: Figures) -> str:
    return PLOT_OF_LEARNING if "gain_kept_on_headline_tests" in figures else NOTHING


def _every(figures: Figures) -> str:
    rows = [
        (f"`{name}`", part, figure.get("unit", ""), *(f"{value[each]:,g}" for each in ("median", "min", "max")))
        for name, figure in figures.items()
        if not name.startswith("page_call_stages_")
        for part, value in _spreads(figure)
    ]
    return _table(("figure", "of", "unit", "median", "least", "most"), rows) if rows else NOTHING


def _spreads(figure: Figure, within: str = "") -> Iterator[tuple[str, Figure]]:
    for name, value in figure.items():
        if isinstance(value, dict) and "median" in value:
            yield f"{within}{name}".replace("_", " "), value
        elif isinstance(value, dict):
            yield from _spreads(value, f"{within}{name} ")


def _machine(figures: Figures) -> str:
    if "machine" not in figures:
        return NOTHING
    on = figures["machine"]
    libraries = ", ".join(f"{name} {release}" for name, release in on["libraries"].items())
    return (
        f"{on['cpu']}, {on['cores']} cores, {on['memory_gb']} GB, Python {on['python']}, {libraries};"
        f" {on['measured_on']}.\n"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


TABLES: dict[str, Callable[[Figures], str]] = {
    "bars": _bars,
    "stages": _stages,
    "growth": _growth,
    "learning": _learning,
    "every figure": _every,
    "machine": _machine,
}
