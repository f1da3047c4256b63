"""`standfirst ads explain` says what keeps a flight off a page, or what comes before it, and reserves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from service.cli import ExitCode, main
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

COLUMNS = (
    "advertiser,campaign,flight,placements,creative,format,headline,landing_url,price,tier,sections,daily_cap,starts_at"
)
FLIGHTS = (
    ("cheap", "sidebar", "1.00,,,,"),
    ("dear", "sidebar|article-foot", "9.00,,,0.009,"),  # its cap has room for one impression
    ("sport", "sidebar", "5.00,,Sport|Chess,,"),
    ("spent", "sidebar", "8.00,,,0.000001,"),
    ("later", "sidebar", "8.00,,,,2099-01-01"),
    ("own", "sidebar", ",house,,,"),
)


@pytest.fixture
def loaded(tmp_path: Path, services: Services, redis_url: str) -> str:
    services.sites.put(Site("courier"))
    path = tmp_path / "sheet.csv"
    rows = (
        f"acme,spring,{name},{where},k-{name},native,Cars,https://acme.example/,{terms}"
        for name, where, terms in FLIGHTS
    )
    path.write_text("\n".join((COLUMNS, *rows)), "utf-8")
    assert run(redis_url, "load", path).exit_code == 0
    return redis_url


def run(redis_url: str, *words: object) -> Result:
    options = ("--site", "courier", "--redis-url", redis_url)
    return CliRunner().invoke(main, ["ads", *map(str, words), *options])


def told(redis_url: str, flight: str, *words: str) -> dict[str, Any]:
    """What is told of a flight on the front page, by placement."""
    result = run(redis_url, "explain", "front", flight, *words, "--json")
    assert result.exit_code == 0, result.output
    placements: dict[str, Any] = orjson.loads(result.stdout)["placements"]
    return placements


def test_a_flight_that_nothing_keeps_away_has_those_before_it_named(loaded: str) -> None:
    cheap = told(loaded, "cheap")["sidebar"]
    assert (cheap["text"], cheap["ahead"]) == ("Nothing keeps it away.", ["dear"])
    assert (cheap["rank"], cheap["suited"]) == (3, 4)  # the one whose cap is full could be shown but for that
    assert told(loaded, "dear")["sidebar"]["ahead"] == []


def test_each_placement_that_it_runs_in_is_told_of_unless_others_are_named(loaded: str) -> None:
    assert list(told(loaded, "dear")) == ["sidebar", "article-foot"]
    assert told(loaded, "cheap", "--placement", "article-foot")["article-foot"]["outcome"] == "placement"


def test_what_decides_is_shown_with_the_reason(loaded: str) -> None:
    assert (
        "sidebar: The page or its reader is none of its sections.\n  its sections: sport, chess"
        in run(loaded, "explain", "front", "sport").stdout
    )
    assert "its starts_at: 2099-01-01T00:00:00+00:00" in run(loaded, "explain", "front", "later").stdout
    run(loaded, "pause", "cheap")
    assert "its status: paused" in run(loaded, "explain", "front", "cheap").stdout


def test_a_house_ad_waits_for_those_that_pay(loaded: str) -> None:
    own = told(loaded, "own")["sidebar"]
    assert own["text"] == "A house ad: it is shown where no flight that pays is."
    assert own["ahead"] == ["dear", "cheap"]


def test_a_cap_without_room_is_told_and_a_look_takes_none_of_it(loaded: str) -> None:
    assert told(loaded, "spent")["sidebar"]["outcome"] == "flight_daily_cap"
    assert [told(loaded, "dear")["sidebar"]["text"] for _ in range(3)] == ["Nothing keeps it away."] * 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["front", "chep"], "flight: the site 'courier' has no flight 'chep'; known are 6, such as cheap"),
        (["a-1", "cheap"], "page: the site 'courier' has no article 'a-1'; it has none yet"),
        (["front", "cheap", "--placement", "sidebr"], "has no placement 'sidebr'; known are 2, such as sidebar"),
    ],
)
def test_what_is_not_known_is_named_with_what_is_like_it(loaded: str, words: list[str], message: str) -> None:
    result = run(loaded, "explain", *words)
    assert result.exit_code == ExitCode.FAILED
    assert message in result.output
