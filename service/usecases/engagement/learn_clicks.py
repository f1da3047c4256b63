"""Learns a site's click model from logged page views, and has it used only where it beats the default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from service.domain.durations import DAY_S
from service.domain.engagement.click_model import ClickModel, ClickModelInUse, ClickModels
from service.domain.engagement.examination import Examination
from service.domain.engagement.shown_pages import FollowedTeaser, ShownLog, ShownPage, ShownTeaser
from service.domain.errors import InvalidInput, ModelUnusable
from service.domain.ports import Clock, LearntStore
from service.domain.widgets.kind import PARTS

SETTLED_S = 1_800
"""Seconds after which a page view that was not followed is taken for one that never will be."""

NOTHING_LOGGED = (
    "no page view of this site is logged and settled, which takes half an hour; "
    "set the share of page views to log, such as 0.1, where the service runs"
)

COLUMNS = ("view", "at", "widget", "position", "article", "looks", "score", *PARTS, "followed")
"""Of a logged teaser, as it is exported and learnt from."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What was learnt: the model, whether it is used from now on, and what it was worth on days held back."""

    model: ClickModel
    is_used: bool
    figures: Any


class Learner(Protocol):
    """Learns from logged teasers, told by rows of COLUMNS."""

    def __call__(self, rows: list[Row], learnt_at: int) -> Found:
        """Returns what was learnt. Raises InvalidInput where the log tells too little."""


class LearnClicks:
    """Learns of one site when asked to."""

    def __init__(
        self, log: ShownLog, examinations: LearntStore[Examination], models: ClickModels, learner: Learner, clock: Clock
    ) -> None:
        self._log = log
        self._examinations = examinations
        self._models = models
        self._learner = learner
        self._clock = clock

    def rows(self, site_id: str) -> list[Row]:
        """Returns the logged teasers of settled page views, the oldest first. Raises StoreUnavailable."""
        pages: list[ShownPage] = []
        followed: set[FollowedTeaser] = set()
        for event in self._log.events(site_id):
            if isinstance(event, ShownPage):
                pages.append(event)
            else:
                followed.add(event)
        look = self._examinations.read(site_id).at
        settled = self._clock() - SETTLED_S
        return [row for page in pages if page.at <= settled for row in _rows(page, followed, look)]

    def learn(self, site_id: str) -> Found:
        """Returns what was learnt of a site; it is used from now on where it is better, else none is.

        Raises InvalidInput where the log tells too little, StoreUnavailable.
        """
        rows = self.rows(site_id)
        if not rows:
            raise InvalidInput.one("STANDFIRST_LOGGED_SHARE", NOTHING_LOGGED)
        found = self._learner(rows, int(self._clock()))
        gain = found.figures.gain
        worth = (gain.low, gain.value, gain.high)
        used = ClickModelInUse(found.model if found.is_used else None, int(self._clock()), worth)
        self._models.put(site_id, used)
        return found

    def forget(self, site_id: str) -> None:
        """Has the site's pages chosen by the default again. Raises StoreUnavailable."""
        self._models.put(site_id, ClickModelInUse(at=int(self._clock())))

    def history(self, site_id: str) -> list[ClickModelInUse]:
        """Returns what the site's pages were chosen by, the present one last. Raises StoreUnavailable."""
        return self._models.history(site_id)

    def rollback(self, site_id: str) -> ClickModelInUse:
        """Has pages chosen by what they were before the present one, and returns it.

        Raises Conflict where there is none, ModelUnusable for one that is altered, StoreUnavailable.
        """
        return self._models.rollback(site_id)

    def fault(self, site_id: str) -> str | None:
        """Returns what is wrong with the model in use; None where nothing is. Raises StoreUnavailable."""
        try:
            self._models.get(site_id)
        except ModelUnusable as error:
            return str(error)
        return None


def _rows(page: ShownPage, followed: set[FollowedTeaser], look: Callable[[str, int], float]) -> Iterator[Row]:
    for teaser in page.teasers:
        yield {
            **_place(page, teaser, look),
            **dict(zip(PARTS, teaser.features, strict=True)),
            "followed": FollowedTeaser(page.view, teaser.article_hash) in followed,
        }


def _place(page: ShownPage, teaser: ShownTeaser, look: Callable[[str, int], float]) -> Row:
    return {
        "view": f"{page.view:016x}",
        "at": page.at,
        "widget": teaser.widget,
        "position": teaser.position,
        "article": f"{teaser.article_hash:016x}",
        "looks": look(teaser.widget, teaser.position),
        "score": teaser.score,
    }


def numbered(rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Returns of each row the number of its page view's widget, and its day since 1970."""
    groups: dict[tuple[str, str], int] = {}
    group = [groups.setdefault((row["view"], row["widget"]), len(groups)) for row in rows]
    return np.array(group, np.int64), np.array([row["at"] // DAY_S for row in rows], np.int64)
