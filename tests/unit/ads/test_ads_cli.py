"""`standfirst ads`: plan, load and report from the command line."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from service.bootstrap import Services
from service.cli import main
from service.domain.site import Site

pytestmark = pytest.mark.redis

SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,price
acme,spring,f1,sidebar,k1,native,Cars,https://acme.example/,2.00
"""


@pytest.fixture
def sheet(tmp_path: Path, services: Services) -> Path:
    services.sites.put(Site("courier"))
    path = tmp_path / "sheet.csv"
    path.write_text(SHEET, "utf-8")
    return path


def run(redis_url: str, *words: object) -> Result:
    """Runs `standfirst ads`."""
    return CliRunner().invoke(main, ["ads", *map(str, words), "--redis-url", redis_url])


def test_a_sheet_is_planned_loaded_and_reported(sheet: Path, redis_url: str) -> None:
    planned = run(redis_url, "plan", sheet, "--site", "courier")
    assert planned.exit_code == 0
    assert "Nothing was changed" in planned.output
    loaded = run(redis_url, "load", sheet, "--site", "courier")
    assert loaded.exit_code == 0
    assert "Applied as version 1" in loaded.output
    again = run(redis_url, "load", sheet, "--site", "courier", "--json")
    plan = orjson.loads(again.stdout)
    assert (len(plan["unchanged"]), plan["create"], plan["version"]) == (4, [], 1)
    reported = run(redis_url, "report", "--site", "courier", "--json")
    assert orjson.loads(reported.stdout)["rows"][0]["flight_id"] == "f1"


def test_a_faulty_sheet_changes_nothing_and_exits_with_3(sheet: Path, redis_url: str, services: Services) -> None:
    sheet.write_text(SHEET + "acme,spring,f2,roof,k2,native,Cars,https://acme.example/,-1\n", "utf-8")
    loaded = run(redis_url, "load", sheet, "--site", "courier")
    assert loaded.exit_code == 3
    assert "line 3, placements: there is no placement 'roof'" in loaded.output
    assert "line 3, price: must not be negative" in loaded.output
    assert services.ads.load.all("courier", "flights") == []


def test_wrong_use_and_failure_have_their_own_exit_codes(sheet: Path, redis_url: str) -> None:
    assert run(redis_url, "load", sheet).exit_code == 2
    assert run(redis_url, "load", sheet.with_name("absent.csv"), "--site", "courier").exit_code == 2
    assert run(redis_url, "load", sheet, "--site", "nowhere").exit_code == 1
