"""Says where a teaser's link leads, and that it leads nowhere where the law forbids it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import orjson

from service.domain.editorial.in_force import ActiveRules
from service.domain.editorial.rule import Rule
from service.domain.errors import Gone
from service.domain.index.article_index import ArticleIndex
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.ports import Clock
from service.usecases.engagement.report_widgets import ArticleName


class TeaserLinks:
    """Finds articles' addresses in the snapshots of this process: a click asks no store."""

    def __init__(self, snapshots: Callable[[str], SiteSnapshot], clock: Clock) -> None:
        self._snapshots = snapshots
        self._clock = clock

    def url(self, site_id: str, id_hash: int) -> str | None:
        """Returns the address of the article whose id has this hash, or None where it is gone.

        Raises Gone where a legal block keeps it from readers: copies of its teaser may stand in caches.
        """
        snapshot = self._snapshots(site_id)
        row = snapshot.index.row_of_hash(id_hash)
        rule = blocking_rule(snapshot.rules.at(int(self._clock())), snapshot.index, id_hash, row)
        if rule is not None and rule.legal:
            raise Gone("This article is no longer available; the site's front page has others.")
        return None if row is None else str(orjson.loads(b"{%b}" % snapshot.index.teaser(row))["url"])


def article_name(index: ArticleIndex, id_hash: int) -> ArticleName | None:
    """Returns the id and title of the article whose id has this hash, or None where it is gone."""
    row = index.row_of_hash(id_hash)
    if row is None:
        return None
    teaser = orjson.loads(b"{%b}" % index.teaser(row))
    return ArticleName(str(teaser["article_id"]), str(teaser["title"]))


def blocking_rule(rules: ActiveRules, index: ArticleIndex, id_hash: int, row: int | None) -> Rule | None:
    """Returns the rule that blocks an article, a legal one first, or None; one that is not here only by its id."""
    if not rules.blocks:
        return None
    if row is None:
        return rules.blocking(id_hash, 0, ())
    rows = np.array([row], np.int64)
    return rules.blocking(id_hash, int(index.columns(rows).section_hash[0]), index.tags(rows).tag_hash.tolist())
