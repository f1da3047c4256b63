"""`standfirst sites`: create, change, list, show and delete sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from service.cli.terminal.session import Command, Output, pass_services, with_options
from service.cli.terminal.table import table_text
from service.domain.errors import PreconditionFailed
from service.domain.money.exchange import rate_of, rate_text
from service.domain.sites.site import Site
from service.usecases.sites.define_site import CONSENTS, define_site, site_json

if TYPE_CHECKING:
    from service.domain.guard import Guard
    from service.services import Services

DEFAULTS = Site("")


def _rates(_: click.Context, __: click.Parameter, told: tuple[str, ...]) -> dict[str, str]:
    """The rates by their currencies, each in its one form."""
    rates = {}
    for one in told:
        currency, _equals, rate = one.partition("=")
        try:
            rates[currency.strip()] = rate_text(rate_of(rate.strip()))
        except ValueError as error:
            raise click.BadParameter(f"{one}: {error}") from error
    return rates


def _widgets(_: click.Context, __: click.Parameter, file: Path | None) -> dict[str, dict[str, Any]] | None:
    """The settings of widgets in a file, by kind."""
    if file is None:
        return None
    try:
        told = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise click.BadParameter(f"{file} is not JSON: {error}") from error
    if not isinstance(told, dict) or not all(isinstance(kind, dict) for kind in told.values()):
        raise click.BadParameter(f'{file} must hold an object by kind, such as {{"must-read": {{"size": 4}}}}')
    return told


@click.group()
def sites() -> None:
    """Create, change, list, show and delete sites: a site is one publication, to which everything else belongs."""


def _fields(told: Site | None) -> Callable[[Command], Command]:
    """The options of a site's fields, with the defaults of `told`; without one, what is not named is None or empty."""

    def default(name: str) -> dict[str, Any]:
        return {"default": None} if told is None else {"default": getattr(told, name), "show_default": True}

    return with_options(
        click.option("--name", default=told and told.name, help="What readers call the publication."),
        click.option("--domain", "domains", multiple=True, help="Host name its articles live on; may be repeated."),
        click.option("--origin", "origins", multiple=True,
                     help="Origin whose browsers may call, such as https://www.example.org; may be repeated."),
        click.option("--language", "languages", multiple=True,
                     default=told and (told.language,), show_default=bool(told),
                     help="Language tag; repeated, the first is the site's own and the others its articles' too."),
        click.option("--mix-languages/--no-mix-languages", **default("mix_languages"),
                     help="Let teasers of every language stand on any page."),
        click.option("--timezone", **default("timezone"), help="Zone of the IANA database."),
        click.option("--currency", **default("currency"), help="ISO 4217 code."),
        click.option("--rate", "rates", multiple=True, metavar="CURRENCY=RATE", callback=_rates,
                     help="What a unit of a currency is worth in the site's: USD=0.92; may be repeated."),
        click.option("--consent-default", type=click.Choice(CONSENTS), **default("consent_default"),
                     help="What holds for a reader of whom nothing is known."),
        click.option("--hide-zero-comments/--no-hide-zero-comments", **default("hide_zero_comments"),
                     help="Leave a comment count of 0 out of teasers."),
        click.option("--widgets", type=click.Path(exists=True, dir_okay=False, path_type=Path), callback=_widgets,
                     metavar="FILE",
                     help="JSON object with the settings that the site changes, by kind of widget."),
    )  # fmt: skip


def _named(languages: tuple[str, ...], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were named, as a site has them."""
    named = {name: value for name, value in fields.items() if value not in (None, (), {})}
    if languages:
        named |= {"language": languages[0], "languages": languages if len(languages) > 1 else ()}
    return named


@sites.command()
@click.argument("site_id", metavar="ID")
@_fields(DEFAULTS)
@pass_services
def create(services: Services, output: Output, site_id: str, languages: tuple[str, ...], **fields: Any) -> None:
    """Create the site ID. A site that exists is left as it is, and the command fails.

    \b
    standfirst sites create courier --language en --timezone Europe/Berlin
    """
    site = replace(Site(site_id), **_named(languages, fields))
    define_site(services.sites, site, only_new=True)
    output.result(site_json(site), f"Created the site '{site.id}'.")


@sites.command()
@click.argument("site_id", metavar="ID")
@_fields(None)
@pass_services
def change(services: Services, output: Output, site_id: str, languages: tuple[str, ...], **fields: Any) -> None:
    """Change the fields of the site ID that are named; the others stay. It holds within a second, everywhere.

    A list is replaced: name all its members. So are --rate and --widgets.

    \b
    standfirst sites change courier --origin https://www.courier.example
    """
    named = _named(languages, fields)
    if not named:
        raise click.UsageError("Name a field to change, such as --origin https://www.example.org.")
    site = services.site_records.get(site_id)
    changed = replace(site, **named)
    define_site(services.sites, changed, guard=_unchanged(site))
    lines = [_line(name, value) for name, value in asdict(changed).items() if name in named]
    output.result(site_json(changed), "\n".join([f"Changed the site '{site.id}':", *lines]))


def _unchanged(site: Site) -> Guard[Site]:
    """What refuses to replace another site than the one that was read."""

    def guard(current: Site | None) -> None:
        if current != site:
            raise PreconditionFailed("Somebody else changed the site at this moment; look at it, then change it again.")

    return guard


@sites.command("list")
@pass_services
def list_sites(services: Services, output: Output) -> None:
    """List all sites.

    \b
    standfirst sites list
    """
    known = services.sites.all()
    rows = [(site.id, site.language, site.timezone, site.currency, site.name) for site in known]
    table = table_text(("site", "language", "timezone", "currency", "name"), rows)
    output.result([site_json(site) for site in known], table if rows else "There is no site yet.")


@sites.command()
@click.argument("site_id", metavar="ID")
@pass_services
def show(services: Services, output: Output, site_id: str) -> None:
    """Show every field of the site ID.

    \b
    standfirst sites show courier
    """
    fields = site_json(services.site_records.get(site_id))
    output.result(fields, "\n".join(_line(name, value) for name, value in fields.items()))


def _line(name: str, value: Any) -> str:
    """A field in words; an object as a line for each of its members."""
    if isinstance(value, Mapping) and value:
        return "\n".join([name, *(f"  {member:<18} {_words(each)}" for member, each in value.items())])
    return f"{name:<20} {_words(value)}"


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_words(each)}" for name, each in value.items() if each not in ("", None, {}, ()))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@sites.command()
@click.argument("site_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask whether all of it may go.")
@pass_services
def delete(services: Services, output: Output, site_id: str, yes: bool) -> None:
    """Erase the site ID for good: articles, inventory, budgets, counts, feeds, rules, models, indexes and its tokens.

    It takes some seconds, until every process has heard of it. A backup of the store still holds what it held.

    \b
    standfirst sites delete courier
    """
    if not yes:
        click.confirm(f"Erase the site '{site_id}' and everything kept of it, for good?", abort=True, err=True)
    erased = services.erase_site.erase(site_id)
    text = f"Erased the site '{site_id}': {erased.keys} keys, {erased.files} files, {erased.tokens} tokens."
    output.result(asdict(erased), text)
