"""Which candidates a widget leaves out because it keeps to other sections, tags or ages."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from service.domain.asked_widget import AskedWidget
from service.domain.explanation import Outcome
from service.domain.pool import Mask, Pool


def kept(pool: Pool, asked: AskedWidget) -> Mask:
    """Returns which candidates the widget keeps to; all where it has no filter."""
    mask = np.ones(pool.rows.size, bool)
    for _, left_out in left_out_by(pool, asked):
        mask &= ~left_out
    return mask


def left_out_by(pool: Pool, asked: AskedWidget) -> Iterator[tuple[Outcome, Mask]]:
    """Yields for each filter of the widget its name and which candidates it leaves out."""
    if asked.sections:
        yield "other-section", ~np.isin(pool.columns.section_hash, np.fromiter(asked.sections, np.uint64))
    if asked.tags:
        tagged = np.zeros(pool.rows.size, bool)
        tagged[pool.tags.bearer[np.isin(pool.tags.tag_hash, np.fromiter(asked.tags, np.uint64))]] = True
        yield "other-tag", ~tagged
    if asked.kind.keeps_to.max_age_s is not None:
        too_old = pool.age_s > asked.kind.keeps_to.max_age_s
        yield "too-old", too_old & ~pool.columns.evergreen if asked.kind.evergreen else too_old
