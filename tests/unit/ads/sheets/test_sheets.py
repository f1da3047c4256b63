"""Inventory sheets: what is read, and every fault by its line and column."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import re
from datetime import UTC, datetime
from importlib import resources

import orjson
import pytest

from service.adapters.sources.sheets.reading import SheetFormat, read_rows
from service.domain.ads.inventory import Flight, FlightStatus, PriceModel, Tier, Unit
from service.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from service.domain.sheet.reading.countries import COUNTRIES
from service.domain.sites.site import Site
from service.usecases.ads.loading.load_inventory import LoadInventory, SheetPlan
from service.usecases.ads.loading.manage_entities import ManageEntities
from tests.makers.memory_inventory import MemoryInventoryStore

SITE = Site("s", timezone="Europe/Madrid", currency="EUR", domains=("courier.example",))
ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f1", "placements": "sidebar", "creative": "k1",
    "format": "image", "width": "300", "height": "250", "image_url": "https://img.example/a.png",
    "landing_url": "https://acme.example/", "price": "2.50",
}  # fmt: skip
LIMIT = 1_000_000


def csv_of(*rows: dict[str, str]) -> bytes:
    """A CSV sheet of these rows."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


class Desk:
    """A site's inventory in memory, loaded by sheets."""

    def __init__(self) -> None:
        self.store = MemoryInventoryStore()
        ids = itertools.count()
        self.load = LoadInventory(self.store, lambda: f"plan-{next(ids)}")
        self.entities = ManageEntities(self.store)

    def plan(self, raw: bytes, form: SheetFormat = "csv", retire: str | None = None) -> SheetPlan:
        """Plans a sheet."""
        return self.load.plan(SITE, *read_rows(raw, form, LIMIT), retire)

    def apply(self, *rows: dict[str, str], retire: str | None = None) -> SheetPlan:
        """Applies a sheet of these rows."""
        return self.load.apply(SITE, *read_rows(csv_of(*rows), "csv", LIMIT), retire)

    def flight(self, flight_id: str = "f1") -> Flight:
        """Returns a flight."""
        return self.store.load("s").flights[flight_id]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def faults(plan: SheetPlan) -> list[tuple[int, str]]:
    """The lines and columns of a plan's faults."""
    return [(fault.line, fault.column) for fault in plan.faults]


