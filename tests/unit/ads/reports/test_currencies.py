"""Advertisers pay in currencies of their own: auctions compare by the site's rates, and nothing billed is converted."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.inventory import (
    Creative,
    Flight,
    FlightCreative,
    Inventory,
    Placement,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_snapshot import InventorySnapshot, build_snapshot, explain
from service.domain.ads.plan.allocation import Candidates, SlotShortlist, planned_steps, shortlists
from service.domain.ads.plan.second_price import second_prices
from service.domain.ads.response.response import ecpm_micros
from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.money.exchange import PAR, converted, rate_of, rate_text
from service.domain.money.money import MAX_MICROS, amount_text
from service.domain.sheet.export import exported_rows
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sheet.sheet import read_sheet
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.sites.define_site import site_faults

NOW = 1_780_000_000.0
RATES = {"USD": "0.92", "JPY": "0.0061", "KWD": "2.99", "IRR": "0.000020833333"}
SITE = Site("s", rates=RATES)
CURRENCIES = (SITE.currency, *RATES)


@pytest.mark.parametrize(
    ("text", "rate"), [("0.92", 920 * 10**9), ("1e-12", 1), ("1000000", 10**18), ("1.50", 1.5 * PAR)]
)
def test_a_rate_is_read_and_written_exactly(text: str, rate: int) -> None:
    assert rate_of(text) == rate
    assert rate_of(rate_text(rate_of(text))) == rate


@given(st.integers(0, MAX_MICROS), st.integers(1, 10**18))
def test_what_is_converted_stays_exact_in_a_double_and_is_never_rounded_up(micros: int, rate: int) -> None:
    found = converted(micros, rate)
    assert float(found) == found <= MAX_MICROS
    assert found == min(MAX_MICROS, int(Fraction(micros * rate, PAR)))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("0", "above 0"), ("-1", "above 0"), ("1000000.1", "at most"), ("nan", "not a rate"), ("inf", "not a rate"),
     ("one", "not a rate"), ("0.0000000000001", "twelve decimals")],
)  # fmt: skip
def test_what_is_no_rate_is_told(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        rate_of(text)


def test_a_site_names_each_faulty_rate() -> None:
    site = Site("s", rates={"EUR": "1.1", "ZZZ": "2", "usd": "2", "JPY": "0", "GBP": "1.15"})
    found = {(fault.path, fault.message.split(",")[0]) for fault in site_faults(site)}
    code = "give an ISO 4217 code of three capital letters such as EUR"
    assert found == {
        ("rates.EUR", "is the site's own currency"), ("rates.ZZZ", code), ("rates.usd", code),
        ("rates.JPY", "must be above 0 and at most 1"),
    }  # fmt: skip


def test_an_amount_has_the_decimals_of_its_currency_and_more_where_it_needs_them() -> None:
    assert [amount_text(1_500_000, one) for one in ("EUR", "JPY", "KWD")] == ["1.50", "1.5", "1.500"]
    assert [amount_text(2_000_000, one) for one in ("EUR", "JPY", "KWD")] == ["2.00", "2", "2.000"]


ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f", "placements": "sidebar", "creative": "k",
    "format": "native", "headline": "Boats", "landing_url": "https://acme.example/", "price": "2.00",
}  # fmt: skip


def test_an_advertisers_rows_are_of_one_currency_that_the_site_knows() -> None:
    rows = [
        SheetRow(line, {**ROW, "flight": f"f{line}", "creative": f"k{line}", "currency": currency})
        for line, currency in ((2, "usd"), (3, "EUR"), (4, "GBP"))
    ]
    _, faults = read_sheet(rows, SITE, {"sidebar"})
    assert [(one.line, one.column) for one in faults] == [(3, "currency"), (4, "currency")]
    assert "differs from line 2" in faults[0].message
    assert "no rate for GBP" in faults[1].message


prices = st.tuples(
    st.sampled_from(CURRENCIES), st.sampled_from((PriceModel.CPM, PriceModel.VCPM, PriceModel.CPC)),
    st.integers(1, 9_000_000), st.integers(0, 2), st.sampled_from(("first", "second")), st.sampled_from("abc"),
)  # fmt: skip


def inventory(told: list[tuple[Any, ...]], floor: int | None = None) -> Inventory:
    """Auctioned flights, each with a creative; the first label of LABELS may not stand beside the second."""
    labels: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ((), ()), (("cars",), ()), ((), ("cars",))
    flights = {}
    for number, (currency, model, thousandths, label, auction, advertiser) in enumerate(told, 1):
        own, others = labels[label]
        flights[f"f{number}"] = Flight(
            f"f{number}", "c", advertiser, Tier.PRICE, price_model=model, price_micros=thousandths * 1_000,
            currency=currency, auction=auction, labels=own, exclude_labels=others, placements=("side",),
            creatives=(FlightCreative(f"k{number}"),), number=number,
        )  # fmt: skip
    creatives = {
        f"k{n}": Creative(f"k{n}", "a", "native", "https://a.example/", number=n) for n in range(len(told) + 1)
    }
    side = Placement("side", formats=("native",), floor_micros=floor, number=1)
    return Inventory(1, flights=flights, creatives=creatives, placements={"side": side})


def snapshot(told: list[tuple[Any, ...]], floor: int | None = None) -> InventorySnapshot:
    """The snapshot of these flights with the rates of SITE."""
    return build_snapshot(inventory(told, floor), lambda _: np.array([], np.uint64), exchange=SITE.exchange)


def asked(known: InventorySnapshot, slots: int) -> list[SlotShortlist]:
    """What a page with so many slots asks for."""
    named = [SlotRequest(f"s{place}", "side") for place in range(slots)]
    return shortlists(named, known.placements, lambda _: SlotFacts(NOW), "v", Candidates(lambda *_: None))


def worth(flight: Flight) -> int:
    """What a flight brings in the site's currency, by the rate as it is told."""
    return int(ecpm_micros(flight) * Fraction(RATES.get(flight.currency, "1")))


