"""`standfirst ads`: plan, load and report from the command line."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.domain.sheet.columns import BY_NAME
from service.domain.sites.site import Site
from service.services import Services

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
    heads = run(redis_url, "report", "--site", "courier").output.splitlines()[0]
    assert heads.split() == ["flight_id", "status", "net_impressions", "views", "clicks", "spend", "currency", "pacing"]


def test_a_faulty_sheet_changes_nothing_and_exits_with_3(sheet: Path, redis_url: str, services: Services) -> None:
    sheet.write_text(SHEET + "acme,spring,f2,roof,k2,native,Cars,https://acme.example/,-1\n", "utf-8")
    loaded = run(redis_url, "load", sheet, "--site", "courier")
    assert loaded.exit_code == 3
    assert "line 3, placements: there is no placement 'roof'" in loaded.output
    assert "line 3, price: must not be negative" in loaded.output
    assert list(services.ads.entities.all("courier", "flights")) == []


def test_wrong_use_and_failure_have_their_own_exit_codes(sheet: Path, redis_url: str) -> None:
    assert run(redis_url, "load", sheet).exit_code == 2
    assert run(redis_url, "load", sheet.with_name("absent.csv"), "--site", "courier").exit_code == 2
    assert run(redis_url, "load", sheet, "--site", "nowhere").exit_code == 1


def test_a_report_is_written_as_its_file_ends_and_never_dropped(sheet: Path, redis_url: str) -> None:
    run(redis_url, "load", sheet, "--site", "courier")
    for name, begin in (("out.csv", b"flight_id"), ("out.XLSX", b"PK")):
        written = sheet.with_name(name)
        assert run(redis_url, "report", "--site", "courier", "--output", written).exit_code == 0
        assert written.read_bytes().lstrip(b"\xef\xbb\xbf").startswith(begin)
    refused = run(redis_url, "report", "--site", "courier", "--output", sheet.with_name("out.txt"))
    assert (refused.exit_code, "--format csv or xlsx or parquet" in refused.output) == (2, True)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "ndjson"])
def test_an_export_loads_again_as_unchanged(sheet: Path, redis_url: str, form: str) -> None:
    run(redis_url, "load", sheet, "--site", "courier")
    written = sheet.with_name(f"out.{form}")
    assert run(redis_url, "export", "--site", "courier", "--output", written).exit_code == 0
    plan = orjson.loads(run(redis_url, "plan", written, "--site", "courier", "--json").stdout)
    assert (len(plan["unchanged"]), plan["create"], plan["update"], plan["faults"]) == (4, [], [], [])
    told = run(redis_url, "export", "--site", "courier", "--format", form)
    assert told.stdout_bytes[:4] == written.read_bytes()[:4]


def test_the_template_is_a_sheet_that_loads(sheet: Path, redis_url: str) -> None:
    for name, words in (("t.csv", ()), ("t.xlsx", ()), ("other", ("--format", "xlsx"))):
        written = sheet.with_name(name)
        assert run(redis_url, "template", *words, "--output", written).exit_code == 0
        assert (written.read_bytes()[:2] == b"PK") is (name != "t.csv")
    assert run(redis_url, "template").stdout_bytes == sheet.with_name("t.csv").read_bytes()
    assert "3" in run(redis_url, "plan", sheet.with_name("t.xlsx"), "--site", "courier").output


def test_help_tells_what_every_column_is_for(redis_url: str) -> None:
    told = run(redis_url, "template", "--help").output
    for column in BY_NAME.values():
        assert f"  {column.name} " in told
        assert column.holds in " ".join(told.split())


def test_flights_are_retired_by_both_options_or_not_at_all(sheet: Path, redis_url: str, services: Services) -> None:
    run(redis_url, "load", sheet, "--site", "courier")
    sheet.write_text(SHEET.replace("f1", "f2"), "utf-8")
    assert run(redis_url, "load", sheet, "--site", "courier", "--retire-missing").exit_code == 2
    assert run(redis_url, "load", sheet, "--site", "courier", "--advertiser", "acme").exit_code == 2
    both = ("--retire-missing", "--advertiser", "acme")
    planned = run(redis_url, "plan", sheet, "--site", "courier", *both)
    assert "retire: flights of acme that the sheet does not name: f1" in planned.output
    assert run(redis_url, "load", sheet, "--site", "courier", *both).exit_code == 0
    statuses = {flight.id: str(flight.status) for flight in services.ads.entities.all("courier", "flights")}  # type: ignore[union-attr]
    assert statuses == {"f1": "retired", "f2": "active"}


def test_an_uploaded_image_is_named_as_a_sheet_needs_it(sheet: Path, redis_url: str) -> None:
    picture = Path(__file__).parents[1] / "inventory" / "images" / "plain.png"
    path = run(redis_url, "upload", picture, "--site", "courier").stdout.strip()
    assert path.startswith("/images/courier/")
    assert orjson.loads(run(redis_url, "upload", picture, "--site", "courier", "--json").stdout)["url"] == path
    header, row = SHEET.splitlines()
    sheet.write_text(f"{header},image_url\n{row},{path}\n", "utf-8")
    assert run(redis_url, "load", sheet, "--site", "courier").exit_code == 0
    sheet.write_text("<svg/>", "utf-8")
    assert run(redis_url, "upload", sheet, "--site", "courier").exit_code == 1
    sheet.write_bytes(b"x" * 500_001)
    assert "over 500,000 bytes" in run(redis_url, "upload", sheet, "--site", "courier").output


def test_a_flight_is_paused_and_resumed_and_a_creative_killed(sheet: Path, redis_url: str, services: Services) -> None:
    run(redis_url, "load", sheet, "--site", "courier")
    for act, status in (("pause", "paused"), ("resume", "active")):
        told = run(redis_url, act, "f1", "--site", "courier", "--json")
        assert (told.exit_code, orjson.loads(told.stdout)["status"]) == (0, status)
        assert services.ads.entities.get("courier", "flights", "f1").status == status  # type: ignore[union-attr]
    assert run(redis_url, "kill", "k1", "--site", "courier").exit_code == 1
    assert services.ads.entities.get("courier", "creatives", "k1").killed is False  # type: ignore[union-attr]
    assert run(redis_url, "kill", "k1", "--site", "courier", "--yes").exit_code == 0
    assert services.ads.entities.get("courier", "creatives", "k1").killed is True  # type: ignore[union-attr]
    for act, name in (("pause", "none"), ("kill", "none")):
        told = run(redis_url, act, name, "--site", "courier")
        assert (told.exit_code, "There is no" in told.output) == (1, True)


def test_a_placement_is_made_before_a_sheet_names_it(sheet: Path, redis_url: str) -> None:
    sheet.write_text(SHEET.replace("sidebar", "roof"), "utf-8")
    refused = run(redis_url, "load", sheet, "--site", "courier")
    assert (refused.exit_code, "standfirst ads placement" in refused.output) == (3, True)
    words = ("placement", "roof", "--site", "courier", "--size", "300x250", "--format", "native", "--floor", "0.80")
    assert "Created" in run(redis_url, *words).output
    assert "Changed" in run(redis_url, *words).output
    assert run(redis_url, "load", sheet, "--site", "courier").exit_code == 0
    [roof] = [row for row in orjson.loads(run(redis_url, "placements", "--site", "courier", "--json").stdout)
              if row["id"] == "roof"]  # fmt: skip
    assert (roof["sizes"], roof["formats"], roof["floor"]) == ([[300, 250]], ["native"], "0.80")
    assert "300x250" in run(redis_url, "placements", "--site", "courier").output


@pytest.mark.parametrize(
    ("words", "exit_code", "place"),
    [
        (["roof", "--size", "wide"], 2, "300x250"),
        (["a b"], 2, "ID"),
        (["roof", "--floor", "-1"], 1, "floor"),
        (["roof", "--size", "0x250"], 1, "sizes[0][0]"),
        (["roof", "--window-s", "5"], 1, "window_s"),
    ],
)
def test_a_faulty_placement_is_told_the_place(
    sheet: Path, redis_url: str, words: list[str], exit_code: int, place: str
) -> None:
    told = run(redis_url, "placement", *words, "--site", "courier")
    assert (told.exit_code, place in told.output) == (exit_code, True), told.output
