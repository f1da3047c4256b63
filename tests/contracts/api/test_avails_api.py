"""`POST /v1/avails` and its command, from counted page calls to the answer, on a real store."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service.cli import main
from service.domain.ads.forecast.demand import Audience, Demand
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.forecast import forecast_avails

pytestmark = pytest.mark.redis

WORLD, SPORT = Audience("sidebar", "world", "ES", "mobile", "en"), Audience("sidebar", "sport", "ES", "mobile", "en")
HEAD = "advertiser,campaign,flight,placements,creative,format,headline,landing_url,price,goal,starts_at,ends_at,tier"
Post = Callable[..., Any]


def day(after: int) -> str:
    """A day from today on."""
    return (datetime.now(UTC) + timedelta(days=after)).date().isoformat()


def booked(flight: str, goal: int, tier: str = "standard") -> str:
    """A sheet's row: a flight of next week."""
    row = f"acme,spring,{flight},sidebar,k-{flight},native,Cars,https://acme.example/,2.00,{goal}"
    return f"{row},{day(7)},{day(13)},{tier}"


@pytest.fixture
def post(services: Services, web: FlaskClient, bearer: Callable[..., dict[str, str]]) -> Post:
    """Asks for avails at a site of 100 sidebar slots an hour for four weeks, a quarter of them in sport."""
    services.sites.put(Site("courier"))
    token = bearer("ads", site="courier")
    sheet = "\n".join([HEAD, booked("first", 5_000), booked("second", 1_000, "sponsorship")])
    loaded = web.post("/v1/inventory?mode=apply", data=sheet, content_type="text/csv", headers=token)
    assert loaded.status_code == 200, loaded.json
    services.ads.snapshots.refresh("courier")
    return lambda **cells: web.post("/v1/avails", json={"flight": cells}, headers=token)


@pytest.fixture
def learnt(services: Services, post: Post) -> Post:
    """The same, with its traffic learnt."""
    hour = int(services.clock() // 3_600)
    for ago in range(1, 4 * 168):
        services.ads.forecasting.demand.add("courier", hour - ago, {WORLD: Demand(75), SPORT: Demand(25)})
    services.ads.forecasting.learning.look()
    return post


def draft(**cells: Any) -> dict[str, Any]:
    """A draft of next week."""
    return {"placements": "sidebar", "price": 2.0, "goal": 3_000, "starts_at": day(7), "ends_at": day(13), **cells}


def test_a_draft_gets_its_slots_less_what_is_booked_and_hears_by_whom(learnt: Post) -> None:
    told = learnt(**draft()).json
    assert told["slots"]["expected"] == pytest.approx(7 * 24 * 100, rel=0.02)
    assert told["slots"]["low"] < told["slots"]["expected"] < told["slots"]["high"]
    assert [(one["flight_id"], one["tier"], one["takes"]) for one in told["contenders"]] == [
        ("first", "standard", 5_000), ("second", "sponsorship", 1_000),
    ]  # fmt: skip
    assert told["booked"] == 6_000
    assert told["available"]["expected"] == told["slots"]["expected"] - 6_000
    assert (told["needed"], told["not_counted"], told["contenders_left_off"]) == (3_000, [], 0)
    assert told["weeks_seen"] == pytest.approx(4, abs=0.02)


def test_of_very_many_flights_before_it_a_part_stands_for_all_and_the_answer_says_so(
    learnt: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert learnt(**draft()).json["looked_at_ratio"] == 1
    monkeypatch.setattr(forecast_avails, "MOST_LOOKED_AT", 1)
    told = learnt(**draft()).json
    [named] = told["contenders"]
    assert (told["looked_at_ratio"], told["booked"], told["contenders_left_off"]) == (0.5, 2 * named["takes"], 1)
    assert told["available"]["expected"] == told["slots"]["expected"] - told["booked"]
    assert learnt(**draft()).json["contenders"] == [named]


def test_targeting_and_tier_count(learnt: Post) -> None:
    told = learnt(**draft(sections=["sport"], tier="sponsorship", keywords="goal|cup")).json
    assert told["slots"]["expected"] == pytest.approx(7 * 24 * 25, rel=0.02)
    assert [(one["flight_id"], one["takes"]) for one in told["contenders"]] == [("second", 250)]
    assert told["not_counted"] == ["keywords"]


def test_what_a_booked_flight_has_is_not_counted_against_itself(learnt: Post) -> None:
    told = learnt(**draft(flight="first", goal=5_000)).json
    assert [one["flight_id"] for one in told["contenders"]] == ["second"]


def test_a_size_that_no_placement_takes_has_no_slots(learnt: Post) -> None:
    picture = {"format": "image", "creative": "k", "image_url": "https://acme.example/a.png", "image_alt": "A car"}
    fits = learnt(**draft(**picture, width=300, height=250)).json["slots"]["expected"]
    assert fits > 0 == learnt(**draft(**picture, width=7, height=7)).json["slots"]["expected"]


def test_a_draft_without_an_end_is_forecast_for_thirty_days(learnt: Post) -> None:
    told = learnt(placements="sidebar", price=2, starts_at=day(1)).json
    began, ends = (datetime.fromisoformat(told[name]) for name in ("starts_at", "ends_at"))
    assert (ends - began, told["needed"]) == (timedelta(days=30), None)


def test_every_fault_of_a_draft_is_told(learnt: Post) -> None:
    answer = learnt(**draft(placements="attic", price=-1, colour="red"))
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert {one["path"] for one in answer.json["errors"]} == {
        "flight.placements", "flight.price", "flight.colour",
    }  # fmt: skip


def test_until_traffic_is_learnt_the_answer_says_what_is_lacking(post: Post) -> None:
    answer = post(**draft())
    assert answer.status_code == 409
    assert "standfirst worker" in answer.json["detail"]


def test_the_commands_tell_the_same(learnt: Post, redis_url: str, tmp_path: Path) -> None:
    sheet = tmp_path / "draft.json"
    sheet.write_text(json.dumps([draft()]))

    def run(*words: str) -> str:
        done = CliRunner().invoke(
            main, [*words, "--site", "courier", "--redis-url", redis_url, "--data-dir", str(tmp_path)]
        )
        assert done.exit_code == 0, done.output
        return done.output

    [told] = json.loads(run("ads", "avails", str(sheet), "--json"))
    assert told == learnt(**draft()).json
    assert "standard flight first takes 5,000 of " in run("ads", "avails", str(sheet))
    week = json.loads(run("ads", "traffic", "--json"))
    assert (len(week["hours"]), week["slots_a_week"]) == (168, {"sidebar": pytest.approx(16_800, rel=0.01)})
    assert "100 (" in run("ads", "traffic")
