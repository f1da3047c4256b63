"""What `standfirst doctor` says of each site's model: sound, altered, or still to be trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.domain.content.article import Article
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.doctor import Verdict, judge_model
from service.usecases.manage_models import ModelState

pytestmark = pytest.mark.redis

Told = dict[str, dict[str, Any]]


@pytest.fixture
def doctor(services: Services, redis_url: str) -> Callable[[], Told]:
    """Runs `standfirst doctor` on the tests' store; returns its findings by part."""

    def run() -> Told:
        folder = str(services.config.data_dir)
        told = CliRunner().invoke(main, ["doctor", "--json", "--redis-url", redis_url, "--data-dir", folder])
        return {finding["part"]: finding for finding in json.loads(told.stdout)}

    return run


@pytest.fixture
def with_articles(services: Services) -> Services:
    """The service with a site of a few articles."""
    services.site_records.put(Site("courier", "The Harbour Courier"))
    published = datetime(2026, 11, 23, 10, tzinfo=UTC)
    texts = [
        "The ferry leaves at noon.",
        "Herring is cheap this week.",
        "A new pier for ferry and herring boats.",
    ]
    stories = [Article(f"a-{n}", f"https://c.example/{n}", text[:9], text, published) for n, text in enumerate(texts)]
    services.articles.put("courier", stories)
    return services


def bundle_array(services: Services, version: str) -> Path:
    """Returns one array file of a bundle."""
    return min((services.config.bundles / "courier" / version).glob("*.npy"))


def test_a_trained_model_is_named_and_sound(with_articles: Services, doctor: Callable[[], Told]) -> None:
    version = with_articles.models.train("courier").version
    found = doctor()["model of courier"]
    assert (found["verdict"], found["remedy"]) == ("OK", "")
    assert found["found"].startswith(version)


def test_articles_without_a_model_are_a_warning_that_names_the_command(
    with_articles: Services, doctor: Callable[[], Told]
) -> None:
    found = doctor()["model of courier"]
    assert found["verdict"] == "WARN"
    assert found["found"].startswith("3 articles, but no model")
    assert "standfirst models train --site courier" in found["remedy"]


def test_a_bundle_with_one_byte_changed_is_a_failure(with_articles: Services, doctor: Callable[[], Told]) -> None:
    path = bundle_array(with_articles, with_articles.models.train("courier").version)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    found = doctor()["model of courier"]
    assert found["verdict"] == "FAIL"
    assert path.name in found["found"]
    assert "standfirst models train --site courier" in found["remedy"]
    assert "rollback" not in found["remedy"]


def test_a_model_that_waits_for_its_index_is_told_of(
    with_articles: Services, doctor: Callable[[], Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDFIRST_MERGE_AFTER", "2")
    supply = with_articles.index_supply("courier")
    supply.bring()
    version = with_articles.models.train("courier").version
    found = doctor()["model of courier"]
    assert (found["verdict"], found["found"].partition(" ")[0]) == ("WARN", version)
    assert "standfirst serve" in found["remedy"]
    supply.bring()
    assert doctor()["model of courier"]["verdict"] == "OK"


def test_a_site_without_articles_needs_no_model(services: Services, doctor: Callable[[], Told]) -> None:
    services.site_records.put(Site("bare", "Bare"))
    assert doctor()["model of bare"]["verdict"] == "OK"


def test_an_altered_model_with_one_before_it_can_be_rolled_back() -> None:
    found = judge_model(ModelState("courier", 3, "v2", "idf.npy is altered", has_earlier=True))
    assert found.verdict is Verdict.FAIL
    assert "standfirst models rollback --site courier" in found.remedy
