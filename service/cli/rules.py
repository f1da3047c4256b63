"""`standfirst rules`: pin, boost and block articles, list the rules and delete them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from service.cli.terminal.session import Output, pass_services, with_options
from service.cli.terminal.site_option import site_option
from service.cli.terminal.table import table_text
from service.domain.editorial.rule import LEAST_FACTOR, MOST_FACTOR, MOST_POINTS, SELECTORS, Rule
from service.domain.editorial.rule_record import rule_values, seconds

if TYPE_CHECKING:
    from service.services import Services

SITE = site_option("The site whose rules they are.")
SPAN = (
    click.option("--from", "begins_at", metavar="TIME", help="When it begins, in the site's zone.  [default: at once]"),
    click.option("--to", "ends_at", metavar="TIME", help="When it ends.  [default: never]"),
    click.option("--note", metavar="TEXT", help="Why; shown in explanations."),
)  # fmt: skip
SUBJECT = (
    click.option("--article", metavar="ID", help="The article that it is about;"),
    click.option("--section", metavar="NAME", help="or the section,"),
    click.option("--tag", metavar="NAME", help="or the tag."),
)


@click.group()
def rules() -> None:
    """Pin, boost and block articles: what editors decide over the model's head."""


@rules.command()
@click.argument("rule_id", metavar="ID")
@SITE
@click.option("--article", required=True, metavar="ID", help="The article to pin.")
@click.option("--widget", required=True, metavar="W", help="The widget's id or kind.")
@click.option("--position", required=True, type=int, metavar="N", help="Where it stands; 1 is the first.")
@with_options(*SPAN)
@pass_services
def pin(services: Services, output: Output, rule_id: str, site_id: str, **fields: Any) -> None:
    """Put an article at a position of a widget, as the rule ID.

    \b
    standfirst rules pin storm --site courier --article a-3 \\
        --widget must-read --position 1
    """
    _put(services, output, site_id, Rule(rule_id, "pin"), fields)


@rules.command()
@click.argument("rule_id", metavar="ID")
@SITE
@with_options(*SUBJECT)
@click.option("--factor", type=float, metavar="F",
              help=f"Multiplies the score: {LEAST_FACTOR:g} to {MOST_FACTOR:g}; below 1 it lowers it.")  # fmt: skip
@click.option("--points", type=float, metavar="P", help=f"Added to the score: -{MOST_POINTS:g} to {MOST_POINTS:g}.")
@with_options(*SPAN)
@pass_services
def boost(services: Services, output: Output, rule_id: str, site_id: str, **fields: Any) -> None:
    """Raise or lower the score of an article, a section or a tag, as the rule ID.

    \b
    standfirst rules boost cup --site courier --section Sport --factor 1.5
    """
    _put(services, output, site_id, Rule(rule_id, "boost"), fields)


@rules.command()
@click.argument("rule_id", metavar="ID")
@SITE
@with_options(*SUBJECT)
@click.option("--legal", is_flag=True, help="Links to it that stand in caches are refused too.")
@with_options(*SPAN)
@pass_services
def block(services: Services, output: Output, rule_id: str, site_id: str, **fields: Any) -> None:
    """Keep an article, a section or a tag out of every widget, as the rule ID.

    \b
    standfirst rules block ruling --site courier --article a-2 --legal
    """
    _put(services, output, site_id, Rule(rule_id, "block"), fields)


@rules.command("list")
@SITE
@pass_services
def list_rules(services: Services, output: Output, site_id: str) -> None:
    """List the rules of a site, those that have ended among them.

    \b
    standfirst rules list --site courier
    """
    known = services.rules.all(services.site_records.get(site_id).id)
    now = services.rules.now()
    rows = [rule_values(rule) | {"state": rule.state(now)} for rule in known]
    cells = [(rule.id, rule.state(now), _told(rule), rule.note or "") for rule in known]
    table = table_text(("rule", "state", "what it does", "note"), cells)
    output.result(rows, table if cells else "There is no rule yet.")


@rules.command()
@click.argument("rule_id", metavar="ID")
@SITE
@pass_services
def delete(services: Services, output: Output, rule_id: str, site_id: str) -> None:
    """Delete the rule ID; within a second it holds nowhere.

    \b
    standfirst rules delete storm --site courier
    """
    services.rules.delete(services.site_records.get(site_id).id, rule_id)
    output.result({"deleted": rule_id}, f"Deleted the rule {rule_id}.")


def _put(services: Services, output: Output, site_id: str, blank: Rule, fields: dict[str, Any]) -> None:
    site = services.site_records.get(site_id)
    moments = {name: _moment(option, fields[name], site.timezone) for name, option in _MOMENTS.items()}
    rule, new = services.rules.put(site.id, Rule(blank.id, blank.kind, **fields | moments))
    services.snapshots.look_around()
    warnings = services.rules.warnings(site, rule)
    values = rule_values(rule) | {"state": rule.state(services.rules.now()), "warnings": warnings}
    output.result(values, f"{'Put' if new else 'Changed'} the rule {rule.id}: {_told(rule)}")
    for warning in () if output.json else warnings:
        output.note(f"Warning: {warning}.")


_MOMENTS = {"begins_at": "--from", "ends_at": "--to"}


def _moment(option: str, text: str | None, zone: str) -> int | None:
    """Returns the time of an option in seconds since 1970. Raises UsageError for what is no time."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{option} {text}: write a time such as 2026-03-01T09:30") from error
    return seconds(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def _told(rule: Rule) -> str:
    """Returns a rule on one line."""
    values = rule_values(rule)
    names = (*SELECTORS, "widget", "position", "factor", "points", "from", "to")
    parts = [f"{name} {values[name]}" for name in names if values[name] is not None]
    return " ".join([*(["legal"] if rule.legal else []), rule.kind, *parts])
