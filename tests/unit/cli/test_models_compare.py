"""`standfirst models compare`: a model laid aside beside the serving one, on the same pairs and the same articles."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
COMMON = "today the council of the port said"
SUBJECTS = {"Sea": ("ferry", "quay", "pilot"), "Court": ("jury", "appeal", "verdict")}


def load(services: Services, begin: int, count: int) -> None:
    """Loads articles that share the words of COMMON, an hour apart, two sections by turns."""
    for number in range(begin, begin + count):
        section = list(SUBJECTS)[number % 2]
        word = SUBJECTS[section][number % 3]
        at = BEGIN + timedelta(hours=number)
        article = Article(f"a-{number}", f"https://c.example/{number}", word, f"{COMMON} {word}", at, section=section)
        services.articles.put("courier", [article])


@pytest.fixture
def run(redis_url: str, tmp_path: Path, services: Services) -> Run:
    """Runs `standfirst models WORDS... --site courier` in this process, on the tests' store."""
    services.sites.put(Site("courier"))

    def invoke(*words: object) -> Result:
        settings = {"STANDFIRST_REDIS_URL": redis_url, "STANDFIRST_DATA_DIR": str(tmp_path / "var")}
        return CliRunner().invoke(main, ["models", *map(str, words), "--site", "courier"], env=settings)

    return invoke


@pytest.fixture
def two(run: Run, services: Services) -> tuple[str, str]:
    """The versions of a model of two articles, which serves, and of one of forty, laid aside."""
    load(services, 0, 2)
    first = told(run("train", "--json"))["version"]
    load(services, 2, 38)
    return first, told(run("train", "--aside", "--json"))["version"]


def told(result: Result) -> Any:
    """What a command wrote as JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Pairs that share the common words by some measure, and a subject where people found them alike."""
    words = COMMON.split()
    lines = [
        {
            "text_a": f"{COMMON} {one}",
            "text_b": " ".join((*words[: 3 + shared], other)),
            "judgement": 5 * (one == other),
        }
        for shared in range(4)
        for one in SUBJECTS["Sea"]
        for other in (*SUBJECTS["Sea"], *SUBJECTS["Court"])
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_a_model_that_knows_which_words_are_common_agrees_better_with_people(
    run: Run, two: tuple[str, str], pairs: Path
) -> None:
    found = told(run("compare", "--pairs", pairs, "--json"))

    assert (found["base"], found["model"]) == two
    pearson = found["figures"]["words Pearson"]
    assert pearson["verdict"] == "better"
    assert pearson["difference"]["value"] == pytest.approx(pearson["model"] - pearson["base"])
    assert 0 < pearson["difference"]["low"] < pearson["difference"]["high"]


def test_without_pairs_the_newest_articles_of_the_site_are_asked(run: Run, two: tuple[str, str]) -> None:
    found = told(run("compare", "--json"))

    assert found["asked"].startswith("the 8 newest articles of courier, and the 32 earlier")
    known = found["figures"]["vocabulary_coverage"]
    assert (known["model"], known["verdict"]) == (1.0, "better")
    assert set(found["figures"]) >= {"section_precision_blend", "section_precision_words"}


def test_a_promoted_model_is_compared_with_the_one_before_and_the_other_way_by_name(
    run: Run, two: tuple[str, str], pairs: Path
) -> None:
    before, after = two

    assert told(run("promote", "--json"))["version"] == after
    assert [row["serving"] for row in told(run("list", "--json"))] == [False, True]
    assert told(run("compare", "--pairs", pairs, "--json"))["base"] == before
    back = told(run("compare", before, "--base", after, "--pairs", pairs, "--json"))
    assert (back["model"], back["figures"]["words Pearson"]["verdict"]) == (before, "worse")


def test_what_is_written_stays_within_eighty_columns(run: Run, two: tuple[str, str], pairs: Path) -> None:
    for words in (["--pairs", pairs], []):
        result = run("compare", *words)
        assert all(version in result.stdout for version in two)
        assert max(map(len, result.stdout.splitlines())) <= 82


@pytest.mark.parametrize(("words", "said"), [((), "Two models are needed"), (("nothing",), "nothing")])
def test_without_two_models_it_is_said_what_lacks(
    run: Run, services: Services, words: tuple[str, ...], said: str
) -> None:
    load(services, 0, 2)
    told(run("train", "--json"))

    result = run("compare", *words)

    assert (result.exit_code, said in result.stderr) == (ExitCode.FAILED, True)
    assert "models list" in result.stderr