def names(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    """The entities of a part of a plan."""
    return {(row["kind"], row["id"]) for row in rows}


def test_a_plain_row_has_the_defaults(desk: Desk) -> None:
    desk.apply(ROW)
    flight = desk.flight()
    assert (flight.status, flight.tier, flight.price_model) == (FlightStatus.ACTIVE, Tier.PRICE, PriceModel.CPM)
    assert (flight.price_micros, flight.cap_unit, flight.pacing) == (2_500_000, Unit.MONEY, "even")
    assert (flight.starts_at, flight.ends_at, flight.timezone) == (None, None, "Europe/Madrid")
    assert flight.creatives[0].weight == 1
    assert desk.plan(csv_of({**ROW, "goal": "500"})).faults == ()


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("price", "-1", "negative"),
        ("price", "1.0000001", "six decimals"),
        ("price", "0", "above zero"),
        ("price", "9001", "at most"),
        ("price", "2,50", "not an amount"),
        ("lifetime_cap", "0", "above zero"),
        ("daily_cap", "-5", "negative"),
        ("goal", "0", "above zero"),
        ("goal", "1.5", "whole number"),
        ("goal_type", "share", "required"),
        ("goal_type", "clicks", "required"),
        ("frequency_cap", "three a day", "write it like 3/day"),
        ("frequency_cap", "0/day", "from 1 to"),
        ("frequency_cap", "3/minute", "none of hour, day, week, month"),
        ("frequency_cap", "9/year", "over 30 days"),
        ("campaign_frequency_cap", "9/quarter", "over 30 days"),
        ("advertiser_frequency_cap", "3/day|4/day", "two caps of one window"),
        ("creative_frequency_cap", "-1/day", "write it like"),
        ("suitability", "news", "is not open, standard"),
        ("campaign_daily_cap", "0", "above zero"),
        ("advertiser_lifetime_cap", "-5", "negative"),
        ("currency", "USD", "no rate for USD"),
        ("currency", "dollars", "three letters"),
        ("timezone", "Europe/Atlantis", "not a time zone"),
        ("timezone", "Europe", "not a time zone"),
        ("cap_timezone", "../etc/passwd", "not a time zone"),
        ("starts_at", "2026-03-29T02:30", "clocks are put forward"),
        ("starts_at", "next week", "not a time"),
        ("ends_at", "2026-13-01", "not a time"),
        ("status", "on", "none of"),
        ("tier", "gold", "none of"),
        ("price_model", "cpa", "none of"),
        ("pacing", "slow", "none of"),
        ("cap_unit", "euros", "none of"),
        ("placements", "skyscraper", "no placement"),
        ("countries", "Spain", "two letters"),
        ("countries", "ES|UK", "write GB"),
        ("exclude_countries", "XX", "ISO 3166"),
        ("regions", "UK-LND", "write GB"),
        ("regions", "Madrid", "write it like ES-MD"),
        ("exclude_regions", "ES_MD", "write it like ES-MD"),
        ("key_values", "reds", "write them like team=reds"),
        ("exclude_key_values", "team=", "write them like team=reds"),
        ("similar_to", "boats|" + "x" * 1_001, "over 1,000 characters"),
        ("exclude_similar_to", "1 | 2", "no word"),
        ("similar_to", "boats >= 0.01", "no cosine from 0.02 to 1"),
        ("similar_to", "boats >= 1.5", "no cosine from 0.02 to 1"),
        ("languages", "?", "not a language"),
        ("devices", "watch", "none of"),
        ("days", "noday", "none of"),
        ("hours", "8-25", "not hours"),
        ("hours", "8-8", "not hours"),
        ("weight", "0", "whole number|above zero"),
        ("width", "wide", "whole number"),
        ("width", "", "required"),
        ("format", "video", "none of"),
        ("format", "", "required"),
        ("creative", "a b", "no id"),
        ("headline", "=HYPERLINK(1)", "formula"),
        ("image_alt", "@SUM(1)", "formula"),
        ("keywords", "shoes|+1", "formula"),
        ("landing_url", "javascript:alert(1)", "https://"),
        ("landing_url", "ftp://acme.example/", "https://"),
        ("landing_url", "https://", "https://"),
        ("landing_url", "http://localhost/", "private"),
        ("landing_url", "http://192.168.1.1/", "private"),
        ("landing_url", "http://[::1]/", "private"),
        ("landing_url", "http://[::ffff:10.0.0.1]/", "private"),
        ("landing_url", "http://2130706433/", "number"),
        ("landing_url", "http://0x7f.1/", "number"),
        ("landing_url", "http://169.254.169.254/", "private"),
        ("landing_url", "http://printer.local/", "private"),
        ("landing_url", "http://intranet/", "private"),
        ("landing_url", "https://me:secret@acme.example/", "password"),
        ("landing_url", "https://acme.example/\\evil", "character"),
        ("image_url", "http://10.1.2.3/a.png", "private"),
        ("image_url", "data:image/png;base64,AA", "https://"),
    ],
)  # fmt: skip
def test_a_faulty_cell_is_named(desk: Desk, column: str, text: str, message: str) -> None:
    plan = desk.plan(csv_of(ROW, {**ROW, "flight": "f2", "creative": "k2", column: text}))
    found = [fault for fault in plan.faults if fault.line == 3]
    assert found
    assert {fault.column for fault in found} <= {column, "goal"}
    assert re.search(message, " ".join(fault.message for fault in found))
    assert plan.plan_id == ""


@pytest.mark.parametrize(
    "html",
    ["<script>1</script>", "<a href='javascript:1'>", "<img src=x onerror=1>", "<ScRiPt src=//x>", "<base href=//x>"],
)
def test_markup_with_a_script_is_refused(desk: Desk, html: str) -> None:
    row = {**ROW, "format": "html", "html": html, "image_url": ""}
    assert faults(desk.plan(csv_of(row))) == [(2, "html")]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"starts_at": "2026-05-02", "ends_at": "2026-05-01"}, "ends_at"),
        ({"price_model": "flat", "price": "", "tier": "sponsorship", "lifetime_cap": "5"}, "price"),
        ({"goal_type": "share", "goal": "101"}, "goal"),
        ({"tier": "house", "price": "", "lifetime_cap": "5"}, "lifetime_cap"),
        ({"tier": "house"}, "price"),
        ({"price": ""}, "tier"),
        ({"format": "native", "headline": "Hi"}, "width"),
        ({"landing_url": ""}, "landing_url"),
    ],
)
def test_what_does_not_go_together_is_named(desk: Desk, change: dict[str, str], column: str) -> None:
    assert (2, column) in faults(desk.plan(csv_of({**ROW, **change})))


