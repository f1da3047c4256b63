"""`standfirst sites`: create, list, show and delete sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from service.cli.session import Output, pass_services
from service.domain.exchange import rate_of, rate_text
from service.domain.site import Site
from service.usecases.sites.define_site import CONSENTS, define_site, site_json

if TYPE_CHECKING:
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


@click.group()
def sites() -> None:
    """Create, list, show and delete sites: a site is one publication, to which everything else belongs."""


@sites.command()
@click.argument("site_id", metavar="ID")
@click.option("--name", default="", help="What readers call the publication.")
@click.option("--domain", "domains", multiple=True, help="Host name its articles live on; may be repeated.")
@click.option("--origin", "origins", multiple=True, help="Origin whose browsers may call; may be repeated.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    default=(DEFAULTS.language,),
    show_default=True,
    help="Language tag; repeated, the first is the site's own and the others its articles' too.",
)
@click.option("--mix-languages", is_flag=True, help="Let teasers of every language stand on any page.")
@click.option("--timezone", default=DEFAULTS.timezone, show_default=True, help="Zone of the IANA database.")
@click.option("--currency", default=DEFAULTS.currency, show_default=True, help="ISO 4217 code.")
@click.option("--rate", "rates", multiple=True, metavar="CURRENCY=RATE", callback=_rates,
              help="What a unit of a currency is worth in the site's: USD=0.92; may be repeated.")  # fmt: skip
@click.option("--consent-default", type=click.Choice(CONSENTS), default=DEFAULTS.consent_default, show_default=True,
              help="What holds for a reader of whom nothing is known.")  # fmt: skip
@pass_services
def create(services: Services, output: Output, site_id: str, languages: tuple[str, ...], **rest: Any) -> None:
    """Create the site ID. A site that exists is left as it is, and the command fails."""
    several = languages if len(languages) > 1 else ()
    site = replace(Site(site_id), language=languages[0], languages=several, **rest)
    define_site(services.sites, site, only_new=True)
    output.result(site_json(site), f"Created the site '{site.id}'.")


@sites.command("list")
@pass_services
def list_sites(services: Services, output: Output) -> None:
    """List all sites."""
    known = services.sites.all()
    rows = [f"{site.id:<20} {site.language:<6} {site.timezone:<20} {site.name}" for site in known]
    output.result([site_json(site) for site in known], "\n".join(rows) or "There is no site yet.")


@sites.command()
@click.argument("site_id", metavar="ID")
@pass_services
def show(services: Services, output: Output, site_id: str) -> None:
    """Show every field of the site ID."""
    fields = site_json(services.site_records.get(site_id))
    output.result(fields, "\n".join(_line(name, value) for name, value in fields.items()))


def _line(name: str, value: Any) -> str:
    """A field in words; an object as a line for each of its members."""
    if isinstance(value, Mapping) and value:
        return "\n".join([name, *(f"  {member:<18} {_words(each)}" for member, each in value.items())])
    return f"{name:<20} {_words(value)}"


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_words(each)}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@sites.command()
@click.argument("site_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask whether all of it may go.")
@pass_services
def delete(services: Services, output: Output, site_id: str, yes: bool) -> None:
    """Erase the site ID for good: articles, inventory, budgets, counts, feeds, rules, models, indexes and its tokens.

    It takes some seconds, until every process has heard of it. A backup of the store still holds what it held.
    """
    if not yes:
        click.confirm(f"Erase the site '{site_id}' and everything kept of it, for good?", abort=True, err=True)
    erased = services.erase_site.erase(site_id)
    text = f"Erased the site '{site_id}': {erased.keys} keys, {erased.files} files, {erased.tokens} tokens."
    output.result(asdict(erased), text)
