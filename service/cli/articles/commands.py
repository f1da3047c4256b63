"""`standfirst articles`: load articles from files, feeds and WordPress, export them, and explain their places."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
import orjson

from service.cli.terminal.page_options import PAGE, WIDGETS, widgets_of
from service.cli.terminal.report_options import OUTPUT
from service.cli.terminal.session import ExitCode, Output, pass_services
from service.cli.terminal.site_option import site_option
from service.cli.terminal.written_file import whole_file, written_lines

if TYPE_CHECKING:
    from service.cli.articles.source_loading import SourceLoading
    from service.services import Services

SITE = site_option("The site the articles belong to.")


@click.group()
def articles() -> None:
    """Load, export and explain articles."""


@articles.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@SITE
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="The column or key of a field; repeatable.")
@click.option("--default", "defaults", multiple=True, metavar="FIELD=VALUE", help="For a row without it; repeatable.")
@click.option("--day-first", "day_order", flag_value="day-first", help="Read 07/02/2017 as 7 February.")
@click.option("--month-first", "day_order", flag_value="month-first", help="Read 07/02/2017 as July 2.")
@click.option("--refused", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE",
              help="Write every refused row's line and reason to FILE.")  # fmt: skip
@pass_services
def load(
    services: Services,
    output: Output,
    files: tuple[Path, ...],
    site_id: str,
    maps: tuple[str, ...],
    defaults: tuple[str, ...],
    day_order: str | None,
    refused: Path | None,
) -> None:
    """Load articles from JSON, NDJSON or CSV files, each plain or packed with gzip.

    Fields: id, url, title, published_at and text or html; excerpt, section, tags, authors, byline, language,
    updated_at, expires_at, embargo_until, comment_count, evergreen, sensitive, image_url, image_alt, image_width,
    image_height. Lists are separated by '|'. A time without a zone is the site's.

    A row that cannot be loaded is refused with its line and the reason, and the others are loaded (exit code 3). A file
    that cannot be read to its end changes nothing.

    \b
    standfirst articles load news.csv --site courier --map text=Article
    """
    from zoneinfo import ZoneInfo

    from service.adapters.sources.articles.article_values import FIELDS, CellReading
    from service.adapters.sources.articles.dates import DayOrder
    from service.cli.articles.file_loading import Loading, load_files

    columns, filling = _pairs("--map", maps, FIELDS), _pairs("--default", defaults, FIELDS)
    site = services.site_records.get(site_id)
    reading = CellReading(
        zone=ZoneInfo(site.timezone), columns=columns, defaults=filling,
        day_order=DayOrder(day_order or DayOrder.UNKNOWN),
    )  # fmt: skip
    with written_lines(refused) as report:
        loading = Loading(services, site, reading, output, report)
        summary = load_files(loading, files)
        output.result(summary.fields(), summary.text())
    if summary.outcomes.refused:
        raise click.exceptions.Exit(ExitCode.SOME_REFUSED)


SOURCES = click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
REFUSED = click.option("--refused", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE",
                       help="Write every refused entry and its reason to FILE.")  # fmt: skip


@articles.command()
@SOURCES
@SITE
@click.option("--section", metavar="NAME", help="Section of all articles.  [default: the first category of each]")
@REFUSED
@pass_services
def feed(
    services: Services,
    output: Output,
    sources: tuple[str, ...],
    site_id: str,
    section: str | None,
    refused: Path | None,
) -> None:
    """Load the articles of RSS or Atom feeds, each a file or an address, once.

    An entry that cannot be loaded is refused with the reason, and the others are loaded (exit code 3). What is no feed,
    or ends in the middle, changes nothing. To have a feed asked again and again, put it with PUT /v1/feeds/{id}.

    \b
    standfirst articles feed https://www.courier.example/rss.xml --site courier
    """
    _load_sources(services, output, site_id, refused, sources, lambda loading, each: loading.feed(each, section))


@articles.command()
@SOURCES
@SITE
@click.option("--id-prefix", default="wp", show_default=True, metavar="P", help="Begins the ids: post 12 is wp-12.")
@REFUSED
@pass_services
def wordpress(
    services: Services, output: Output, sources: tuple[str, ...], site_id: str, id_prefix: str, refused: Path | None
) -> None:
    """Load the published posts of a WordPress, from export files (WXR) or its address, once.

    Pages, drafts and other items are skipped and counted. An export that is cut or broken changes nothing.

    \b
    standfirst articles wordpress export.xml --site courier
    """
    _load_sources(services, output, site_id, refused, sources, lambda loading, each: loading.wordpress(each, id_prefix))


def _load_sources(
    services: Services,
    output: Output,
    site_id: str,
    refused: Path | None,
    sources: tuple[str, ...],
    load: Callable[[SourceLoading, str], None],
) -> None:
    """Loads, writes the summary even where a later source fails, and ends with 3 where some were refused.

    Where nothing was taken before a source failed there is nothing to sum up.
    """
    from service.cli.articles.outcomes import Outcomes
    from service.cli.articles.source_loading import SourceLoading

    site = services.site_records.get(site_id)
    with written_lines(refused) as report:
        loading = SourceLoading(services, site, Outcomes(output, report))
        read = 0
        try:
            for source in sources:
                load(loading, source)
                read += 1
        finally:
            if read or loading.took_some:
                loading.sum_up()
    if loading.outcomes.refused:
        raise click.exceptions.Exit(ExitCode.SOME_REFUSED)


@articles.command()
@site_option("The site whose articles to write.")
@OUTPUT
@pass_services
def export(services: Services, output: Output, site_id: str, output_file: Path | None) -> None:
    """Write all articles as NDJSON, a line each; loaded again, each is unchanged.

    \b
    standfirst articles export --site courier --output articles.ndjson
    """
    from service.domain.content.article_record import article_record
    from service.usecases.content.read_articles import every_article

    site, written = services.site_records.get(site_id), count()
    known = zip(every_article(services.articles, site.id), written, strict=False)
    with _opened(output_file) as target:
        target.writelines(orjson.dumps(article_record(article)) + b"\n" for article, _ in known)
    output.note(f"Wrote {next(written)} articles of '{site.id}'.")


def _opened(output_file: Path | None) -> AbstractContextManager[IO[bytes]]:
    if output_file is None:
        return nullcontext(sys.stdout.buffer)
    return whole_file(output_file)


@articles.command()
@PAGE
@click.argument("article", metavar="ARTICLE")
@site_option("The site of both.")
@WIDGETS
@pass_services
def explain(
    services: Services, output: Output, page: str, article: str, site_id: str, widgets: tuple[str, ...]
) -> None:
    """Say why ARTICLE stands on PAGE, or why it does not: a widget a paragraph.

    ARTICLE is an id. PAGE is the id or the address of an article, or `front` for a page without a story of its own.

    \b
    standfirst articles explain a-1 a-3 --site courier --widget must-read:5
    """
    from service.cli.articles.explain import explain_on_page

    values, text = explain_on_page(services, site_id, page, article, widgets_of(widgets))
    output.result(values, text)


def _pairs(option: str, given: tuple[str, ...], names: tuple[str, ...]) -> dict[str, str]:
    """Returns the fields' values. Raises UsageError for what is no pair, or names no field."""
    pairs: dict[str, str] = {}
    for pair in given:
        name, mark, value = pair.partition("=")
        if not mark or not value:
            raise click.UsageError(f"{option} {pair}: write FIELD=VALUE")
        if name not in names:
            raise click.UsageError(
                f"{option} {pair}: '{name}' is no field of an article; the fields are: {', '.join(names)}"
            )
        pairs[name] = value
    return pairs
