"""`standfirst tokens`: create, list and revoke access tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.table import table_text
from service.domain.sites.access import Scope, Token

if TYPE_CHECKING:
    from service.services import Services


@click.group()
def tokens() -> None:
    """Create, list and revoke access tokens, which callers send as `Authorization: Bearer ...`."""


@tokens.command()
@click.option("--site", help="The site that the token is for.")
@click.option("--all-sites", is_flag=True, help="Make the token valid for every site instead.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]),
              help="What the token allows; may be repeated.")  # fmt: skip
@click.option("--name", default="", help="A word to know the token by.")
@pass_services
def create(
    services: Services, output: Output, site: str | None, all_sites: bool, scopes: tuple[str, ...], name: str
) -> None:
    """Create a token and print it, this once: only a hash of it is kept.

    \b
    standfirst tokens create --site courier --scope render --name renderer
    """
    if (site is None) == (not all_sites):
        raise click.UsageError("Name the token's site with --site S, or say --all-sites.")
    if site is not None:
        services.site_records.get(site)
    text, token = services.access.create(site, [Scope(scope) for scope in scopes], name)
    output.result({"token": text, **_shown(token)}, text)
    if not output.json:
        output.note("Keep it now: it cannot be shown again.")


@tokens.command("list")
@pass_services
def list_tokens(services: Services, output: Output) -> None:
    """List all tokens, without their secrets.

    \b
    standfirst tokens list
    """
    known = [_shown(token) for token in services.access.all()]
    table = table_text(("token", "site", "scopes", "created", "name"), [_cells(row) for row in known])
    output.result(known, table if known else "There is no token yet.")


@tokens.command()
@click.argument("token_id", metavar="ID")
@pass_services
def revoke(services: Services, output: Output, token_id: str) -> None:
    """Revoke the token ID: it stops working within a second, everywhere.

    \b
    standfirst tokens revoke 7e0d68762bcd
    """
    services.access.revoke(token_id)
    output.result({"revoked": token_id}, f"Revoked the token {token_id}.")


def _shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "site": token.site,
        "scopes": sorted(token.scopes),
        "created_at": datetime.fromtimestamp(token.created_at, UTC).isoformat(),
        "name": token.name,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return row["id"], row["site"] or "every site", " ".join(row["scopes"]), row["created_at"], row["name"]
