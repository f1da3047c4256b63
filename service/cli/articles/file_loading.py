"""The course of `standfirst articles load`: check every file, load row by row, show progress, sum up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.adapters.sources.articles.article_files import ArticleFile, check_article_file
from service.adapters.sources.articles.article_values import FIELDS, CellReading, article_values
from service.adapters.sources.articles.row import Row
from service.adapters.sources.fetching.source_file import open_source
from service.cli.articles.outcomes import Outcomes
from service.cli.terminal.progress import Progress
from service.cli.terminal.session import Output
from service.cli.terminal.written_file import WrittenLines
from service.domain.content.article import Article
from service.domain.errors import Fault, InvalidInput
from service.domain.sites.site import Site
from service.usecases.content.ingest_articles import Draft, ingest_articles
from service.web.api.newsroom.article_wire import read_article

if TYPE_CHECKING:
    from service.services import Services


@dataclass(frozen=True, slots=True)
class Loading:
    """What one load works with; `report` takes every refused row."""

    services: Services
    site: Site
    reading: CellReading
    output: Output
    report: WrittenLines | None


@dataclass(slots=True)
class Summary:
    """What became of the rows so far, and the columns that no field took."""

    outcomes: Outcomes
    unused: set[str] = field(default_factory=set)

    def fields(self) -> dict[str, Any]:
        """Returns the sums, the refused rows, and the columns that no field took."""
        return self.outcomes.sums() | {"refusals": self.outcomes.refusals, "unused_columns": sorted(self.unused)}

    def text(self) -> str:
        """Returns the same as a table."""
        unused = [f"Columns not used: {', '.join(sorted(self.unused))}"] if self.unused else []
        return "\n".join([*self.outcomes.lines(), *unused])


def load_files(loading: Loading, files: Sequence[Path]) -> Summary:
    """Returns what became of the files' rows. Raises InvalidInput before any is loaded where a file cannot be read."""
    limit = loading.services.config.max_article_bytes
    sizes = [check_article_file(path, loading.reading, limit) for path in files]
    summary = Summary(Outcomes(loading.output, loading.report))
    with Progress(loading.output, sum(sizes)) as progress:
        for path, before_bytes in zip(files, _sums(sizes), strict=True):
            _load_file(loading, path, summary, progress, before_bytes)
    summary.outcomes.note_refusals()
    return summary


def _sums(sizes: Sequence[int]) -> Iterator[int]:
    total = 0
    for size in sizes:
        yield total
        total += size


def _load_file(loading: Loading, path: Path, summary: Summary, progress: Progress, before_bytes: int) -> None:
    with open_source(path) as source:
        file = ArticleFile(source, loading.reading, loading.services.config.max_article_bytes)
        drafts = (_draft(row, loading) for row in file.rows())
        for ingested in ingest_articles(loading.services.articles, loading.site.id, drafts):
            summary.outcomes.take(ingested, f"{path}:{ingested.line}", file=str(path), line=ingested.line)
            progress.advance(before_bytes + file.position_bytes)
        summary.unused.update(file.unused_columns(FIELDS))


def _draft(row: Row, loading: Loading) -> Draft:
    if row.fault is not None:
        return Draft(row.line, None, faults=(Fault("", row.fault),))
    values, faults = article_values(row.cells, loading.reading)
    article: Article | None = None
    try:
        article = read_article(values, loading.site, loading.services.html_text)
    except InvalidInput as error:
        told = {fault.path for fault in faults}
        faults += [fault for fault in error.faults if fault.path not in told]
    return Draft(row.line, values.get("id"), None if faults else article, tuple(faults))
