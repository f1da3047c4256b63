"""Wires what readers read, are offered and follow: each process tallies it and writes it down now and then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from service.adapters.redis import learnt_values
from service.adapters.redis.page.click_models import RedisClickModels
from service.adapters.redis.page.engagement_counter import RedisEngagementCounter
from service.adapters.redis.page.read_counter import RedisReadCounter
from service.adapters.redis.page.reader_histories import RedisReaderHistories, erase_reader_counts
from service.adapters.redis.page.shown_log import RedisShownLog
from service.adapters.redis.page.teaser_counter import RedisTeaserCounter
from service.bootstrap.foundation import Foundation
from service.domain.engagement.click_model import ClickModels
from service.domain.engagement.examination import Examination
from service.domain.engagement.shown_pages import ShownLog
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.ports import EngagementCounter, LearntStore, ReadCounter, TeaserCounter
from service.usecases.engagement.count_engagement import EngagementHistory, EngagementTally
from service.usecases.engagement.read_tally import ReadTally
from service.usecases.engagement.reader_counts import ReaderCounts
from service.usecases.engagement.remember_readers import RememberReaders
from service.usecases.engagement.shown_tally import ShownTally
from service.usecases.engagement.teasers import TeaserTally
from service.usecases.page.filling.page_notes import PageNotes


@dataclass(frozen=True, slots=True)
class Readers:
    """Counts of all processes in the store, and the tallies of this one."""

    reads: ReadCounter
    engagement: EngagementCounter
    teaser_counter: TeaserCounter
    examinations: LearntStore[Examination]
    read_tally: ReadTally
    engagement_tally: EngagementTally
    teasers: TeaserTally
    remember: RememberReaders
    shown_tally: ShownTally
    shown_log: ShownLog
    click_models: ClickModels

    @property
    def counts(self) -> ReaderCounts:
        """What readers did of late, which pages are filled by."""
        history = EngagementHistory(self.engagement, self.examinations.read, self.click_models.get)
        return ReaderCounts(self.reads, history.recent)

    @property
    def page_notes(self) -> PageNotes:
        """What takes notes of page calls; of page views only where they are logged."""
        shown = self.shown_tally.note_page if self.shown_tally.logs else None
        return PageNotes(self.read_tally.note, self.engagement_tally.note_offered, shown)

    @property
    def tallies(self) -> list[Callable[[float], None]]:
        """What writes this process's tallies down, each at a time in seconds since 1970."""
        return [
            partial(self.read_tally.write_down, self.reads),
            partial(self.engagement_tally.write_down, self.engagement),
            partial(self.teasers.write_down, self.teaser_counter),
            partial(self.shown_tally.write_down, self.shown_log),
        ]


def build_readers(base: Foundation, snapshot_of: Callable[[str], SiteSnapshot]) -> Readers:
    """Returns the counts; `snapshot_of` tells which articles a site has."""
    read_tally = ReadTally()

    def knows(site_id: str, id_hash: int) -> bool:
        return snapshot_of(site_id).index.row_of_hash(id_hash) is not None

    return Readers(
        reads=RedisReadCounter(base.client),
        engagement=RedisEngagementCounter(base.client),
        teaser_counter=RedisTeaserCounter(base.client),
        examinations=learnt_values.examinations(base.client),
        read_tally=read_tally,
        engagement_tally=EngagementTally(),
        teasers=TeaserTally(knows, read_tally.note),
        shown_tally=ShownTally(base.config.logged_share, base.clock),
        shown_log=RedisShownLog(base.client),
        click_models=RedisClickModels(base.client, base.shared_secret.key),
        remember=RememberReaders(
            RedisReaderHistories(base.history_client),
            base.shared_secret.key,
            base.store_watch.is_away,
            base.clock,
            partial(erase_reader_counts, base.client),
        ),
    )