def test_times_are_read_in_the_rows_zone(desk: Desk) -> None:
    desk.apply({**ROW, "timezone": "Asia/Karachi", "starts_at": "2026-05-01 09:30", "ends_at": "2026-05-31"})
    flight = desk.flight()
    assert flight.starts_at == int(datetime(2026, 5, 1, 4, 30, tzinfo=UTC).timestamp())
    assert flight.ends_at == int(datetime(2026, 5, 31, 19, 0, tzinfo=UTC).timestamp())


def test_addresses_on_the_sites_own_domains_are_taken(desk: Desk) -> None:
    assert desk.plan(csv_of({**ROW, "image_url": "https://courier.example/a.png"})).faults == ()


def test_rows_of_one_flight_are_its_creatives_and_must_agree(desk: Desk) -> None:
    second = {**ROW, "creative": "k2", "weight": "3"}
    desk.apply(ROW, second)
    assert [(link.id, link.weight) for link in desk.flight().creatives] == [("k1", 1), ("k2", 3)]
    plan = desk.plan(csv_of(ROW, {**second, "price": "3.00"}))
    assert faults(plan) == [(3, "price")]
    assert "line 2" in plan.faults[0].message


def test_one_creative_told_in_two_ways_or_twice_in_a_flight_is_a_fault(desk: Desk) -> None:
    told_otherwise = {**ROW, "flight": "f2", "landing_url": "https://acme.example/other"}
    assert faults(desk.plan(csv_of(ROW, told_otherwise))) == [(3, "landing_url")]
    assert faults(desk.plan(csv_of(ROW, ROW))) == [(3, "creative")]


def test_columns_that_miss_or_that_nobody_knows_are_named(desk: Desk) -> None:
    raw = csv_of({**{k: v for k, v in ROW.items() if k != "flight"}, "buget": "5"})
    plan = desk.plan(raw)
    assert set(faults(plan)) == {(1, "flight"), (1, "buget")}


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (csv_of(ROW, {**ROW, "headline": "x"}).replace(b",x", b",caf\xe9"), 3),
        (csv_of(ROW).decode().encode("utf-16"), 1),
        (csv_of(ROW) + b"too,short\r\n", 3),
        (csv_of(ROW) + b'"open quote\r\n', 3),
        (b"", 1),
        (csv_of(ROW).split(b"\r\n")[0], 1),
    ],
)
def test_a_sheet_that_cannot_be_read_names_its_line(desk: Desk, raw: bytes, line: int) -> None:
    plan = desk.plan(raw)
    assert [fault.line for fault in plan.faults if not fault.column][:1] == [line]


@pytest.mark.parametrize("form", ["bom", "semicolons", "gzip", "json", "ndjson"])
def test_every_form_of_a_sheet_says_the_same(desk: Desk, form: str) -> None:
    desk.apply(ROW)
    forms: dict[str, tuple[bytes, SheetFormat]] = {
        "bom": (b"\xef\xbb\xbf" + csv_of(ROW), "csv"),
        "semicolons": (csv_of(ROW).replace(b",", b";"), "csv"),
        "gzip": (gzip.compress(csv_of(ROW)), "csv"),
        "json": (orjson.dumps([{**ROW, "placements": ["sidebar"], "price": 2.5, "width": 300, "html": None}]), "json"),
        "ndjson": (b"\n" + orjson.dumps(ROW) + b"\n", "ndjson"),
    }
    plan = desk.plan(*forms[form])
    assert plan.faults == ()
    assert len(plan.summary["unchanged"]) == 4


@pytest.mark.parametrize(
    ("raw", "form", "fault"),
    [
        (b'[{"flight": true}]', "json", (1, "flight")),
        (b'[{"flight": ' + b"[" * 600 + b"]" * 600 + b"}]", "json", (1, "flight")),
        (b"[" * 100_000, "json", (1, "")),
        (b"{}", "json", (1, "")),
        (b"[\n{,\n", "json", (2, "")),
        (b'{"flight": "f"}\nnot json\n', "ndjson", (2, "")),
        (b'[{"price": NaN}]', "json", (1, "")),
        (b'[{"typo": 1}]', "json", (1, "typo")),
    ],
)
def test_faulty_json_names_its_line(desk: Desk, raw: bytes, form: SheetFormat, fault: tuple[int, str]) -> None:
    assert fault in faults(desk.plan(raw, form))


def test_all_countries_of_the_zones_database_may_be_named() -> None:
    lines = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    assert {line[:2] for line in lines if not line.startswith("#")} == COUNTRIES - {"XK"}


def test_what_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(TooLarge):
        read_rows(gzip.compress(b"a" * (LIMIT + 1)), "csv", LIMIT)


