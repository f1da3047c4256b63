"""Gathers a page's candidates: the nearest in the serving window, the newest, and the most read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from service.domain.call.asked_widget import AskedWidget
from service.domain.editorial.in_force import NO_ACTIVE_RULES, ActiveRules
from service.domain.engagement.rates import NO_ENGAGEMENT, Engagement
from service.domain.identity import section_hash
from service.domain.index.article_index import ArticleIndex, Columns, Rows, Scores, TermVector
from service.domain.index.row_sets import is_among, joined, without
from service.domain.page.candidates.allowed import Finder, allowed_by
from service.domain.page.candidates.serving_windows import serving_windows
from service.domain.page.candidates.taste import NO_TASTE, Taste, affinity, nearness
from service.domain.page.ranking.pool import NO_TAGS, Floats, Mask, PageContext, Pool
from service.domain.sites.language import ANY_LANGUAGE

RELATED_LIMIT = 100
RECENT_LIMIT = 100
POPULAR_LIMIT = 30
FILTERED_LIMIT = 50
"""How many candidates each way in brings at most: twice the positions of the largest widget, or a full one of them."""

EVERGREEN_LIMIT = 20
"""Newest of the articles that do not age, candidates of every page however old they are."""

READ_LOOKED_AT = 120
"""Most read articles that are candidates where a page keeps to one of the site's languages."""

NAMED_LIMIT = 200
"""Articles that rules name and that are candidates of every page for it; pins and boosts beyond them wait."""

NO_ROWS: Rows = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """The candidates that all pages of a moment share: the newest, the evergreen and the most read, an entry a row.

    It is the same until `valid_until`, when the next article becomes visible or expires, or a rule begins or ends.
    """

    rows: Rows
    columns: Columns
    reads: Floats
    newest_at: int
    valid_until: int


def front_of(
    index: ArticleIndex,
    reads: Mapping[int, float],
    now: int,
    limit: int = RECENT_LIMIT,
    rules: ActiveRules = NO_ACTIVE_RULES,
    language: int = ANY_LANGUAGE,
) -> Front:
    """Returns the `limit` newest rows visible at `now`, those that do not age, the most read, and what rules name.

    `reads`: recent reads by hash of the article's id, most read first. `language`: its code, where only articles of one
    language are wanted; some of others stand behind them, to fall back to.
    """
    recent = allowed_by(rules, index, language).recent(limit, now)
    evergreen = index.evergreen(EVERGREEN_LIMIT, now)
    recent_or_evergreen = np.concatenate((recent, without(evergreen, recent, index.size)))
    newest_at = int(index.columns(recent[:1]).published_at[0]) if recent.size else now
    popular = list(reads)[: POPULAR_LIMIT if language == ANY_LANGUAGE else READ_LOOKED_AT]
    wanted = dict.fromkeys((*popular, *rules.named[:NAMED_LIMIT]))
    read = [row for id_hash in wanted if (row := index.row_of_hash(id_hash)) is not None]
    others = without(np.array(read, np.int64), recent_or_evergreen, index.size)
    rows = np.concatenate((recent_or_evergreen, others))
    columns = index.columns(rows)
    return Front(rows, columns, _reads_of(columns, reads), newest_at, min(index.next_change(now), rules.valid_until))


def gather(
    index: ArticleIndex,
    page: PageContext,
    asked: Sequence[AskedWidget],
    *,
    front: Front,
    reads: Mapping[int, float],
    dropped: npt.NDArray[np.uint64],
    now: int,
    rules: ActiveRules = NO_ACTIVE_RULES,
    engagement: Engagement = NO_ENGAGEMENT,
    taste: Taste = NO_TASTE,
) -> Pool:
    """Returns the pool for these widgets; `dropped` are hashes of ids that may not appear."""
    if dropped.size > RECENT_LIMIT // 2:
        front = front_of(index, reads, now, RECENT_LIMIT + dropped.size, rules, page.keeps_to)
    tags = frozenset[int]().union(*(widget.tags for widget in asked))
    with_tags = bool(tags) or rules.reads_tags
    assembly = _Assembly(index, page, front, reads, dropped, rules, with_tags, now, engagement, taste)
    filtered = _filtered(assembly.finder, index.size, asked, tags, now)
    if page.vector is None or not page.vector.terms.size:
        return assembly.pool(filtered, np.zeros(filtered.size, np.float32), np.zeros(front.rows.size, np.float32))
    return _with_related(assembly, page.vector, asked, filtered)


def with_outsider(front: Front, index: ArticleIndex, row: int) -> Front:
    """Returns the front with one more row, to be looked at though it is no candidate."""
    rows = np.append(front.rows, row)
    return replace(front, rows=rows, columns=index.columns(rows), reads=np.append(front.reads, 0.0))


def barring(pool: Pool, row: int) -> Pool:
    """Returns the pool in which this row may not be chosen."""
    return replace(pool, eligible=pool.eligible & (pool.rows != row))


def _filtered(finder: Finder, size: int, asked: Sequence[AskedWidget], tags: frozenset[int], now: int) -> Rows:
    """Returns the newest articles of the sections and of the tags that the widgets keep to."""
    sections = frozenset[int]().union(*(widget.sections for widget in asked))
    of_sections = finder.recent(FILTERED_LIMIT, now, sections) if sections else NO_ROWS
    of_tags = finder.tagged(FILTERED_LIMIT, now, tags) if tags else NO_ROWS
    if not of_tags.size:
        return of_sections
    return np.concatenate((of_sections, without(of_tags, of_sections, size)))


