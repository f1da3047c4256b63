"""Models over HTTP: listed, shown, rolled back; what is not there is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.adapters.redis.page.click_models import RedisClickModels
from service.domain.content.article import Article
from service.domain.engagement.click_model import ClickModel, ClickModelInUse
from service.domain.sites.site import Site

pytestmark = pytest.mark.redis


@pytest.fixture
def trained(services: Any, clock: Any = None) -> list[str]:
    """The versions of two models of the site `courier`."""
    services.site_records.put(Site("courier"))
    texts = ["ferry strike at the harbour", "cup final at the stadium", "storm over the bridge"]
    for number, text in enumerate(texts):
        article = Article(f"a-{number}", "https://c.example/a", text, text, datetime(2024, 2, 1, tzinfo=UTC))
        services.articles.put("courier", [article])
        if number:
            services.models.train("courier")
    return [row.version for row in services.models.list("courier")]


def test_models_are_listed_with_the_serving_one(web: Any, bearer: Any, trained: list[str]) -> None:
    answer = web.get("/v1/models?site=courier", headers=bearer("models", site="courier"))

    assert [(row["version"], row["serving"]) for row in answer.json["models"]] == [
        (trained[0], False),
        (trained[1], True),
    ]


def test_models_come_in_parts(web: Any, bearer: Any, trained: list[str]) -> None:
    headers = bearer("models", site="courier")

    first = web.get("/v1/models?site=courier&limit=1", headers=headers).json
    second = web.get(f"/v1/models?site=courier&limit=1&cursor={first['cursor']}", headers=headers).json
    assert [row["version"] for row in (*first["models"], *second["models"])] == trained
    assert second["cursor"] is None


def test_one_model_is_shown_and_an_unknown_one_told(web: Any, bearer: Any, trained: list[str]) -> None:
    headers = bearer("models", site="courier")

    shown = web.get(f"/v1/models/{trained[0]}?site=courier", headers=headers).json
    assert (shown["articles"], shown["serving"]) == (2, False)
    assert shown["metrics"]["vocabulary"] == shown["vocabulary"]
    assert shown["manifest"]["corpus"]["articles"] == 2
    assert {len(file["sha256"]) for file in shown["manifest"]["files"].values()} == {64}
    assert web.get("/v1/models/nothing?site=courier", headers=headers).status_code == 404


def test_rollback_serves_the_one_before_and_then_there_is_none(web: Any, bearer: Any, trained: list[str]) -> None:
    headers = bearer("models", site="courier")

    assert web.post("/v1/models/rollback?site=courier", headers=headers).json["version"] == trained[0]
    assert web.post("/v1/models/rollback?site=courier", headers=headers).status_code == 409


def test_a_model_laid_aside_is_promoted_once(web: Any, bearer: Any, trained: list[str], services: Any) -> None:
    headers = bearer("models", site="courier")
    aside = services.models.train("courier", aside=True).version
    assert services.models.serving("courier").version == trained[1]

    answers = [web.post(f"/v1/models/{aside}/promote?site=courier", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[0].json["serving"]
    assert services.models.serving("courier").version == aside
    assert web.post("/v1/models/rollback?site=courier", headers=headers).json["version"] == trained[1]
    assert web.post("/v1/models/nothing/promote?site=courier", headers=headers).status_code == 404


def test_an_altered_model_is_not_promoted(web: Any, bearer: Any, trained: list[str], services: Any) -> None:
    row = services.models.train("courier", aside=True)
    bundle = services.config.bundles / "courier" / row.version / "idf.npy"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"\0")

    answer = web.post(f"/v1/models/{row.version}/promote?site=courier", headers=bearer("models", site="courier"))

    assert (answer.status_code, "idf.npy" in answer.json["detail"]) == (422, True)
    assert services.models.serving("courier").version == trained[1]


def test_a_click_model_is_gone_back_from_and_then_there_is_none(web: Any, bearer: Any, services: Any) -> None:
    services.site_records.put(Site("courier"))
    headers = bearer("models", site="courier")
    learnt = ClickModelInUse(ClickModel({"relevance": 1.5}, -3.0, 0.04, 1_780_000_000), 1, (0.01, 0.02, 0.03))
    keep = RedisClickModels(services.client, services.shared_secret.key)
    keep.put("courier", learnt)
    keep.put("courier", ClickModelInUse(at=2))

    answer = web.post("/v1/models/clicks/rollback?site=courier", headers=headers)
    assert (answer.status_code, answer.json["version"], answer.json["gain"]) == (200, learnt.version, 0.02)
    listed = web.get("/v1/models?site=courier", headers=headers).json["click_models"]
    assert [(one["version"], one["serving"]) for one in listed] == [(learnt.version, True)]
    default, none = (web.post("/v1/models/clicks/rollback?site=courier", headers=headers) for _ in range(2))
    assert (default.json["version"], none.status_code) == ("default", 409)