def test_a_plan_says_what_is_new_changed_and_the_same(desk: Desk) -> None:
    first = desk.apply(ROW)
    assert names(first.summary["create"]) == {
        ("advertiser", "acme"), ("campaign", "spring"), ("flight", "f1"), ("creative", "k1"),
    }  # fmt: skip
    plan = desk.plan(csv_of({**ROW, "price": "3"}, {**ROW, "flight": "f2"}))
    assert names(plan.summary["create"]) == {("flight", "f2")}
    assert plan.summary["update"] == [
        {"kind": "flight", "id": "f1", "changed": ["price"], "before": {"price": "2.50"}, "after": {"price": "3.00"}}
    ]
    assert names(plan.summary["unchanged"]) == {("advertiser", "acme"), ("campaign", "spring"), ("creative", "k1")}


def test_a_sheet_with_a_fault_changes_nothing(desk: Desk) -> None:
    desk.apply(ROW)
    with pytest.raises(InvalidInput) as refused:
        desk.apply({**ROW, "price": "3"}, {**ROW, "flight": "f2", "price": "x"})
    assert [fault.path for fault in refused.value.faults] == ["line 3, column price"]
    assert (desk.flight().price_micros, desk.store.version("s")) == (2_500_000, 1)


def test_the_same_sheet_again_changes_nothing(desk: Desk) -> None:
    desk.apply(ROW)
    assert desk.apply(ROW).version == 1


def test_rows_not_in_the_sheet_stay_unless_their_advertiser_is_retired(desk: Desk) -> None:
    desk.apply(ROW, {**ROW, "flight": "f2"})
    desk.apply({**ROW, "price": "4"})
    assert desk.flight("f2").status is FlightStatus.ACTIVE
    plan = desk.apply({**ROW, "price": "4"}, retire="acme")
    assert names(plan.summary["retire"]) == {("flight", "f2")}
    assert desk.flight("f2").status is FlightStatus.RETIRED
    with pytest.raises(InvalidInput):
        desk.apply(ROW, retire="nobody")


def test_a_load_keeps_what_it_does_not_name(desk: Desk) -> None:
    desk.apply(ROW, {**ROW, "creative": "k2"})
    desk.entities.set_status("s", "f1", FlightStatus.PAUSED)
    desk.entities.kill("s", "k1")
    desk.apply({**ROW, "price": "9"})
    assert desk.flight().status is FlightStatus.PAUSED
    assert [link.id for link in desk.flight().creatives] == ["k1", "k2"]
    assert desk.store.load("s").creatives["k1"].killed
    desk.apply({**ROW, "status": "active"})
    assert desk.flight().status is FlightStatus.ACTIVE


def test_what_belongs_to_one_advertiser_cannot_be_moved_to_another(desk: Desk) -> None:
    desk.apply(ROW)
    plan = desk.plan(csv_of({**ROW, "advertiser": "rival"}))
    assert (2, "advertiser") in faults(plan)


def test_a_plan_is_applied_by_its_id_while_nothing_else_changed(desk: Desk) -> None:
    plan = desk.plan(csv_of(ROW))
    assert desk.load.apply_plan(SITE, plan.plan_id).version == 1
    with pytest.raises(Conflict):
        desk.load.apply_plan(SITE, plan.plan_id)
    with pytest.raises(NotFound):
        desk.load.apply_plan(SITE, "no-such-plan")


def test_pacing_and_sizes_that_fit_nowhere_are_warned_of(desk: Desk) -> None:
    endless = {**ROW, "goal_type": "impressions", "goal": "500"}
    plan = desk.plan(csv_of({**endless, "width": "123"}))
    assert [warning.split(":")[0] for warning in plan.warnings] == ["pacing", "flight f1"]
    assert desk.plan(csv_of({**endless, "pacing": "asap"})).warnings == ()
    assert (
        desk.plan(csv_of({**endless, "starts_at": "2090-01-01T00:00:00Z", "ends_at": "2100-01-01T00:00:00Z"})).warnings
        == ()
    )


def test_what_is_needed_cannot_be_removed(desk: Desk) -> None:
    desk.apply(ROW)
    for kind, name in (
        ("advertisers", "acme"),
        ("campaigns", "spring"),
        ("creatives", "k1"),
        ("placements", "sidebar"),
    ):
        with pytest.raises(Conflict):
            desk.entities.remove("s", kind, name)  # type: ignore[arg-type]
    desk.entities.remove("s", "flights", "f1")
    desk.entities.remove("s", "creatives", "k1")
    with pytest.raises(NotFound):
        desk.entities.get("s", "flights", "f1")
