"""Exports and templates: what is written loads again as it is, and runs in no spreadsheet."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from service.adapters.sources.sheets.reading import read_rows, write_sheet
from service.domain.ads.image import Image
from service.domain.ads.inventory import Creative, FlightStatus
from service.domain.errors import InvalidInput
from service.domain.sheet.columns import ALWAYS, BY_NAME, COLUMNS, REQUIRED_COLUMNS
from service.domain.sheet.export import TEMPLATE_ROWS, SheetFormat, exported_rows
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sites.site import Site
from service.usecases.ads.loading.load_inventory import LoadInventory, SheetPlan
from service.usecases.ads.loading.manage_entities import ManageEntities
from tests.makers.memory_inventory import MemoryInventoryStore

LIMIT = 10_000_000
FORMATS: tuple[SheetFormat, ...] = get_args(SheetFormat)
SITE = Site("s", timezone="Europe/Madrid", domains=("courier.example",))
IMAGE = Image("ab" * 32, "image/png", 300, 250, 9)
ZONES = ("UTC", "Europe/Madrid", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Monrovia", "Pacific/Apia")
ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f1", "placements": "sidebar", "creative": "k1",
    "format": "html", "width": "300", "height": "250", "html": "<p>Boats</p>",
    "landing_url": "https://acme.example/", "price": "2.50",
}  # fmt: skip


class Desk:
    """A site's inventory in memory, which knows one image."""

    def __init__(self) -> None:
        self.store = MemoryInventoryStore()
        ids = itertools.count()
        self.load = LoadInventory(self.store, lambda: f"plan-{next(ids)}", lambda _: [IMAGE.id])
        self.entities = ManageEntities(self.store)

    def apply(self, *rows: Mapping[str, str]) -> SheetPlan:
        """Applies rows; every one must be sound."""
        return self.load.apply(SITE, [SheetRow(line, row) for line, row in enumerate(rows, 2)])

    def exported(self, form: SheetFormat) -> bytes:
        """The inventory as a sheet."""
        return write_sheet(exported_rows(self.store.load("s")), form)

    def plan_of_export(self, form: SheetFormat) -> SheetPlan:
        """What loading the export would change."""
        return self.load.plan(SITE, *read_rows(self.exported(form), form, LIMIT))


def changes(plan: SheetPlan) -> dict[str, object]:
    """What a plan does beyond leaving things as they are, and its faults."""
    done = {name: rows for name, rows in plan.summary.items() if name != "unchanged" and rows}
    return done | ({"faults": plan.faults} if plan.faults else {})


def sound(text: str) -> str:
    """A text that a cell may hold."""
    text = text.strip()
    return f"a{text}" if re.match(r"[=+@\uff1d\uff0b\uff20]", text) else text


PIECES = st.sampled_from(["-", "'", "''", "-1+cmd|", '"', ",", ";", "\n", "\r\n", "\t", "_x000D_", "&amp;", "]]>", "7"])
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
TEXTS = st.lists(PIECES | st.text(CHARACTERS, max_size=8), max_size=5).map("".join).map(sound)
WORDS = TEXTS.map(lambda text: sound(text.replace("|", " ")))
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,12}", fullmatch=True)
MONEY = st.integers(1, 9_000 * 10**6).map(lambda micros: f"{micros / 10**6:.6f}")
COUNTS = st.integers(1, 9 * 10**9).map(str)
GOALS = {
    "impressions": COUNTS, "views": COUNTS, "clicks": COUNTS, "budget": MONEY,
    "share": st.integers(1, 100).map(str),
}  # fmt: skip
SECONDS = st.integers(0, 4 * 10**9)


