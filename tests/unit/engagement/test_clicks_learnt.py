"""Pages are logged with what was known of them; a model learnt of what was followed orders pages if it is better."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import orjson
import pytest
import redis as redis_client
from click.testing import CliRunner

from service.adapters.click_learning import learn_clicks
from service.adapters.redis.learnt_values import examinations
from service.adapters.redis.page.click_models import RedisClickModels
from service.adapters.redis.page.shown_log import RedisShownLog
from service.app import create_app
from service.bootstrap.services import build_services
from service.cli import main
from service.config import load_config
from service.domain.engagement.click_model import ClickModel, ClickModelInUse
from service.domain.engagement.shown_pages import FollowedTeaser, ShownEvent, ShownPage, ShownTeaser, is_logged
from service.domain.errors import InvalidInput
from service.domain.identity import hash64
from service.domain.sites.site import Site
from service.domain.widgets.kind import KINDS, PARTS
from service.usecases.engagement.learn_clicks import COLUMNS, SETTLED_S, LearnClicks
from service.usecases.engagement.shown_tally import ShownTally
from tests.conftest import PATIENCE
from tests.makers.newsroom import article

NOON, DAY = 1_772_366_400, 86_400
STORIES = (
    "cup final at the stadium", "goal scored at night", "ferry strike at the harbour", "storm over the bridge",
    "organ in the church", "lamp of the lighthouse", "chowder on the quay",
)  # fmt: skip
WIDGETS = [{"id": "side", "kind": "recent-news", "size": 3}, {"id": "newest", "kind": "latest-in-section", "size": 1}]
Bearer = Callable[..., dict[str, str]]


def kept(paper: Paper) -> RedisClickModels:
    """The click models of the paper's store."""
    return RedisClickModels(paper.services.client, paper.services.shared_secret.key)


class Paper:
    """A site that logs every page view; the test owns the clock."""

    def __init__(self, redis_url: str, folder: Any) -> None:
        self.now = time.time()
        config = load_config(data_dir=folder, logged_share=1.0, **PATIENCE)
        self.services = build_services(config, redis_url, clock=lambda: self.now)
        self.services.site_records.put(Site("courier"))
        self.services.articles.put("courier", [article(f"a-{n}", text, age_s=n) for n, text in enumerate(STORIES)])
        self.services.snapshots.look_around()
        self.web = create_app(self.services).test_client()
        self.headers: dict[str, str] = {}

    def call(self, page_view: str, **more: Any) -> dict[str, Any]:
        """A page call's answer."""
        asked = {"widgets": WIDGETS, "article": {"id": "a-0"}, "page_view": page_view, **more}
        found: dict[str, Any] = self.web.post("/v1/page", headers=self.headers, json=asked).json
        return found

    def pass_seconds(self, seconds: int) -> None:
        """Lets time pass, and the upkeep look at its end."""
        self.now += seconds
        self.services.background[-1].look()  # type: ignore[attr-defined]


@pytest.fixture
def paper(redis: Any, redis_url: str, tmp_path: Any, bearer: Bearer) -> Iterator[Paper]:
    made = Paper(redis_url, tmp_path)
    made.headers = bearer("render", "reports", site="courier")
    yield made
    made.services.close()


def test_what_a_page_showed_is_logged_with_what_was_followed_and_exported(paper: Paper, tmp_path: Any) -> None:
    items = paper.call("v-1")["widgets"]["side"]["items"]
    click = {"token": items[1]["click_url"].rpartition("/")[2], "kind": "click"}
    paper.web.post("/v1/events?site=courier", data=orjson.dumps({"events": [click], "page_view": "v-1"}))
    paper.pass_seconds(10)

    assert paper.services.learn_clicks.rows("courier") == [], "a page that may still be followed tells nothing"
    paper.now += SETTLED_S
    rows = paper.services.learn_clicks.rows("courier")

    assert [row["article"] for row in rows] == [f"{hash64(item['article_id']):016x}" for item in items]
    assert [row["followed"] for row in rows] == [False, True, False]
    assert {row["widget"] for row in rows} == {"recent-news"}, "a widget that a model may not order is not logged"
    assert tuple(rows[0]) == COLUMNS