@given(st.lists(prices, max_size=6), st.integers(1, 3), st.none() | st.integers(1, 20_000_000))
def test_a_page_is_worth_as_much_as_any_that_could_be_made(
    told: list[tuple[Any, ...]], size: int, floor: int | None
) -> None:
    known = snapshot(told, floor)
    shortlisted = asked(known, size)
    plan = [step for step in planned_steps(shortlisted) if not step.one_of]
    chosen = [shortlisted[slot].paid[at].candidate.flight for step in plan for slot, at in step.members]
    flights = [one.flight for one in known.flights_by_number.values() if worth(one.flight) >= (floor or 0)]
    best = max(
        sum(map(worth, some))
        for count in range(size + 1)
        for some in combinations(flights, count)
        if not ({label for one in some for label in one.labels} & {out for one in some for out in one.exclude_labels})
    )
    assert sum(map(worth, chosen)) == best


@given(st.lists(prices, min_size=1, max_size=6), st.none() | st.integers(1, 20_000_000))
def test_a_second_price_is_of_the_payers_own_currency_never_above_its_bid_nor_below_its_rival(
    told: list[tuple[Any, ...]], floor: int | None
) -> None:
    [slot] = asked(snapshot(told, floor), 1)
    choices = slot.paid
    for choice, price in zip(choices, second_prices(choices, floor), strict=True):
        flight = choice.candidate.flight
        for place, micros in price.rivals if price else ():
            assert isinstance(micros, int)
            assert 0 < micros <= flight.price_micros
            own = worth(flight) * Fraction(micros, flight.price_micros)
            assert own >= worth(choices[place].candidate.flight)
            assert own >= (floor or 0) or micros == flight.price_micros


def test_a_flight_without_a_rate_is_in_no_auction_and_explain_says_so() -> None:
    told = [("EUR", PriceModel.CPM, 1_000, 0, "first", "a"), ("GBP", PriceModel.CPM, 9_000, 0, "first", "b")]
    known = snapshot(told)
    side = known.placements["side"]
    assert [one.flight.id for one in side.flights] == ["f1"]
    assert explain(known, side.placement, SlotFacts(NOW)) == {"f1": None, "f2": "currency"}


SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,price,currency,auction,daily_cap
acme,spring,dollars,sidebar,k1,native,Cars,https://acme.example/,5.00,USD,second,0.005
bank,loans,euros,sidebar,k2,native,Loans,https://bank.example/,2.30,,,1.00
"""


def test_of_a_currency_without_a_minor_unit_amounts_are_whole_and_the_cell_that_is_not_is_named() -> None:
    caps = ("daily_cap", "campaign_lifetime_cap", "advertiser_daily_cap")
    broken = {**ROW, "price": "12.5", "goal_type": "budget", "goal": "900.5", **dict.fromkeys(caps, "7.5")}
    rows = [
        SheetRow(2, {**broken, "currency": "JPY"}),
        SheetRow(
            3, {**broken, "currency": "KWD", "advertiser": "gulf", "campaign": "c", "flight": "g", "creative": "k"}
        ),
        SheetRow(4, {**ROW, "currency": "JPY", "price": "1200.00", "flight": "h", "creative": "l"}),
    ]
    sheet, faults = read_sheet(rows, SITE, {"sidebar"})
    assert {(one.line, one.column) for one in faults} == {(2, column) for column in ("price", "goal", *caps)}
    assert {one.message for one in faults} == {"has decimals, but JPY has no minor unit; write a whole amount"}
    assert sheet.flights["h"].price_micros == 1_200_000_000


@pytest.mark.parametrize(("currency", "price"), [("JPY", "1200"), ("EUR", "2.50"), ("KWD", "2.500")])
def test_a_sheet_is_exported_with_the_decimals_of_its_currency(currency: str, price: str) -> None:
    told = {"currency": currency, "price": price, "lifetime_cap": price, "campaign_daily_cap": price}
    sheet, faults = read_sheet([SheetRow(2, {**ROW, **told})], SITE, {"sidebar"})
    held = Inventory(1, sheet.advertisers, sheet.campaigns, sheet.flights, sheet.creatives)
    (row,) = exported_rows(held)
    assert faults == []
    assert {name: row[name] for name in told} == told


@pytest.mark.redis
def test_a_campaigns_caps_and_a_floor_are_held_to_the_currency_they_are_in(
    web: FlaskClient, bearer: Callable[..., dict[str, str]]
) -> None:
    """The site's own has no minor unit, its advertiser's has one."""
    headers = bearer("admin", "ads", site="tokyo")
    web.put("/v1/sites/tokyo", json={"currency": "JPY", "rates": {"USD": "150"}}, headers=headers)
    web.put("/v1/advertisers/acme", json={"currency": "USD"}, headers=headers)

    def put(path: str, **body: Any) -> list[str] | None:
        answer = web.put(f"/v1/{path}", json=body, headers=headers)
        return [fault["path"] for fault in answer.json["errors"]] if answer.status_code == 400 else None

    assert put("campaigns/spring", advertiser="acme", daily_cap="12.50") is None
    assert put("advertisers/local", daily_cap="12.50") == ["daily_cap"]
    assert put("placements/top", floor="12.50") == ["floor"]
    assert put("placements/top", floor="12") is None


@pytest.mark.redis
def test_caps_of_campaigns_and_floors_are_told_with_the_decimals_of_their_currency(
    web: FlaskClient, bearer: Callable[..., dict[str, str]]
) -> None:
    headers = bearer("admin", "ads", site="paris")
    web.put("/v1/sites/paris", json={"currency": "JPY", "rates": {"KWD": "480"}}, headers=headers)
    web.put("/v1/advertisers/local", json={"currency": "JPY"}, headers=headers)
    web.put("/v1/advertisers/gulf", json={"currency": "KWD"}, headers=headers)
    for campaign, advertiser, cap in (("a", "local", "1200"), ("b", "gulf", "12.5"), ("c", "gulf", None)):
        told = {"advertiser": advertiser, "lifetime_cap": cap} if cap else {"advertiser": advertiser}
        assert web.put(f"/v1/campaigns/{campaign}", json=told, headers=headers).status_code == 201
    floor = web.put("/v1/placements/top", json={"floor": "12"}, headers=headers)

    listed = web.get("/v1/campaigns", headers=headers).json["items"]
    read = web.get("/v1/campaigns/b", headers=headers)
    put = web.put("/v1/campaigns/b", json={"advertiser": "gulf"}, headers={**headers, "If-Match": read.headers["ETag"]})

    assert [(one["id"], one["lifetime_cap"]) for one in listed] == [("a", "1200"), ("b", "12.500"), ("c", None)]
    assert (read.json["lifetime_cap"], floor.json["floor"], put.status_code) == ("12.500", "12", 200)


@pytest.mark.redis
def test_dollars_win_over_euros_pay_dollars_and_are_never_added_to_them(
    web: FlaskClient, bearer: Callable[..., dict[str, str]], services: Services
) -> None:
    """From the site's rates to the report: 2.30 EUR at 0.92 is what 2.50 USD bring."""
    admin = bearer("admin", "ads", "reports", site="courier")
    site = web.put("/v1/sites/courier", json={"currency": "EUR", "rates": {"EUR": 1.0, "USD": 0.92}}, headers=admin)
    assert (site.status_code, site.json["rates"]) == (201, {"EUR": "1", "USD": "0.92"})
    loaded = web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=admin)
    assert loaded.status_code == 200
    services.ads.snapshots.refresh("courier")
    for view in "abc":
        body = {"site": "courier", "page_view": view, "slots": [{"id": "top", "placement": "sidebar"}]}
        answer = web.post("/v1/page", json=body, headers=bearer("render", site="courier"))
        slot = answer.json["slots"]["top"]
        web.get(slot["impression_url"], headers={"User-Agent": "Mozilla/5.0"})
    report = web.get("/v1/reports/delivery", headers=admin).json
    told = {row["flight_id"]: (row["spend"], row["currency"], row["ecpm"]) for row in report["rows"]}
    assert told == {"dollars": ("0.005", "USD", "2.50"), "euros": ("0.0023", "EUR", "2.30")}
    assert (report["totals"]["spend"], report["totals"]["currency"]) == (None, None)
    assert report["totals"]["spend_by_currency"] == {"EUR": "0.0023", "USD": "0.005"}


