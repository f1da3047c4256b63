"""The report on widgets where it is large or odd, and `standfirst widgets report`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
import redis as redis_client
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from service.adapters.redis.page.teaser_counter import RedisTeaserCounter
from service.cli import main
from service.domain.durations import DAY_S
from service.domain.engagement.teaser_events import TeaserAct, TeaserPlace
from service.domain.identity import hash64
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.engagement import report_widgets
from service.usecases.engagement.report_widgets import ReportWidgets, WidgetsReport, widgets_asked

SEEN, CLICKED = TeaserAct.IMPRESSION, TeaserAct.CLICK
NOW = 20_000.5 * DAY_S
TODAY = "2024-10-04"


@pytest.fixture
def counter(redis: redis_client.Redis) -> RedisTeaserCounter:
    return RedisTeaserCounter(redis)


def report(counter: RedisTeaserCounter, by: str, days: int = 1) -> WidgetsReport:
    """The report of these days up to today, of articles without names."""
    today = date.fromisoformat(TODAY)
    asked = widgets_asked(today - timedelta(days=days - 1), None, by, today)
    return ReportWidgets(counter, lambda _site, _hash: None).report("courier", asked)


def test_rows_come_by_day_then_those_seen_most(counter: RedisTeaserCounter) -> None:
    counter.add("courier", {(SEEN, TeaserPlace(1, "a")): 1, (SEEN, TeaserPlace(1, "b")): 2}, NOW)
    counter.add("courier", {(SEEN, TeaserPlace(1, "c")): 1}, NOW - DAY_S)
    rows = report(counter, "widget,day", days=2).rows
    assert [(row["day"], row["widget"]) for row in rows] == [("2024-10-03", "c"), (TODAY, "b"), (TODAY, "a")]


def test_what_was_seen_least_is_left_off_a_report_that_is_too_long(
    counter: RedisTeaserCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_widgets, "MOST_ROWS", 2)
    counter.add("courier", {(SEEN, TeaserPlace(1, name)): count for count, name in enumerate("abcde", 1)}, NOW)
    found = report(counter, "widget")
    assert ([row["widget"] for row in found.rows], found.left_off) == (["e", "d"], 3)


def test_more_clicks_than_impressions_are_a_rate_of_one(counter: RedisTeaserCounter) -> None:
    counter.add("courier", {(SEEN, TeaserPlace(1, "a")): 1, (CLICKED, TeaserPlace(1, "a")): 3}, NOW)
    assert report(counter, "widget").rows[0]["ctr"] == 1.0


@pytest.fixture
def run(web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]], redis_url: str,
        tmp_path: Path) -> Callable[..., Result]:  # fmt: skip
    """Runs `standfirst widgets report` on a site with one article, of which today's acts are counted."""
    services.sites.put(Site("courier"))
    article = {"url": "https://courier.example/a-1", "title": "Harbour bridge opens", "text": "It opened. " * 40,
               "published_at": "2026-11-01T08:00:00Z"}  # fmt: skip
    assert web.put("/v1/articles/a-1", json=article, headers=bearer("content", site="courier")).status_code == 201
    seen, gone = TeaserPlace(hash64("a-1"), "must-read", 1), TeaserPlace(hash64("gone"), "=1+1", 2)
    counts = {(SEEN, seen): 100, (CLICKED, seen): 5, (SEEN, gone): 40}
    RedisTeaserCounter(services.client).add("courier", counts, services.clock())

    def call(*words: str) -> Result:
        shared = ("--site", "courier", "--redis-url", redis_url, "--data-dir", str(tmp_path))
        return CliRunner().invoke(main, ["widgets", "report", *words, *shared])

    return call


@pytest.mark.redis
def test_the_command_shows_articles_by_their_titles(run: Callable[..., Result]) -> None:
    lines = run("--by", "article").stdout.splitlines()
    assert lines[0].split() == ["article_id", "title", "impressions", "views", "clicks", "ctr", "reads", "mean_dwell_s"]
    assert lines[1].split() == ["a-1", "Harbour", "bridge", "opens", "100", "0", "5", "0.05", "0"]
    assert lines[2].split() == ["40", "0", "0", "0.0", "0"]


@pytest.mark.redis
def test_the_command_tells_json_and_writes_tables_without_formulas(run: Callable[..., Result], tmp_path: Path) -> None:
    told = orjson.loads(run("--by", "widget", "--json").stdout)
    assert ([row["impressions"] for row in told["rows"]], told["left_off"]) == ([100, 40], 0)
    assert run("--by", "widget", "--format", "csv", "--output", str(tmp_path / "w.csv")).exit_code == 0
    assert (tmp_path / "w.csv").read_text("utf-8").splitlines()[1:] == ["must-read,100,0,5,0.05", "'=1+1,40,0,0,0.0"]


@pytest.mark.redis
def test_days_without_counts_say_so_and_wrong_ones_fail(run: Callable[..., Result]) -> None:
    assert run("--from", "2020-01-01", "--to", "2020-01-02").stdout.strip() == "Nothing was counted then."
    assert run("--by", "moon").exit_code == 1
    assert run("--from", "soon").exit_code == 2