def test_logged_features_are_those_by_which_the_page_was_chosen(paper: Paper) -> None:
    paper.call("v-1", reader={"history": ["a-1"]})
    explained = paper.call("v-2", reader={"history": ["a-1"]}, explain=True)["explain"]["widgets"]["side"]
    paper.pass_seconds(10)
    paper.now += SETTLED_S
    rows = paper.services.learn_clicks.rows("courier")

    weights = KINDS["recent-news"].weights
    parts = {f"{hash64(each['article_id']):016x}": each for each in explained}
    assert len(rows) == 6, "the request and its replay"
    for row in rows:
        told = parts[row["article"]]
        assert row["score"] == pytest.approx(told["score"], abs=1e-3)
        for name, part in told["parts"].items():
            assert row[name] * getattr(weights, name) == pytest.approx(part, abs=1e-3), name
    assert [{**row, "view": ""} for row in rows[:3]] == [{**row, "view": ""} for row in rows[3:]]


def test_a_model_in_use_orders_candidates_within_seconds_and_explains_itself(paper: Paper) -> None:
    assert paper.call("v-1")["widgets"]["side"]["items"][0]["article_id"] != "a-6"
    model = ClickModel(dict.fromkeys(PARTS, 0.0) | {"freshness": -400.0}, 396.0, 0.05, share=0.9)
    kept(paper).put("courier", ClickModelInUse(model))
    paper.pass_seconds(25)

    page = paper.call("v-2", explain=True)

    assert page["widgets"]["side"]["items"][0]["article_id"] == "a-6", "the oldest, which the model likes best"
    assert page["widgets"]["newest"]["items"][0]["article_id"] == "a-1", "the newest stay the newest"
    assert all(each["parts"]["learnt"] > 0 for each in page["explain"]["widgets"]["side"])


def test_what_readers_follow_on_served_pages_is_learnt_used_and_gone_back_from(
    paper: Paper, redis_url: str, tmp_path: Any
) -> None:
    """For five days they follow the most discussed of what they see, which the default gives no weight.

    The clock is set back at first; what is done every few seconds goes on.
    """
    chance = random.Random(1)
    comments = {f"n-{n}": (n * 7) % 30 for n in range(30)}
    titles = [" ".join("".join(chance.sample("aeioulnrstmkp", 6)) for _ in range(5)) for _ in comments]
    stories = [article(name, title, age_s=n, comment_count=comments[name])
               for n, (name, title) in enumerate(zip(comments, titles, strict=True))]  # fmt: skip
    paper.services.articles.put("courier", stories)
    paper.services.snapshots.look_around()

    def read(view: str) -> list[dict[str, Any]]:
        seen = [*(f"a-{n}" for n in range(len(STORIES))), *chance.sample([*comments], 20)]
        items: list[dict[str, Any]] = paper.call(view, exclude=seen)["widgets"]["side"]["items"]
        return items

    def discussed(when: str) -> float:
        paper.pass_seconds(25)
        return float(np.mean([comments[item["article_id"]] for n in range(40) for item in read(f"{when}-{n}")]))

    def learn(*words: str) -> str:
        where = ["--site", "courier", "--data-dir", str(tmp_path), "--redis-url", redis_url]
        done = CliRunner().invoke(main, ["models", "clicks", *words, *where])
        assert done.exit_code == 0, done.output
        return done.stdout

    paper.now -= 6 * DAY
    for day in range(5):
        for n in range(60):
            liked = max(read(f"v-{day}-{n}"), key=lambda item: comments[item["article_id"]])
            click = {"token": liked["click_url"].rpartition("/")[2], "kind": "click"}
            body = {"events": [click], "page_view": f"v-{day}-{n}"}
            assert paper.web.post("/v1/events?site=courier", json=body).json["refused"] == 0
        paper.pass_seconds(10)
        paper.now += DAY

    default = discussed("default")
    assert "It is used from now on." in learn()
    assert discussed("learnt") > default + 3
    assert learn("--rollback").startswith("Pages are chosen by the default again.")
    assert discussed("back") < default + 2