def listed(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Cells of lists."""
    return st.lists(items, max_size=3).map("|".join).map(sound)


@st.composite
def terms(draw: st.DrawFn) -> dict[str, str]:
    """Tier, goal, price and caps that go together."""
    tier = draw(st.sampled_from(["sponsorship", "standard", "price", "house"]))
    if tier == "house":
        return {"tier": tier, "price_model": draw(st.sampled_from(["", "cpm", "flat"]))}
    model = draw(st.sampled_from(["cpm", "vcpm", "cpc", "flat"]))
    goal_type = draw(st.sampled_from(["", *GOALS]))
    unit = draw(st.sampled_from(["money", "impressions", "views", "clicks"]))
    cap = st.just("") | (MONEY if unit == "money" else COUNTS)
    return {
        "tier": tier, "goal_type": goal_type, "price_model": model, "price": draw(MONEY), "cap_unit": unit,
        "goal": draw(GOALS[goal_type]) if goal_type else "",
        "daily_cap": draw(cap), "lifetime_cap": draw(cap),
        "frequency_cap": draw(st.sampled_from(["", "3/day", "2 / Hour|9/week|20/month"])),
    }  # fmt: skip


OWNERS_FREQUENCY_CAPS = ("campaign_frequency_cap", "advertiser_frequency_cap")


@st.composite
def owner_caps(draw: st.DrawFn) -> dict[str, str]:
    """Caps that all flights of an advertiser share, with the unit that goes with them; often none."""
    unit = draw(st.sampled_from(["money", "clicks"]))
    cap = MONEY if unit == "money" else COUNTS
    names = ("campaign_daily_cap", "campaign_lifetime_cap", "advertiser_daily_cap", "advertiser_lifetime_cap")
    caps = {name: draw(cap) for name in draw(st.sets(st.sampled_from(names)))}
    frequency = {name: draw(st.sampled_from(["", "4/day"])) for name in OWNERS_FREQUENCY_CAPS}
    return {"cap_unit": unit, "daily_cap": "", "lifetime_cap": "", **caps, **frequency} if caps else frequency


@st.composite
def flight_cells(draw: st.DrawFn, name: str, advertiser: str) -> dict[str, str]:
    """A flight's cells."""
    starts, length = draw(SECONDS), draw(st.integers(1, 10**8))
    shown = draw(st.sampled_from(["", "starts", "ends", "both", "days"]))
    return {
        "advertiser": advertiser, "advertiser_name": f"The {advertiser}", "campaign": f"c-{advertiser}",
        "flight": name, "flight_name": draw(TEXTS), "status": draw(st.sampled_from(FlightStatus)),
        "starts_at": stamp(starts) if shown in ("starts", "both") else "2027-03-01" if shown == "days" else "",
        "ends_at": stamp(starts + length) if shown in ("ends", "both") else "2027-10-31" if shown == "days" else "",
        "timezone": draw(st.sampled_from(ZONES)), "cap_timezone": draw(st.sampled_from(("", *ZONES))),
        "pacing": draw(st.sampled_from(["even", "front", "asap", "traffic"])),
        "placements": draw(st.sampled_from(["sidebar", "article-foot|sidebar"])),
        "sections": draw(listed(WORDS)), "keywords": draw(listed(WORDS)), "exclude_keywords": draw(listed(WORDS)),
        "countries": draw(listed(st.sampled_from(["ES", "pt", "GB"]))), "languages": draw(listed(st.just("pt-BR"))),
        "devices": draw(listed(st.sampled_from(["mobile", "tv"]))), "labels": draw(listed(WORDS)),
        "tags": draw(listed(WORDS)), "exclude_sections": draw(listed(WORDS)), "exclude_tags": draw(listed(WORDS)),
        "regions": draw(listed(st.sampled_from(["ES-MD", "pt-11"]))),
        "exclude_regions": draw(listed(st.just("gb-LND"))),
        "key_values": draw(listed(st.sampled_from(["Team = Reds", "login=no"]))),
        "exclude_key_values": draw(listed(st.just("x.y=a=b"))), "exclude_countries": draw(listed(st.just("fr"))),
        "exclude_devices": draw(listed(st.just("TV"))), "exclude_languages": draw(listed(st.just("en-GB"))),
        "similar_to": draw(listed(st.sampled_from(["Boats, at sea.", "Züge\nund Bahnen>=.070", "Wars >= 0.1"]))),
        "exclude_similar_to": draw(listed(st.just("Wars"))),
        "exclude_labels": draw(listed(WORDS)), "days": draw(listed(st.sampled_from(["mon", "Friday", "sun"]))),
        "hours": draw(listed(st.sampled_from(["0-24", "22-2", "8-12", "14", "23"]))), **draw(terms()),
    }  # fmt: skip


def stamp(second: int) -> str:
    """A second as a time in UTC."""
    return datetime.fromtimestamp(second, UTC).isoformat()


@st.composite
def creative_cells(draw: st.DrawFn, name: str) -> dict[str, str]:
    """A creative's cells."""
    kind = draw(st.sampled_from(["image", "native", "html"]))
    size = {} if kind == "native" else {"width": "300", "height": draw(st.sampled_from(["250", "600"]))}
    picture = st.sampled_from(["https://img.example/a.png?x=1", f"/images/s/{IMAGE.name}", "https://courier.example/b"])
    return {
        "creative": name, "creative_name": draw(TEXTS), "format": kind, **size, "headline": draw(TEXTS) or "H",
        "body": draw(TEXTS), "cta": draw(TEXTS), "image_alt": draw(TEXTS),
        "image_url": draw(picture) if kind == "image" else draw(st.just("") | picture),
        "html": draw(st.sampled_from(["=1+1", "-x", "'-x", "<p>a\nb</p>", "@import"])) if kind == "html" else "",
        "landing_url": "https://acme.example/?a=1&b=-2",
        "creative_frequency_cap": draw(st.sampled_from(["", "1/hour"])),
    }  # fmt: skip


@st.composite
def inventories(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows of flights with their creatives, which agree with each other."""
    rows = []
    owned = {advertiser: draw(owner_caps()) for advertiser in ("acme", "1e5")}
    for name in draw(st.lists(IDS, min_size=1, max_size=3, unique=True)):
        advertiser = draw(st.sampled_from(sorted(owned)))
        flight = draw(flight_cells(name, advertiser)) | owned[advertiser]
        for number in range(draw(st.integers(1, 2))):
            creative = draw(creative_cells(f"{name}-{number}"))
            rows.append(flight | creative | {"weight": draw(st.integers(1, 99).map(str))})
    return rows


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(inventories(), st.sampled_from(FORMATS))
def test_what_is_exported_loads_again_as_unchanged(rows: list[dict[str, str]], form: SheetFormat) -> None:
    desk = Desk()
    desk.apply(*rows)
    plan = desk.plan_of_export(form)
    assert changes(plan) == {}
    assert {row["kind"] for row in plan.summary["unchanged"]} == {"advertiser", "campaign", "flight", "creative"}


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_into_another_place_brings_the_same(form: SheetFormat) -> None:
    here, there = Desk(), Desk()
    here.apply(ROW, {**ROW, "creative": "k2", "weight": "3"}, {**ROW, "flight": "f2", "status": "paused"})
    there.load.apply(SITE, *read_rows(here.exported(form), form, LIMIT))
    assert there.store.load("s") == here.store.load("s")


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_inventory_is_a_sheet_without_rows(form: SheetFormat) -> None:
    rows, faults = read_rows(Desk().exported(form), form, LIMIT)
    assert (rows, [fault.message for fault in faults]) == ([], ["the sheet has no rows"])


def test_what_was_paused_and_killed_stays_so() -> None:
    desk = Desk()
    desk.apply(ROW)
    desk.entities.set_status("s", "f1", FlightStatus.PAUSED)
    desk.entities.kill("s", "k1")
    assert changes(desk.plan_of_export("csv")) == {}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exports_have_the_templates_columns(form: SheetFormat) -> None:
    desk = Desk()
    desk.apply(ROW)
    assert header(desk.exported(form)) == header(write_sheet(TEMPLATE_ROWS, form)) == list(COLUMNS)


def header(sheet: bytes) -> list[str]:
    """The first row of a CSV or XLSX sheet."""
    if sheet.startswith(b"PK"):
        return [
            str(name) for name in CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()[0]
        ]
    return sheet.decode("utf-8-sig").split("\r\n")[0].split(",")


@pytest.mark.parametrize("form", FORMATS)
def test_the_template_loads_as_it_stands(form: SheetFormat) -> None:
    desk = Desk()
    plan = desk.load.plan(SITE, *read_rows(write_sheet(TEMPLATE_ROWS, form), form, LIMIT))
    assert plan.faults == ()
    desk.load.apply_plan(SITE, plan.plan_id)
    creatives: list[Creative] = list(desk.store.load("s").creatives.values())
    assert {one.format for one in creatives} == {"image", "native", "html"}
    assert {flight.status for flight in desk.store.load("s").flights.values()} == {FlightStatus.PAUSED}


def test_the_templates_notes_tell_of_every_column() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_sheet(TEMPLATE_ROWS, "xlsx")))
    assert book.sheet_names == ["inventory", "notes"]
    notes = {row[0]: row[1:] for row in book.get_sheet_by_name("notes").to_python()[1:]}
    assert list(notes) == list(COLUMNS)
    assert {name for name, (_, required, _) in notes.items() if required == ALWAYS} >= set(REQUIRED_COLUMNS)
    assert notes["weight"][2] == BY_NAME["weight"].default == "1"


@pytest.mark.parametrize("text", ["-1+1", "'-1", "- a dash", "''=1"])
def test_no_cell_of_an_exported_csv_runs_in_a_spreadsheet(text: str) -> None:
    desk = Desk()
    desk.apply({**ROW, "headline": text, "html": "=1+1"})
    for row in csv.reader(io.StringIO(desk.exported("csv").decode("utf-8-sig"))):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert changes(desk.plan_of_export("csv")) == {}


def test_an_apostrophe_brings_no_formula_in() -> None:
    raw = b"advertiser,campaign,flight,placements,creative,format,headline\r\nacme,c,f,sidebar,k,native,'=SUM(1)\r\n"
    faults = Desk().load.plan(SITE, *read_rows(raw, "csv", LIMIT)).faults
    assert "formula" in next(fault.message for fault in faults if fault.column == "headline")


def test_what_a_workbook_cannot_hold_is_named_and_csv_holds_it() -> None:
    desk = Desk()
    desk.apply({**ROW, "html": "<p>" + "\U0001f600" * 20_000 + "</p>"})
    with pytest.raises(InvalidInput, match="CSV"):
        desk.exported("xlsx")
    assert changes(desk.plan_of_export("csv")) == {}
    with pytest.raises(InvalidInput, match="CSV"):
        write_sheet(itertools.repeat(ROW, 20_001), "xlsx")


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\ud800b", "a\uffffb", "\uff1dSUM(1)"])
def test_what_no_sheet_can_carry_is_refused(text: str) -> None:
    plan = Desk().load.plan(SITE, [SheetRow(2, {**ROW, "headline": text})])
    assert [fault.column for fault in plan.faults] == ["headline"]


@pytest.mark.parametrize("text", ["0001-01-01", "1969-12-31", "9999-12-31", "9000-06-01", "9001-01-01T00:00"])
def test_times_that_no_export_could_tell_are_refused(text: str) -> None:
    plan = Desk().load.plan(SITE, [SheetRow(2, {**ROW, "ends_at": text})])
    assert [fault.column for fault in plan.faults] == ["ends_at"]


def test_a_number_that_would_fill_the_memory_is_refused() -> None:
    _, faults = read_rows(b'[{"flight": "f", "price": 1e999999999}]', "json", LIMIT)
    assert ("price", "is no number of a sheet") in {(fault.column, fault.message) for fault in faults}


def test_images_are_named_by_path_or_by_this_services_address() -> None:
    path = f"/images/s/{IMAGE.name}"
    desk = Desk()
    row = {**ROW, "format": "image", "html": ""}
    for own in (path, f"http://127.0.0.1:8000{path}", f"https://ads.example{path}"):
        rows = [SheetRow(2, {**row, "image_url": own})]
        plan = desk.load.plan(SITE, rows, own_urls=["http://127.0.0.1:8000", "https://ads.example/"])
        assert plan.faults == ()
        desk.load.apply_plan(SITE, plan.plan_id)
        assert desk.store.load("s").creatives["k1"].image_url == path


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"/images/s/{'cd' * 32}.png", "upload it first"),
        (f"/images/other/{IMAGE.name}", "not the path"),
        ("/etc/passwd", "not the path"),
        ("//evil.example/a.png", "not the path"),
        (f"http://127.0.0.1:8001/images/s/{IMAGE.name}", "private"),
        ("http://127.0.0.1:8000/other/a.png", "private"),
    ],
)
def test_other_paths_and_private_addresses_are_no_images(url: str, message: str) -> None:
    row = {**ROW, "format": "image", "html": "", "image_url": url}
    faults = Desk().load.plan(SITE, [SheetRow(2, row)], own_urls=["http://127.0.0.1:8000"]).faults
    assert [(fault.line, fault.column) for fault in faults] == [(2, "image_url")]
    assert message in faults[0].message
