"""`standfirst models evaluate --retold`: what pages keep apart, held against what people judged of a site's pairs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import ExitCode, main
from service.domain.content.article import Article
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

Run = Callable[..., Result]

STRIKE = (
    "Crews of the harbour ferries ended their strike at dawn after the union and the council had agreed on rest days"
)
ARTICLES = {
    "strike": ("Ferry strike ends", STRIKE),
    "reprint": ("Crews return to work", STRIKE + "."),
    "oils-1": ("Nine oils for shiny hair", "Argan is pressed from kernels and smells of nuts."),
    "oils-2": ("Nine best oils for shiny hair", "Coconut melts in the palm of a hand."),
    "final": ("Record crowd at the cup final", "The stadium was sold out within an hour of the gates opening."),
}


@pytest.fixture
def run(redis_url: str, tmp_path: Path, services: Services) -> Run:
    services.sites.put(Site("courier"))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    articles = [
        Article(name, f"https://courier.example/{name}", title, text, at) for name, (title, text) in ARTICLES.items()
    ]
    services.articles.put("courier", articles)

    def invoke(judged: Iterable[tuple[str, str, list[str]]], *words: object) -> Result:
        path = tmp_path / "judged.ndjson"
        path.write_text("\n".join(json.dumps({"article_a": a, "article_b": b, "relations": r}) for a, b, r in judged))
        settings = {"STANDFIRST_REDIS_URL": redis_url, "STANDFIRST_DATA_DIR": str(tmp_path / "var")}
        return CliRunner().invoke(main, ["models", "evaluate", "--retold", str(path), *map(str, words)], env=settings)

    return invoke


def figures(result: Result) -> dict[str, tuple[float, int]]:
    """The value of each figure and of how many it is."""
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)["figures"]
    return {name: (figure["value"], figure["of"]) for name, figure in told.items()}


def test_each_rule_has_its_precision_and_its_recall(run: Run) -> None:
    judged = [
        ("strike", "reprint", ["duplicate", "same-story"]),
        ("oils-1", "oils-2", ["same-angle"]),
        ("strike", "final", ["same-angle"]),  # a judge who sees more than the rule does
        ("oils-1", "final", []),
    ]
    found = figures(run(judged, "--site", "courier", "--json"))
    assert found["duplicate precision"] == found["duplicate recall"] == (1.0, 1)
    assert found["same-angle precision"] == (1.0, 1)
    assert found["same-angle recall"] == (0.5, 2)
    assert found["told again, among ten nearest"] == (1.0, 2)


def test_a_rule_that_calls_what_nobody_did_loses_precision_and_has_no_recall(run: Run) -> None:
    found = figures(run([("strike", "reprint", [])], "--site", "courier", "--json"))
    assert found["duplicate precision"] == (0.0, 1)
    assert "duplicate recall" not in found


def test_figures_are_printed_with_their_intervals_and_drawn(run: Run, tmp_path: Path) -> None:
    plot = tmp_path / "rules.svg"
    told = run([("strike", "reprint", ["duplicate"])], "--site", "courier", "--plot", plot)
    assert ["duplicate", "recall,", "of", "1", "1.000", "[0.207,", "1.000]"] in map(str.split, told.stdout.splitlines())
    assert "duplicate recall" in plot.read_text()


def test_articles_that_the_site_does_not_have_are_named(run: Run) -> None:
    told = run([("strike", "gone", [])], "--site", "courier")
    assert told.exit_code == ExitCode.FAILED
    assert "gone: is not an article of the site" in told.output


def test_a_relation_that_there_is_not_is_named_by_its_line(run: Run) -> None:
    told = run([("strike", "final", ["alike"])], "--site", "courier")
    assert told.exit_code == ExitCode.FAILED
    assert "line 1.relations.0" in told.output


def test_without_a_site_it_is_wrong_use(run: Run) -> None:
    assert run([]).exit_code == ExitCode.WRONG_USE