class Log:
    """A log of pages whose readers follow what is `liked`, whatever the score says."""

    def __init__(self, redis: redis_client.Redis, pages: int, liked: str | None, site_id: str = "courier") -> None:
        self.log, self.models = RedisShownLog(redis), RedisClickModels(redis, lambda: b"a key")
        chosen, events = np.random.default_rng(2), list[ShownEvent]()
        for page in range(pages):
            known = np.sort(chosen.random((5, len(PARTS))), axis=0)[::-1]
            known[:, 1:] = chosen.random((5, len(PARTS) - 1))
            teasers = tuple(
                ShownTeaser(at + 1, "must-read", at + 1, float(row[0]), tuple(row.tolist()))
                for at, row in enumerate(known)
            )
            likely = known[:, PARTS.index(liked)] * 0.3 if liked else np.full(5, 0.1)
            followed = np.flatnonzero(chosen.random(5) < likely).tolist()
            events.append(ShownPage(page, NOON + page * 10 * DAY // pages, teasers))
            events += [FollowedTeaser(page, at + 1) for at in followed]
        self.log.add(site_id, events)
        learner = LearnClicks(self.log, examinations(redis), self.models, learn_clicks, lambda: NOON + 20.0 * DAY)
        self.learning = learner


@pytest.mark.redis
def test_a_model_is_used_only_where_it_beats_the_default_on_days_held_back(redis: redis_client.Redis) -> None:
    better, no_better = Log(redis, 4_000, "clicks"), Log(redis, 4_000, None, "herald")

    found = better.learning.learn("courier")
    no_better.models.put("herald", ClickModelInUse(found.model))
    none = no_better.learning.learn("herald")

    assert (found.is_used, better.models.get("courier")) == (True, found.model)
    assert max(found.model.weights, key=lambda name: found.model.weights[name]) == "clicks"
    assert (none.is_used, no_better.models.get("herald")) == (False, None)


@pytest.mark.redis
def test_a_log_that_tells_too_little_leaves_the_model_in_use(redis: redis_client.Redis) -> None:
    log = Log(redis, 20, "clicks")
    log.models.put("courier", ClickModelInUse(ClickModel({}, 0.0, 0.5)))

    with pytest.raises(InvalidInput, match="it takes 200"):
        log.learning.learn("courier")

    assert log.models.get("courier") is not None


@pytest.mark.redis
def test_where_nothing_is_logged_the_setting_that_logs_is_named(redis: redis_client.Redis) -> None:
    with pytest.raises(InvalidInput) as refused:
        Log(redis, 0, None).learning.learn("courier")

    assert refused.value.faults[0].path == "STANDFIRST_LOGGED_SHARE"


@pytest.mark.redis
def test_a_share_of_page_views_is_logged_the_same_in_every_process(redis: redis_client.Redis) -> None:
    views = [f"view {n}" for n in range(4_000)]
    some = [view for view in views if is_logged(view, 0.1)]
    assert 300 < len(some) < 500
    assert not any(is_logged(view, 0.0) for view in views)
    assert all(is_logged(view, 1.0) for view in views)

    log, tally = RedisShownLog(redis), ShownTally(0.1, lambda: float(NOON))
    for view in views:
        tally.note_page("courier", view, (ShownTeaser(1, "must-read", 1, 0.5, (0.0,) * len(PARTS)),))
        tally.note_followed("courier", view, [1])
    tally.write_down(log, NOON)
    assert len(list(log.events("courier"))) == 2 * len(some)


def test_the_command_learns_exports_and_goes_back(paper: Paper, bearer: Bearer, redis_url: str, tmp_path: Any) -> None:
    Log(paper.services.client, 1_500, "clicks")
    where = ["--site", "courier", "--data-dir", str(tmp_path), "--redis-url", redis_url]
    file = tmp_path / "shown.parquet"

    exported = CliRunner().invoke(main, ["models", "clicks", "--export", str(file), *where])
    learnt = CliRunner().invoke(main, ["models", "clicks", "--json", *where])
    off = CliRunner().invoke(main, ["models", "clicks", "--off", *where])

    assert [one.exit_code for one in (exported, learnt, off)] == [0, 0, 0], (exported.output, learnt.output)
    assert file.read_bytes()[:4] == b"PAR1"
    told = orjson.loads(learnt.stdout)
    assert told["used"] is True
    assert told["gain"]["low"] > 0
    assert kept(paper).get("courier") is None

    listed = paper.web.get("/v1/models?site=courier", headers=bearer("models", site="courier")).json["click_models"]
    back = CliRunner().invoke(main, ["models", "clicks", "--rollback", *where])
    again, thrice = (CliRunner().invoke(main, ["models", "clicks", "--rollback", *where]) for _ in range(2))

    assert [(one["version"][:7], one["serving"]) for one in listed] == [("clicks-", False), ("default", True)]
    assert listed[0]["gain_low"] == told["gain"]["low"]
    assert back.output.startswith(f"Pages are chosen by {listed[0]['version']} again.")
    assert again.output.startswith("Pages are chosen by the default again.")
    assert kept(paper).get("courier") is None
    assert thrice.exit_code == 1
