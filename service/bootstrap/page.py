"""Wires the page: the snapshots that it is filled from, the rules of editors, and reports on its widgets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from models.text.detect import detect
from service.adapters.click_learning import learn_clicks
from service.adapters.files.index.known_snapshots import KnownSnapshots
from service.adapters.files.index.site_index import IndexLimits
from service.adapters.files.index.site_indexes import SiteIndexes
from service.adapters.files.index.snapshot_keeper import SnapshotKeeper
from service.adapters.redis.page.rule_store import RedisRuleStore
from service.bootstrap.content import Content
from service.bootstrap.foundation import Foundation
from service.bootstrap.readers import Readers
from service.bootstrap.sites import Sites
from service.usecases.ads.known.follow_inventories import FollowInventories
from service.usecases.advertising import Ads
from service.usecases.engagement.learn_clicks import LearnClicks
from service.usecases.engagement.learn_examination import LearnExamination
from service.usecases.engagement.report_widgets import ReportWidgets
from service.usecases.page.edit_rules import EditRules
from service.usecases.page.filling.fill_page import FillPage
from service.usecases.page.teaser_links import article_name
from service.usecases.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Pages:
    """What fills pages.

    `upkeep` looks for what has changed and writes the tallies of all rooms down, `inventory_upkeep` for inventories.
    """

    rules: EditRules
    snapshots: SnapshotKeeper
    fill: FillPage
    learn_examination: LearnExamination
    learn_clicks: LearnClicks
    widget_reports: ReportWidgets
    upkeep: Upkeep
    inventory_upkeep: Upkeep


def build_pages(base: Foundation, sites: Sites, content: Content, readers: Readers, ads: Ads) -> Pages:
    """Returns what fills pages, from snapshots that are empty until the first look."""
    config, clock = base.config, base.clock
    rules = RedisRuleStore(base.client)
    snapshots = SnapshotKeeper(
        versions=content.versions,
        sites=sites.records,
        rules=rules,
        models=content.promoted,
        indexes=SiteIndexes(
            content.articles,
            config.index_folder,
            IndexLimits(config.delta_limit, config.merge_after),
            content.builds.ask,
        ),
        counts=readers.counts,
        known=KnownSnapshots(config.known_folder, config.index_folder, content.promoted.shelf),
        clock=clock,
    )
    inventories = FollowInventories(content.versions, ads.snapshots)
    tallies = [*readers.tallies, *ads.tallies, ads.pace.look, sites.known_access.write_down, snapshots.write_down]
    return Pages(
        rules=EditRules(rules, content.articles, clock, lambda site_id: snapshots.snapshot(site_id).index),
        snapshots=snapshots,
        fill=FillPage(snapshots.snapshot, ads.slots, readers.page_notes, clock, detect, readers.remember.recall),
        learn_examination=LearnExamination(sites.records, readers.teaser_counter, readers.examinations, clock),
        learn_clicks=LearnClicks(readers.shown_log, readers.examinations, readers.click_models, learn_clicks, clock),
        widget_reports=ReportWidgets(
            readers.teaser_counter, lambda site_id, id_hash: article_name(snapshots.snapshot(site_id).index, id_hash)
        ),
        upkeep=Upkeep(partial(_look, snapshots, ads), tallies, config.poll_interval_ms / 1_000, clock),
        inventory_upkeep=Upkeep(inventories.look, [], config.poll_interval_ms / 1_000, clock),
    )


def _look(snapshots: SnapshotKeeper, ads: Ads) -> None:
    """Takes up what has changed: articles and models first, then what advertisers' words weigh by them."""
    snapshots.look_around()
    ads.look()