@dataclass(frozen=True, slots=True, eq=False)
class _Assembly:
    """What all pools of one page call have in common."""

    index: ArticleIndex
    page: PageContext
    front: Front
    reads: Mapping[int, float]
    dropped: npt.NDArray[np.uint64]
    rules: ActiveRules
    with_tags: bool
    now: int
    engagement: Engagement
    taste: Taste

    @property
    def finder(self) -> Finder:
        """What finds candidates that the page may show."""
        return allowed_by(self.rules, self.index, self.page.keeps_to)

    def pool(self, rows: Rows, cosine: Scores, front_cosine: Scores) -> Pool:
        """Returns the pool of these rows and of the front's others, with the cosines of both."""
        others = ~is_among(self.front.rows, rows, self.index.size)
        found = self.index.columns(rows)
        columns = joined(found, self.front.columns, others)
        every = np.concatenate((rows, self.front.rows[others]))
        tags = self.index.tags(every) if self.with_tags else NO_TAGS
        eligible = _eligible(columns, self.page, self.dropped, self.now)
        if self.rules.blocks:
            eligible &= ~self.rules.blocked(columns, tags)
        return Pool(
            rows=every,
            columns=columns,
            cosine=np.concatenate((cosine, front_cosine[others])).astype(float) ** self.index.cosine_power,
            reads=np.concatenate((_reads_of(found, self.reads), self.front.reads[others])),
            engaged=self.engagement.of(columns.id_hash),
            prior=self.engagement.prior,
            affinity=affinity(self.taste, section_hash(self.page.section), columns),
            profile=self._profile(every),
            eligible=eligible,
            newest_at=self.front.newest_at,
            tags=tags,
            boost=self.rules.boost(columns, tags),
            learnt=self.engagement.learnt,
        )

    def _profile(self, rows: Rows) -> Floats:
        if not self.taste.terms.size:
            return np.zeros(rows.size)
        return nearness(self.taste, self.index.key_terms(rows), rows.size)


def _with_related(assembly: _Assembly, vector: TermVector, asked: Sequence[AskedWidget], filtered: Rows) -> Pool:
    """Widens the search, step by step, until each kind led by relevance finds enough that is near.

    Where even the widest finds too little, the newest of the page's section come in, which stand for it then.
    """
    from service.domain.page.ranking.ranking import (
        cosine_at,  # here: numba takes longer to import than a command to run
    )

    steps = serving_windows(asked)
    led = [widget for widget in asked if widget.kind.led_by_relevance]
    wanted = sum(widget.size for widget in led)
    least = max((cosine_at(widget.kind.min_relevance) for widget in led), default=0.0)
    for window_s in steps:
        since = 0 if window_s is None else assembly.front.newest_at - window_s
        pool = _searched(assembly, vector, since, filtered)
        if _near_count(pool, least, since, assembly.page.keeps_to) >= wanted:
            return pool
    section = section_hash(assembly.page.section)
    if section:
        found = assembly.finder.recent(FILTERED_LIMIT, assembly.now, frozenset((section,)))
        also = np.concatenate((filtered, without(found, filtered, assembly.index.size)))
        pool = _searched(assembly, vector, since, also)
    return pool


def _searched(assembly: _Assembly, vector: TermVector, since: int, filtered: Rows) -> Pool:
    """Returns the pool with the articles nearest to the page among those published at or after `since`."""
    index, front = assembly.index, assembly.front
    also = np.concatenate((front.rows, filtered))
    related = assembly.finder.related(vector, since=since, limit=RELATED_LIMIT, also=also)
    extra = ~is_among(filtered, related.rows, index.size)
    rows = np.concatenate((related.rows, filtered[extra]))
    cosine = np.concatenate((related.scores, related.also[front.rows.size :][extra]))
    return assembly.pool(rows, cosine, related.also[: front.rows.size])


def _reads_of(columns: Columns, reads: Mapping[int, float]) -> Floats:
    if not reads:
        return np.zeros(columns.id_hash.size)
    return np.array([reads.get(id_hash, 0.0) for id_hash in columns.id_hash.tolist()], float)


def _near_count(pool: Pool, least: float, since: int, language: int) -> int:
    near = pool.eligible & (pool.cosine >= least) & (pool.columns.published_at >= since)
    if language:
        near &= pool.columns.language == language
    return int(np.count_nonzero(near))


def _eligible(columns: Columns, page: PageContext, dropped: npt.NDArray[np.uint64], now: int) -> Mask:
    """True for rows that may be shown now: visible, not expired, not the page's own, not excluded or read."""
    eligible = visible(columns, now)
    if dropped.size:
        eligible &= ~np.isin(columns.id_hash, dropped)
    if page.own_hash is not None:
        eligible &= columns.id_hash != np.uint64(page.own_hash)
    return eligible


def visible(columns: Columns, now: int) -> Mask:
    """True for rows that are published, not under embargo and not expired at `now`."""
    shown: Mask = (columns.visible_from <= now) & (now < columns.expires_at)
    return shown
