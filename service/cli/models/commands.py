"""`standfirst models`: train, ask what a model is worth, compare two, serve from one, go back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.terminal.given_file import GIVEN_FILE
from service.cli.terminal.session import Invocation, Output, pass_invocation, pass_services
from service.cli.terminal.site_option import site_option
from service.cli.terminal.table import table_text

if TYPE_CHECKING:
    from service.services import Services
    from service.usecases.manage_models import ModelRow


@click.group()
def models() -> None:
    """Train, compare, promote and roll back models: what ranks a site's teasers, learnt from its own articles."""


SITE = site_option("The site whose models are meant.")


@models.command()
@SITE
@click.option("--aside", is_flag=True, help="Lay the model aside: what serves goes on serving.")
@pass_services
def train(services: Services, output: Output, site_id: str, aside: bool) -> None:
    """Train a TF-IDF model on all articles of the site and serve from it.

    Running services take it up within a second, a large site when its index is built. The bundle is a folder of
    plain arrays with a manifest; nothing in it is ever executed.

    \b
    standfirst models train --site courier --aside
    """
    total = services.models.article_count(site_id)
    with output.progress(f"Reading {total} articles", total) as step:
        row = services.models.train(site_id, step, aside=aside)
    then = "It serves from now on."
    if aside:
        then = f"It is laid aside: standfirst models compare --site {site_id}."
    elif services.models.state(site_id).is_awaited:
        then = "It serves when the index is built for it; `standfirst doctor` tells."
    output.result(asdict(row), f"Trained {row.version} on {row.articles} articles, {row.vocabulary} words. {then}")


FILE = click.Path(path_type=Path, dir_okay=False)
PAIRS = click.option(
    "--pairs",
    type=GIVEN_FILE,
    metavar="FILE",
    help='Judged pairs, a line each: {"text_a": ..., "text_b": ..., "judgement": number}.',
)


@models.command()
@click.argument("version", required=False)
@click.option("--base", metavar="VERSION", help="Compare with this one, not with the serving one.")
@SITE
@PAIRS
@pass_services
def compare(
    services: Services, output: Output, version: str | None, base: str | None, site_id: str, pairs: Path | None
) -> None:
    """Tell by how much one model is better than another, with the 95 % interval of the difference.

    VERSION is the newest model where none is named; it is compared with the one that serves or, where it serves itself,
    with the one before it.

    With --pairs: how far the likeness of two texts agrees with human judgements (Pearson, Spearman), by words and by
    the blend of words and topics. Without: the site's newest fifth of articles, 1,000 at most; how many of their words
    either model knows, and how many of their five nearest earlier ones are of their section.

    \b
    standfirst models compare --site courier --pairs pairs.jsonl
    """
    from service.cli.models.compare import compare_models
    from service.cli.models.evaluate import errors_told

    with errors_told():
        compare_models(output, services, site_id, version, base, pairs)


@models.command()
@click.option("--site", help="Ask the site's serving model; without --pairs, hold out its own newest articles.")
@PAIRS
@click.option(
    "--retold",
    type=GIVEN_FILE,
    metavar="FILE",
    help='Judged pairs of the site, a line each: {"article_a": id, "article_b": id, "relations": [...]}.',
)
@click.option("--scores", type=FILE, metavar="FILE", help="Write each pair's scores as NDJSON.")
@click.option("--plot", type=FILE, metavar="FILE", help="Draw the figures: .svg, .png or .pdf (needs matplotlib).")
@pass_invocation
def evaluate(
    invocation: Invocation,
    site: str | None,
    pairs: Path | None,
    retold: Path | None,
    scores: Path | None,
    plot: Path | None,
) -> None:
    """Tell what relevance is worth, with 95 % intervals.

    With --pairs: how far the likeness of two texts agrees with human judgements on any scale (Pearson, Spearman). The
    model is that which serves --site; without --site, or before its first training, one fitted on the pairs' own texts.

    With --site alone: a model is fitted on the earlier four fifths of its articles and asked with the newest: how many
    of an article's words it knows, and how many of its five nearest are of its section.

    With --site and --retold: how often the page's rules call pairs of its articles what people did (duplicate,
    same-angle, same-story; none is []), and whether an event told again is among the ten nearest.

    Without any: the Lee corpus (50 news texts, 1,225 judged pairs), for which gensim must be installed. The model is
    fitted on its 300 background texts.

    \b
    standfirst models evaluate --site courier --pairs pairs.jsonl
    """
    if retold and (pairs or scores or not site):
        raise click.UsageError("--retold needs --site, and goes with neither --pairs nor --scores.")
    _evaluate(invocation, site, pairs, retold, scores, plot)


