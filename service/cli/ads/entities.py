"""`standfirst ads` of single things: placements put, flights paused and resumed, creatives killed, pictures kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.terminal.given_file import GIVEN_FILE, size_within
from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.site_option import site_option
from service.cli.terminal.table import table_text
from service.domain.ads.inventory import FORMATS

if TYPE_CHECKING:
    from service.services import Services

SITE = site_option("The site that sells it.")


class Size(click.ParamType):  # type: ignore[type-arg] # generic from click 8.3 on only
    """A size in pixels, written 300x250."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Returns width and height."""
        width, _, height = str(value).lower().partition("x")
        if not (width.isdigit() and height.isdigit()):
            self.fail(f"'{value}' is no size; write it like 300x250", param, ctx)
        return int(width), int(height)


@click.command()
@SITE
@pass_services
def placements(services: Services, output: Output, site_id: str) -> None:
    """List the placements of the site: what each takes, and its floor.

    \b
    standfirst ads placements --site courier
    """
    from service.web.api.ads.inventory_wire import entity_json

    site = services.site_records.get(site_id)
    rows = [entity_json(one, site.currency) for one in services.ads.entities.all(site.id, "placements")]
    cells = [
        (
            row["id"],
            " ".join(f"{width}x{height}" for width, height in row["sizes"]) or "any",
            " ".join(row["formats"]),
            row["floor"] or "",
        )
        for row in rows
    ]
    output.result(rows, table_text(("placement", "sizes", "formats", "floor"), cells))


@click.command()
@click.argument("placement_id", metavar="ID")
@SITE
@click.option("--size", "sizes", type=Size(), multiple=True, help="A size that fits; repeatable.  [default: any]")
@click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True,
              help="A format that fits; repeatable.  [default: all but tag]")  # fmt: skip
@click.option("--floor", metavar="AMOUNT", help="Least eCPM of an auctioned flight, such as 0.80.  [default: none]")
@click.option("--near", multiple=True, metavar="WIDGET", help="A widget it stands beside; repeatable.  [default: all]")
@click.option("--window-s", type=int, metavar="N", help="Seconds in which an impression is waited for.  [default: 120]")
@pass_services
def placement(services: Services, output: Output, placement_id: str, site_id: str, **given: Any) -> None:
    """Create the placement ID, or change it as a whole; sheets may name it from then on.

    \b
    standfirst ads placement foot --site courier --format native --floor 1.20
    """
    from service.domain.sheet.reading.cells import entity_id
    from service.web.api.ads.inventory_wire import PlacementBody, entity_json
    from service.web.endpoints.json_wire import validate

    site = services.site_records.get(site_id)
    try:
        entity_id(placement_id)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ID") from error
    body = validate(PlacementBody, {name: value for name, value in given.items() if value not in (None, ())}, site)
    put = body.placement(placement_id)  # type: ignore[attr-defined] # it is of the model that was asked for
    new = services.ads.entities.put_placement(site.id, put)
    output.result(entity_json(put, site.currency), f"{'Created' if new else 'Changed'} the placement '{placement_id}'.")


@click.command()
@click.argument("flight")
@SITE
@pass_services
def pause(services: Services, output: Output, flight: str, site_id: str) -> None:
    """Pause FLIGHT: within a second no page shows it.

    \b
    standfirst ads pause f1 --site courier
    """
    _set_status(services, output, site_id, flight, "paused")


@click.command()
@click.argument("flight")
@SITE
@pass_services
def resume(services: Services, output: Output, flight: str, site_id: str) -> None:
    """Resume FLIGHT; the rest of its goal is spread over the time left.

    \b
    standfirst ads resume f1 --site courier
    """
    _set_status(services, output, site_id, flight, "active")


@click.command()
@click.argument("creative")
@SITE
@click.option("--yes", is_flag=True, help="Do not ask whether it may never be shown again.")
@pass_services
def kill(services: Services, output: Output, creative: str, site_id: str, yes: bool) -> None:
    """Kill CREATIVE for good: within a second no page shows it, and no click on it leads anywhere.

    \b
    standfirst ads kill k1 --site courier
    """
    from service.web.api.ads.inventory_wire import entity_json

    site = services.site_records.get(site_id)
    services.ads.entities.get(site.id, "creatives", creative)
    if not yes:
        click.confirm(f"Kill the creative '{creative}' for good?", abort=True, err=True)
    killed = services.ads.entities.kill(site.id, creative)
    output.result(entity_json(killed, site.currency), f"The creative '{creative}' is killed.")


@click.command()
@click.argument("file", type=GIVEN_FILE, metavar="FILE")
@SITE
@pass_services
def upload(services: Services, output: Output, file: Path, site_id: str) -> None:
    """Keep the picture FILE (PNG, JPEG, GIF or WebP) and print what to write into a sheet's image_url.

    \b
    standfirst ads upload banner.png --site courier
    """
    from service.domain.ads.image import image_path

    site = services.site_records.get(site_id)
    size_within(file, services.config.max_image_bytes)
    image, _ = services.ads.images.upload(site.id, file.read_bytes())
    url = services.config.public_url.rstrip("/") + image_path(site.id, image)
    output.note(f"{image.type}, {image.width} x {image.height} pixels, {image.size_bytes:,} bytes")
    answer = {"id": image.id, "url": url, "width": image.width, "height": image.height, "type": image.type}
    output.result(answer, url)


def _set_status(services: Services, output: Output, site_id: str, flight_id: str, status: str) -> None:
    from service.domain.ads.inventory import FlightStatus
    from service.web.api.ads.inventory_wire import entity_json

    site = services.site_records.get(site_id)
    flight = services.ads.entities.set_status(site.id, flight_id, FlightStatus(status))
    output.result(entity_json(flight, site.currency), f"The flight '{flight_id}' is {status}.")
