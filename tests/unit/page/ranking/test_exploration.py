"""New articles are tried out: in a bounded share of positions, in an order that a day keeps, never where not asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from service.domain.call.page_call import PageRequest, Reader
from service.domain.engagement.rates import Engaged, Engagement, Prior, counts_of
from service.domain.identity import hash64
from service.domain.page.ranking.daily_seed import chance_of, positions, seed_of
from service.domain.page.ranking.exploration import FEW_LOOKS, FRESH_S, SURENESS, drawn_rates, unexplored
from service.domain.page.site_snapshot import SiteSnapshot
from service.usecases.page.filling.fill_page import FillPage
from tests.makers.filled_page import NO_NOTES, widget
from tests.makers.newsroom import NOW, SITE, article, snapshot

PRIOR = Prior(2.0, 126.0)
HASHES = np.array([hash64(f"a-{n}") for n in range(20_000)], np.uint64)


def engaged(count: int, clicks: float = 0, offered: float = 0) -> Engaged:
    shown = np.full(count, offered)
    return Engaged(np.full(count, clicks), shown, shown, np.full(count, PRIOR.rate))


@pytest.mark.parametrize(("clicks", "offered"), [(0, 0), (0, 90), (30, 90), (5, 5)])
def test_draws_have_mean_and_spread_of_what_is_believed(clicks, offered):
    drawn = drawn_rates(np.uint64(7), HASHES, engaged(HASHES.size, clicks, offered), PRIOR)
    alpha, beta = SURENESS * (clicks + PRIOR.alpha), SURENESS * (offered - clicks + PRIOR.beta)
    mean = alpha / (alpha + beta)

    assert drawn.mean() == pytest.approx(mean, rel=0.02)
    assert drawn.std() == pytest.approx((mean * (1 - mean) / (alpha + beta + 1)) ** 0.5, rel=0.03)
    assert ((drawn > 0) & (drawn < 1)).all()


def test_an_articles_draw_is_its_own_whatever_else_is_there():
    whole = drawn_rates(np.uint64(7), HASHES[:50], engaged(50), PRIOR)
    part = drawn_rates(np.uint64(7), HASHES[10:20], engaged(10), PRIOR)

    assert np.array_equal(whole[10:20], part)
    assert not np.array_equal(part, drawn_rates(np.uint64(8), HASHES[10:20], engaged(10), PRIOR))


def test_draws_of_different_articles_have_nothing_to_do_with_each_other():
    one, other = (
        drawn_rates(np.uint64(7), HASHES, engaged(20_000), PRIOR),
        drawn_rates(np.uint64(9), HASHES, engaged(20_000), PRIOR),
    )

    assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 0.03
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03


def test_positions_are_bounded_and_right_on_average():
    counts = [positions(chance_of(seed), 0.1, 5) for seed in range(4_000)]

    assert set(counts) == {0, 1}
    assert np.mean(counts) == pytest.approx(0.5, abs=0.03)
    assert {positions(chance_of(seed), 0.2, 10) for seed in range(50)} == {2}
    assert {positions(chance_of(seed), 0.0, 50) for seed in range(50)} == {0}


def test_only_what_is_fresh_and_seldom_offered_is_unexplored_and_nothing_on_a_site_without_counts():
    offers = np.array([500.0] * 10 + [0.0, FEW_LOOKS - 1, FEW_LOOKS, 0.0])
    ages = np.array([0.0] * 13 + [FRESH_S + 1.0])
    known = Engaged(np.zeros(14), offers, offers, np.zeros(14))

    assert np.flatnonzero(unexplored(known, ages)).tolist() == [10, 11]
    assert not unexplored(engaged(14), ages).any()


def own_words(n: int) -> str:
    return " ".join(f"{stem}{n}" for stem in ("word", "term", "name", "place"))


OLD = [article(f"old-{n}", own_words(n), own_words(n) * 3, age_s=60 * n) for n in range(20)]
NEW = [article(f"new-{n}", own_words(100 + n), own_words(100 + n) * 3, age_s=20_000 + n) for n in range(30)]
INDEX = snapshot([*OLD, *NEW])
SEEN = Engagement(counts_of([(hash64(a.id), 20, 1_000) for a in OLD]))
NAMES = {hash64(a.id): a.id for a in (*OLD, *NEW)}


class Site:
    """Page calls on a site where old articles have been offered often and new ones never."""

    def __init__(self, kinds=None, engagement=SEEN, timezone="UTC"):
        self.now = NOW
        self.held = SiteSnapshot(INDEX, {}, engagement)
        self.site = replace(SITE, widgets=kinds or {"recent-news": {"exploration": 0.4}}, timezone=timezone)
        self.pages = FillPage(lambda _: self.held, None, NO_NOTES, lambda: self.now)

    def ids(self, reader=None, kind="recent-news", size=5, **fields):
        request = PageRequest(SITE.id, "v", None, (widget(kind, size),), reader=Reader(reader), **fields)
        filled = self.pages.fill(self.site, request, "").page.widgets[0]
        rows = np.array([teaser.row for teaser in filled.teasers], np.int64)
        self.reasons = [teaser.reason.code for teaser in filled.teasers]
        return [NAMES[i] for i in INDEX.columns(rows).id_hash.tolist()]


def test_a_bounded_share_of_positions_is_for_what_is_new_and_they_are_the_last():
    site = Site()
    ids = site.ids("reader")

    assert [i.split("-")[0] for i in ids] == ["old", "old", "old", "new", "new"]
    assert site.reasons[-2:] == ["tried-out", "tried-out"]


def test_the_same_reader_sees_the_same_all_day_and_other_new_articles_the_next():
    site = Site()
    first = site.ids("reader")
    site.now += 3_600
    assert site.ids("reader") == first
    days = set()
    for _ in range(8):
        site.now += 86_400
        days.add(tuple(site.ids("reader")[-2:]))
    assert len(days) > 3


def test_a_day_begins_at_midnight_of_the_sites_zone():
    site = Site(timezone="Pacific/Kiritimati")
    midnight = NOW - (NOW + 14 * 3_600) % 86_400 + 86_400
    site.now = midnight - 1
    before = site.ids("reader")
    site.now = midnight - 3_600
    assert site.ids("reader") == before
    site.now = midnight
    assert site.ids("reader") != before


def test_readers_differ_and_without_a_reader_the_page_is_everyones():
    site = Site()

    assert len({tuple(site.ids(f"reader-{n}")) for n in range(30)}) > 3
    assert site.ids() == site.ids()


def test_what_is_remembered_for_one_reader_is_not_shown_to_another_of_another_cohort():
    remembering, fresh = Site(), Site()
    readers = [f"reader-{n}" for n in range(12)]
    shown = [remembering.ids(reader) for reader in readers]

    assert [remembering.ids(reader) for reader in readers] == shown
    for reader, ids in zip(readers, shown, strict=True):
        fresh.held = replace(fresh.held)
        assert fresh.ids(reader, explain=True) == ids


@pytest.mark.parametrize("kinds", [{"recent-news": {"exploration": 0}}, {"own": {"like": "most-discussed"}}], ids=str)
def test_nothing_is_tried_out_where_the_kind_says_so(kinds):
    site = Site(kinds)
    site.ids("reader", kind=next(iter(kinds)))

    assert "tried-out" not in site.reasons


def test_a_new_copy_of_what_stands_already_is_passed_over_when_it_is_drawn():
    copies = [article(f"copy-{n}", own_words(n), own_words(n) * 3, age_s=60 * n + 30) for n in range(4)]
    site = Site({"recent-news": {"exploration": 0.5, "diversity": 0}})
    site.held = SiteSnapshot(snapshot([*OLD, *copies]), {}, SEEN)
    request = PageRequest(SITE.id, "v", None, (widget("recent-news", 8),))
    filled = site.pages.fill(site.site, request, "").page.widgets[0]
    shown = site.held.index.columns(np.array([teaser.row for teaser in filled.teasers], np.int64)).id_hash.tolist()

    originals = {hash64(c.id): hash64(a.id) for c, a in zip(copies, OLD[:4], strict=True)}
    texts = [originals.get(i, i) for i in shown]
    assert len(texts) == len(set(texts)) == 8


def test_a_site_without_counts_tries_nothing_out():
    site = Site(engagement=Engagement())

    assert all(i.startswith("old") for i in site.ids("reader"))


def test_a_seed_is_of_site_day_and_reader():
    assert len({seed_of(s, d, w) for s in "ab" for d in (1, 2) for w in ("x", "y", None)}) == 12
