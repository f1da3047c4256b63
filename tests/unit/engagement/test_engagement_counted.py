"""What page calls offer and readers follow reaches every process's snapshot, and nothing else is counted."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from service.adapters.redis.learnt_values import examinations
from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.engagement.examination import Examination
from service.domain.identity import hash64
from service.domain.sites.site import Site
from service.usecases.events.judge_events import READER_TEASER_LINKS
from tests.conftest import PATIENCE
from tests.makers.newsroom import article

pytestmark = pytest.mark.redis

WIDGETS = [{"id": "side", "kind": "recent-news", "size": 2}]


class Paper:
    """A site of three articles, newest first, whose clock the test owns."""

    def __init__(self, redis_url: str, folder: Any) -> None:
        self.now = time.time()
        self.services = build_services(load_config(data_dir=folder, **PATIENCE), redis_url, clock=lambda: self.now)
        self.services.site_records.put(Site("courier", domains=("courier.example",)))
        stories = ["ferry strike at the harbour", "cup final at the stadium", "storm over the bridge"]
        self.services.articles.put("courier", [article(f"a-{n}", text, age_s=n) for n, text in enumerate(stories)])
        self.services.snapshots.look_around()
        self.web = create_app(self.services).test_client()

    def page(self, bearer: Any, widgets: Any = WIDGETS, **headers: str) -> list[str]:
        """The click addresses of a page call's teasers."""
        answer = self.web.post("/v1/page", headers={**bearer("render", site="courier"), **headers}, json={
            "widgets": widgets, "article": {"id": "a-0"}})  # fmt: skip
        return [urlsplit(item["click_url"]).path for item in answer.json["widgets"]["side"]["items"]]

    def pass_seconds(self, seconds: int) -> None:
        """Lets time pass, while the upkeep looks once a second."""
        for _ in range(seconds):
            self.now += 1
            self.services.background[-1].look()  # type: ignore[attr-defined]

    def counted(self) -> dict[str, tuple[float, float]]:
        """Clicks and offers by article, once the upkeep has written them down and looked around."""
        self.now += 10
        upkeep = self.services.background[-1]
        upkeep.look()
        self.now += 10
        upkeep.look()
        ids = ["a-0", "a-1", "a-2"]
        found = self.services.snapshots.snapshot("courier").engagement.of(np.array(list(map(hash64, ids)), np.uint64))
        return dict(zip(ids, zip(found.clicks.tolist(), found.offered.tolist(), strict=True), strict=True))


@pytest.fixture
def paper(redis: Any, redis_url: str, tmp_path: Any) -> Any:
    made = Paper(redis_url, tmp_path)
    yield made
    made.services.close()


def test_each_page_call_offers_what_stands_on_it_and_a_followed_teaser_is_a_click(paper: Paper, bearer: Any) -> None:
    links, *_ = [paper.page(bearer) for _ in range(3)]
    assert paper.web.get(links[0]).status_code == 302

    assert paper.counted() == {"a-0": (0, 0), "a-1": (1, 3), "a-2": (0, 3)}


def test_one_browser_cannot_lift_a_teasers_click_rate(paper: Paper, bearer: Any) -> None:
    link, *_ = paper.page(bearer)
    far = {"environ_base": {"REMOTE_ADDR": "8.8.8.8"}, "headers": {"User-Agent": "Mozilla/5.0 Firefox/120.0"}}
    assert {paper.web.get(link, **far).status_code for _ in range(READER_TEASER_LINKS.most + 5)} == {302}

    assert paper.counted()["a-1"] == (READER_TEASER_LINKS.most, 1)


def test_a_look_ahead_offers_nothing_and_clicks_nothing(paper: Paper, bearer: Any) -> None:
    link = paper.page(bearer, **{"Sec-Purpose": "prefetch"})[0]
    paper.web.head(link)
    paper.web.get(link, headers={"Sec-Purpose": "prefetch"})

    assert set(paper.counted().values()) == {(0, 0)}


def test_clicks_decide_the_next_page_within_half_a_minute_and_weigh_more_where_few_look(
    paper: Paper, bearer: Any
) -> None:
    by_clicks = {"clicked": {"like": "most-read", "weights": {"reads": 0, "freshness": 0.01, "clicks": 0.99}}}
    paper.services.site_records.put(Site("courier", widgets=by_clicks))
    examination = Examination({("clicked", 1): 1.0, ("clicked", 2): 0.2}, 1_000)
    examinations(paper.services.client).keep("courier", examination)
    paper.pass_seconds(30)
    widgets = [{"id": "side", "kind": "clicked", "size": 2}]
    first, second = paper.page(bearer, widgets=widgets)

    for _ in range(40):
        assert paper.page(bearer, widgets=widgets) == [first, second]
    for link in (first, second):
        for _ in range(4):
            paper.web.get(link)
    paper.pass_seconds(30)

    assert paper.page(bearer, widgets=widgets) == [second, first], "of as many clicks, of fewer looks"
