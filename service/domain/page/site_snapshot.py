"""All that pages of a site are filled from, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.editorial.in_force import NO_RULES, EditorialRules
from service.domain.engagement.rates import NO_ENGAGEMENT, Engagement
from service.domain.index.article_index import ArticleIndex


@dataclass(frozen=True, slots=True)
class SiteSnapshot:
    """All that a page call needs of a site, in memory: its articles, and recent reads by hash of their ids.

    `engagement` tells how often each article's teaser was offered and followed, `rules` what editors decided.
    """

    index: ArticleIndex
    reads: Mapping[int, float]
    engagement: Engagement = NO_ENGAGEMENT
    rules: EditorialRules = NO_RULES
