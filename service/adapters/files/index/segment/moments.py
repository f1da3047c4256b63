"""Tells when the articles of a block become visible or expire."""

from __future__ import annotations

import numpy as np

from service.adapters.files.index.segment.segment import FOREVER, RowBlock


def moments_of_change(block: RowBlock) -> list[int]:
    """Returns, in order, when articles of the block expire, or become visible later than they were published."""
    shown_later = block.visible_from[block.visible_from > block.published_at]
    expiring = block.expires_at[block.expires_at < FOREVER]
    moments: list[int] = np.unique(np.concatenate((shown_later, expiring))).tolist()
    return moments


def next_publication(block: RowBlock, now: int) -> int:
    """Returns when the next article that is dated after `now` becomes visible."""
    to_come = block.visible_from[np.searchsorted(block.published_at, now, side="right") :]
    return int(to_come.min()) if to_come.size else FOREVER
