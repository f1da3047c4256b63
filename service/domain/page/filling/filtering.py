"""Which candidates a widget leaves out because it keeps to other sections, tags, ages or another language."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from service.domain.call.asked_widget import AskedWidget
from service.domain.call.explanation import Outcome
from service.domain.page.ranking.pool import Mask, Pool


def kept(pool: Pool, asked: AskedWidget, *, any_language: bool = False) -> Mask:
    """Returns which candidates the widget keeps to; all where it has no filter."""
    mask = np.ones(pool.rows.size, bool)
    for name, left_out in left_out_by(pool, asked):
        if not (any_language and name == "other-language"):
            mask &= ~left_out
    return mask


def of_other_language(pool: Pool, asked: AskedWidget) -> Mask:
    """Returns which candidates are not of the one language that the widget keeps to; none if it takes any."""
    if not asked.language:
        return np.zeros(pool.rows.size, bool)
    return np.asarray(pool.columns.language != asked.language)


def left_out_by(pool: Pool, asked: AskedWidget) -> Iterator[tuple[Outcome, Mask]]:
    """Yields for each filter of the widget its name and which candidates it leaves out."""
    if asked.language:
        yield "other-language", of_other_language(pool, asked)
    if asked.sections:
        yield "other-section", ~np.isin(pool.columns.section_hash, np.fromiter(asked.sections, np.uint64))
    if asked.tags:
        tagged = np.zeros(pool.rows.size, bool)
        tagged[pool.tags.bearer[np.isin(pool.tags.tag_hash, np.fromiter(asked.tags, np.uint64))]] = True
        yield "other-tag", ~tagged
    if asked.kind.keeps_to.max_age_s is not None:
        too_old = pool.age_s > asked.kind.keeps_to.max_age_s
        yield "too-old", too_old & ~pool.columns.evergreen if asked.kind.evergreen else too_old
