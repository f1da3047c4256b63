"""The course of `standfirst articles feed` and `wordpress`: read each source, load its entries, sum up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.adapters.sources.feeds.feeds import FeedReading, read_feed
from service.adapters.sources.fetching.answers import charset_of, check_status
from service.adapters.sources.fetching.source_file import open_source
from service.adapters.sources.wordpress.export import exported_posts, read_export
from service.cli.articles.outcomes import Outcomes
from service.domain.content.feed import Cursor, Feed
from service.domain.errors import InvalidInput, SourceTooLarge, SourceUnavailable
from service.domain.sites.site import Site
from service.usecases.content.ingest_articles import Draft, ingest_articles
from service.usecases.content.take_entries import draft_of
from service.web.api.newsroom.article_wire import read_article

if TYPE_CHECKING:
    from service.services import Services

ENTRIES_A_LOG_LINE = 1_000

Values = Mapping[str, Any]


@dataclass(slots=True)
class SourceLoading:
    """One load of one or more sources, and what became of their entries."""

    services: Services
    site: Site
    outcomes: Outcomes
    skipped: Counter[str] = field(default_factory=Counter)

    def feed(self, source: str, section: str | None) -> None:
        """Loads an RSS or Atom feed from a file or an address. Raises InvalidInput, SourceUnavailable."""
        with self._naming(source):
            entries = self._feed_entries(source, section)
        self._take(source, enumerate(entries, 1))

    def wordpress(self, source: str, prefix: str) -> None:
        """Loads a WordPress from an export file or its address. Raises InvalidInput, SourceUnavailable."""
        if is_address(source):
            feed = Feed(id="", url=source, kind="wordpress", id_prefix=prefix)
            batches = self.services.feed_sources["wordpress"].batches(feed, Cursor())
            with self._naming(source):
                self._take(source, enumerate((entry for batch in batches for entry in batch.entries), 1))
            return
        path = Path(source)
        export = read_export(path)
        self._take(source, self._posts(exported_posts(path, export, prefix)))

    @property
    def took_some(self) -> bool:
        """True once any entry was taken or skipped."""
        return bool(self.outcomes.counts or self.skipped)

    def sum_up(self) -> None:
        """Writes the sums, what was skipped by reason, and the refused entries."""
        skipped = dict(sorted(self.skipped.items()))
        values = self.outcomes.sums() | {"skipped": skipped, "refusals": self.outcomes.refusals}
        lines = [f"{'skipped':<10} {count:>9,}  {reason}" for reason, count in skipped.items()]
        self.outcomes.note_refusals()
        self.outcomes.output.result(values, "\n".join([*self.outcomes.lines(), *lines]))

    def _feed_entries(self, source: str, section: str | None) -> list[Values]:
        if is_address(source):
            answer = self.services.fetcher.get(source)
            check_status(answer, self.services.clock())
            return read_feed(answer.body, FeedReading(answer.url, charset_of(answer.headers), section))
        data = _file_bytes(Path(source), self.services.config.max_feed_bytes)
        return read_feed(data, FeedReading(section=section))

    @contextmanager
    def _naming(self, source: str) -> Iterator[None]:
        """Names the source in an error of reading it."""
        try:
            yield
        except InvalidInput as error:
            named = error.detail if error.detail.startswith(source) else f"{source}: {error.detail}"
            raise InvalidInput.one(source, named) from error
        except SourceUnavailable as error:
            raise SourceUnavailable(f"{source}: {error}") from error

    def _posts(self, items: Iterable[tuple[int, dict[str, Any] | str]]) -> Iterator[tuple[int, Values]]:
        """Yields the published posts, and counts the others by what they are."""
        for number, item in items:
            if isinstance(item, str):
                self.skipped[item] += 1
            else:
                yield number, item

    def _take(self, source: str, entries: Iterable[tuple[int, Values]]) -> None:
        for ingested in ingest_articles(self.services.articles, self.site.id, self._drafts(entries)):
            place = f"{source}:{ingested.line} {ingested.article_id}"
            self.outcomes.take(ingested, place, source=source, entry=ingested.line)
            if (taken := self.outcomes.counts.total()) % ENTRIES_A_LOG_LINE == 0:
                self.outcomes.output.note(f"{taken:,} entries")

    def _drafts(self, entries: Iterable[tuple[int, Values]]) -> Iterator[Draft]:
        for number, values in entries:
            yield draft_of(number, values, self.site, self._read)

    def _read(self, values: Values, site: Site) -> Any:
        return read_article(dict(values), site, self.services.html_text)


def is_address(source: str) -> bool:
    """True for an http or https address, False for a file's path. Raises InvalidInput for another scheme."""
    scheme, separator, _ = source.partition("://")
    if separator and scheme.lower() not in ("http", "https"):
        raise InvalidInput.one(source, f"{source}: give an http or https address, or the path of a file")
    return bool(separator)


def _file_bytes(path: Path, limit_bytes: int) -> bytes:
    """Returns the file's bytes, unpacked. Raises InvalidInput where it cannot be read, SourceTooLarge beyond limit."""
    with open_source(path) as source:
        data = source.stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise SourceTooLarge(f"holds more than {limit_bytes:,} bytes")
    return data
