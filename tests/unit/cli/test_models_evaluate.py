"""`standfirst models evaluate`: judged pairs of a file, a site's own newest articles, and what is wrong with either."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.domain.content.article import Article
from service.domain.sites.site import Site
from service.services import Services

Run = Callable[..., Result]

TOPICS = {
    "Sea": ("ferry", "harbour", "pilot", "quay", "tide", "anchor", "dredging", "crew"),
    "Court": ("judge", "verdict", "jury", "appeal", "prosecutor", "hearing", "bail", "plea"),
}
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def run(redis_url: str, tmp_path: Path, redis: object) -> Run:
    """Runs `standfirst models evaluate WORDS...` in this process, on the tests' store."""

    def invoke(*words: object) -> Result:
        settings = {"STANDFIRST_REDIS_URL": redis_url, "STANDFIRST_DATA_DIR": str(tmp_path / "var")}
        return CliRunner().invoke(main, ["models", "evaluate", *map(str, words)], env=settings)

    return invoke


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A file of judged pairs: the more words two texts share, the more alike people found them."""
    words = TOPICS["Sea"]
    lines = [
        {"text_a": " ".join(words), "text_b": " ".join((*words[:kept], *TOPICS["Court"][kept:])), "judgement": kept}
        for kept in range(len(words) + 1)
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n\n".join(map(json.dumps, lines)))
    return path


@pytest.fixture
def site(services: Services) -> str:
    """A site of sixty articles in two sections, an hour apart."""
    services.sites.put(Site(id="courier", name="Courier"))
    draws = np.random.default_rng(5)
    for number in range(60):
        section = ("Sea", "Court")[number % 2]
        text = " ".join(draws.choice(TOPICS[section], 5, replace=False))
        published_at = BEGIN + timedelta(hours=number)
        article = Article(f"a-{number}", f"https://c.example/{number}", text, text, published_at, section=section)
        services.articles.put("courier", [article])
    return "courier"


def test_judged_pairs_are_scored_and_each_score_is_written(run: Run, pairs: Path, tmp_path: Path) -> None:
    result = run("--pairs", pairs, "--scores", tmp_path / "scores.ndjson", "--json")

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["pairs"], told["texts"], told["fitted_on"]) == (9, 9, "the pairs' own texts")
    assert told["views"]["words"]["spearman"]["value"] == pytest.approx(1.0)
    assert told["views"]["words"]["pearson"]["low"] <= told["views"]["words"]["pearson"]["value"]
    lines = [json.loads(line) for line in (tmp_path / "scores.ndjson").read_text().splitlines()]
    assert [line["judgement"] for line in lines] == list(range(9))
    assert lines[0]["words"] == 0 < lines[1]["words"]


@pytest.mark.parametrize("option", ["--scores", "--plot"])
def test_what_cannot_be_written_is_named(run: Run, pairs: Path, tmp_path: Path, option: str) -> None:
    place = tmp_path / "nowhere" / "told.png"

    result = run("--pairs", pairs, option, place)

    assert result.exit_code == 1
    assert "cannot be written: No such file" in result.stderr
    assert str(place) in result.stderr


def test_every_faulty_line_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(
        '{"text_a": "a", "text_b": "b", "judgement": 1}\n{oops\n{"text_a": "a", "judgement": "much"}\n[1]\n'
    )

    result = run("--pairs", path)

    assert result.exit_code == 1
    for said in ("line 2: it is not JSON", "line 3.text_b", "line 3.judgement", "line 4"):
        assert said in result.stderr


@pytest.mark.parametrize("content", ["", '{"text_a": "the", "text_b": "of", "judgement": 1}\n' * 4])
def test_pairs_that_can_tell_nothing_are_refused_in_words(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(content)

    result = run("--pairs", path)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output


@pytest.mark.redis
def test_the_serving_model_of_a_site_is_asked_where_there_is_one(
    run: Run, pairs: Path, site: str, services: Services
) -> None:
    before = json.loads(run("--pairs", pairs, "--site", site, "--json").stdout)
    trained = services.models.train(site)
    after = json.loads(run("--pairs", pairs, "--site", site, "--json").stdout)

    assert before["fitted_on"] == "the pairs' own texts"
    assert after["model"] == trained.version


@pytest.mark.redis
def test_a_sites_newest_articles_are_held_out(run: Run, site: str) -> None:
    told = json.loads(run("--site", site, "--json").stdout)

    assert (told["fitted"], told["asked"], told["with_section"], told["topics"]) == (48, 12, 12, False)
    assert told["figures"]["section_precision_blend"]["value"] == 1.0
    assert told["figures"]["section_precision_chance"]["value"] == pytest.approx(0.5)
    assert told["figures"]["vocabulary_coverage"]["value"] == 1.0


@pytest.mark.redis
def test_a_site_of_few_articles_and_an_unknown_one_are_told_apart(run: Run, services: Services) -> None:
    services.sites.put(Site(id="small", name="Small"))

    assert "too few" in run("--site", "small").stderr
    assert "nowhere" in run("--site", "nowhere").stderr


def test_a_plot_is_drawn(run: Run, pairs: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")

    assert run("--pairs", pairs, "--plot", tmp_path / "figures.svg").exit_code == 0
    assert (tmp_path / "figures.svg").read_text().startswith("<?xml")
    assert "figures.odd" in run("--pairs", pairs, "--plot", tmp_path / "figures.odd").stderr


def test_without_gensim_the_lee_corpus_is_missed_in_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gensim.test.utils", None)

    result = run()

    assert result.exit_code == 1
    assert "gensim" in result.stderr
    assert "--pairs" in result.stderr