@pytest.mark.redis
def test_a_changed_rate_changes_who_wins_from_the_next_snapshot_on(
    web: FlaskClient, bearer: Callable[..., dict[str, str]], services: Services
) -> None:
    admin = bearer("admin", "ads", site="courier")

    def rate_dollars_at(rate: float) -> None:
        assert web.put("/v1/sites/courier", json={"rates": {"USD": rate}}, headers=admin).status_code in (200, 201)
        services.ads.snapshots.refresh("courier")

    def first_asked() -> str:
        side = services.ads.snapshots.current("courier").placements["sidebar"]
        return side.flights[side.paid(SlotFacts(NOW), 0, 1)[0]].flight.id

    rate_dollars_at(0.92)
    web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=admin)
    rate_dollars_at(0.92)
    assert first_asked() == "dollars"
    rate_dollars_at(0.4)
    assert first_asked() == "euros"


@pytest.mark.redis
@pytest.mark.parametrize(
    ("rates", "path"),
    [({"USD": True}, "rates.USD"), ({"USD": None}, "rates.USD"), ({"USD": "0"}, "rates.USD"),
     ({"USD": []}, "rates.USD"), ({"dollar": 1}, "rates.dollar"), ([], "rates"), ({"EUR": 2}, "rates.EUR")],
)  # fmt: skip
def test_faulty_rates_are_refused_by_their_path(
    web: FlaskClient, bearer: Callable[..., dict[str, str]], rates: Any, path: str
) -> None:
    answer = web.put("/v1/sites/courier", json={"rates": rates}, headers=bearer("admin"))
    assert (answer.status_code, [error["path"] for error in answer.json["errors"]]) == (400, [path])


@pytest.mark.redis
def test_a_flight_put_by_itself_pays_in_its_advertisers_currency(
    web: FlaskClient, bearer: Callable[..., dict[str, str]], services: Services
) -> None:
    admin = bearer("admin", "ads", site="courier")
    services.sites.put(Site("courier", rates={"USD": "0.92"}))
    web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=admin)
    known = web.get("/v1/flights/dollars", headers=admin).json
    fields = ("campaign", "placements", "price", "auction", "creatives")
    body = {name: known[name] for name in fields}
    for currency, status in (("EUR", 400), ("USD", 200)):
        answer = web.put("/v1/flights/dollars", json={**body, "currency": currency}, headers=admin)
        assert answer.status_code == status, answer.json
