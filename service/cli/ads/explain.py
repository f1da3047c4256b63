"""`standfirst ads explain`: why a flight is not on a page, or what comes before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from service.cli.ads.entities import SITE
from service.cli.terminal.page_options import PAGE, WIDGETS, widgets_of
from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.table import first_of
from service.domain.call.page_call import Reader

if TYPE_CHECKING:
    from service.services import Services
    from service.usecases.page.explaining.explain_flight import ExplainedSlot

SHOWN = 10
_DECIDED_BY = {"dates": ("starts_at", "ends_at"), "placement": ("placements",)}
"""Fields of a flight that an outcome is told with, where that is not the name of one."""


@click.command()
@PAGE
@click.argument("flight", metavar="FLIGHT")
@SITE
@click.option("--placement", "placements", multiple=True, metavar="ID",
              help="A placement on the page; repeatable.  [default: those the flight runs in]")  # fmt: skip
@WIDGETS
@click.option("--country", metavar="CC", help="The reader's country, such as PK.")
@click.option("--device", metavar="NAME", help="The reader's device: mobile, tablet, desktop or tv.")
@pass_services
def explain(
    services: Services,
    output: Output,
    page: str,
    flight: str,
    site_id: str,
    placements: tuple[str, ...],
    widgets: tuple[str, ...],
    country: str | None,
    device: str | None,
) -> None:
    """Say what keeps FLIGHT off PAGE now, or what comes before it: a placement a paragraph.

    FLIGHT is an id. PAGE is the id or the address of an article, or `front` for a page without a story of its own.
    Nothing is reserved, counted or billed; the page is that of a reader of whom no more is known than you say.

    \b
    standfirst ads explain front f1 --site courier --country PK --device mobile
    """
    from service.usecases.page.explaining.asked_page import AskedPage
    from service.usecases.page.explaining.explain_flight import ExplainFlight
    from service.web.api.ads.inventory_wire import entity_json

    site, asked = services.site_records.get(site_id), widgets_of(widgets)
    services.snapshots.look_around()
    services.ads.look()
    explaining = ExplainFlight(AskedPage(services.pages, services.articles), services.ads.snapshots)
    reader = Reader(country=country, device=device)
    known, slots = explaining.explain(site, page, flight, placements, asked, reader)
    rows, fields = {one.placement: _values(one) for one in slots}, entity_json(known, site.currency)
    lines = [f"Flight '{flight}' ({known.tier}) on the page {page}"]
    for one in slots:
        lines += ["", f"{one.placement}: {one.flight.text}", *(f"  {line}" for line in _more(one, fields))]
    output.result({"page": page, "flight": flight, "placements": rows}, "\n".join(lines))


def _values(slot: ExplainedSlot) -> dict[str, Any]:
    return {
        **{name: value for name, value in asdict(slot.flight).items() if name != "flight_id"},
        "suited": slot.suited, "ahead": slot.ahead, "beside": slot.beside,
    }  # fmt: skip


def _more(slot: ExplainedSlot, fields: Mapping[str, Any]) -> Iterator[str]:
    """Yields what the outcome is decided by, and who comes before the flight."""
    flight = slot.flight
    for name in _DECIDED_BY.get(flight.outcome, (flight.outcome,)):
        if name in fields:
            yield f"its {name}: {_cell(fields[name])}"
    for one in flight.similarity:
        words = ", ".join(f"{word.word} {word.weight:.2f}" for word in one.shared if word.word)
        near = "cannot be told" if one.cosine is None else f"{one.cosine:.2f} near" + (f" ({words})" if words else "")
        yield f"'{one.description}': {near}; it counts from {one.least:g}"
    if flight.rank is not None:
        yield f"number {flight.rank} of {slot.suited:,} that suit this page and reader here"
        if slot.ahead:
            yield f"before it: {first_of(slot.ahead, SHOWN)}"
        if slot.beside:
            yield f"takes turns with: {first_of(slot.beside, SHOWN)}"


def _cell(value: Any) -> str:
    told = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return str(told or "none")