def _evaluate(
    invocation: Invocation,
    site: str | None,
    pairs: Path | None,
    retold: Path | None,
    scores: Path | None,
    plot: Path | None,
) -> None:
    from service.cli.models.evaluate import Wanted, errors_told, evaluate_lee, evaluate_pairs, evaluate_site
    from service.cli.models.retold import evaluate_retold

    wanted = Wanted(scores, plot)
    with errors_told():
        if site is None:
            if pairs is None:
                evaluate_lee(invocation.output, wanted)
            else:
                evaluate_pairs(invocation.output, wanted, pairs, None, None)
            return
        with invocation.services() as services:
            if retold is not None:
                evaluate_retold(invocation.output, wanted, retold, services, site)
            elif pairs is None:
                evaluate_site(invocation.output, wanted, services, site)
            else:
                evaluate_pairs(invocation.output, wanted, pairs, services, site)


@models.command()
@click.argument("file", type=GIVEN_FILE, metavar="FILE")
@pass_invocation
def replay(invocation: Invocation, file: Path) -> None:
    """Tell from a log of choices what another way of choosing would have earned, with 95 % intervals.

    FILE has a choice a line: {"earned": 1, "chance": 0.2, "target_chance": 0.5}. `earned` is what it brought (of a
    click 1), `chance` how likely it was then, `target_chance` how likely the other policy would have made it. With
    `expected_shown` and `expected_target`, what a model that has not seen the line expected of it and of the other
    policy's choice, there is a doubly robust estimate too.

    \b
    standfirst models replay choices.jsonl
    """
    from service.cli.models.replay import judge_log

    judge_log(invocation.output, file)


@models.command()
@SITE
@click.option("--export", type=FILE, metavar="FILE", help="Write the logged teasers as Parquet; nothing is learnt.")
@click.option("--off", is_flag=True, help="Choose pages by the default again; nothing is learnt.")
@click.option("--rollback", "back", is_flag=True, help="Choose pages by what they were before; nothing is learnt.")
@pass_services
def clicks(services: Services, output: Output, site_id: str, export: Path | None, off: bool, back: bool) -> None:
    """Learn from logged page views what readers follow; use it where it beats the default.

    A logistic model of what is known of a teaser when a page is decided is learnt from the earlier four fifths of the
    logged days and judged on the last ones: how often a followed teaser stands before one beside it that was not, with
    95 % intervals. Where the whole interval of the gain is above 0, pages are chosen by it within ten seconds; else by
    the default. STANDFIRST_LOGGED_SHARE of the servers says of how many page views is logged.

    \b
    standfirst models clicks --site courier
    """
    from service.cli.models.clicks import export_shown, go_back, learn_clicks

    site = services.site_records.get(site_id).id
    if off:
        services.learn_clicks.forget(site)
        output.result({"used": False}, "Pages are chosen by the default.")
    elif back:
        go_back(output, services, site)
    elif export is not None:
        export_shown(output, services, site, export)
    else:
        learn_clicks(output, services, site)


@models.command("list")
@SITE
@pass_services
def list_models(services: Services, output: Output, site_id: str) -> None:
    """List the models of the site, oldest first; * marks the one that serves.

    \b
    standfirst models list --site courier
    """
    rows = services.models.list(site_id)
    none = "There is no model that this version reads: standfirst models train."
    output.result([asdict(row) for row in rows], _table(rows) or none)


@models.command()
@click.argument("version", required=False)
@SITE
@pass_services
def promote(services: Services, output: Output, version: str | None, site_id: str) -> None:
    """Serve from the model VERSION, or from the newest, after a check of its files.

    \b
    standfirst models promote --site courier
    """
    row = services.models.promote(site_id, version)
    output.result(asdict(row), f"Serving {row.version} from now on.")


@models.command()
@SITE
@pass_services
def rollback(services: Services, output: Output, site_id: str) -> None:
    """Serve from the model before the present one, after a check of its files.

    \b
    standfirst models rollback --site courier
    """
    row = services.models.rollback(site_id)
    output.result(asdict(row), f"Serving {row.version} again.")


def _table(rows: list[ModelRow]) -> str:
    cells = [
        ("*" if row.serving else "", row.version, row.created_at[:16].replace("T", " "), str(row.articles),
         str(row.vocabulary))
        for row in rows
    ]  # fmt: skip
    return table_text(("", "version", "created (UTC)", "articles", "words"), cells) if rows else ""
