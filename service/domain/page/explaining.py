"""Says of every candidate of a filled page what became of it and why; reads all, so it is outside the speed bars."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from service.domain.call.explanation import ExplainedTeaser, Outcome, SharedWord
from service.domain.editorial.in_force import NO_ACTIVE_RULES, ActiveRules
from service.domain.editorial.rule import Rule
from service.domain.engagement.rates import NO_ENGAGEMENT, Engagement
from service.domain.index.article_index import ArticleIndex
from service.domain.page.candidates.candidates import visible
from service.domain.page.choosing.relations import NOT_RETOLD, retells
from service.domain.page.filling.filling import WidgetFiller
from service.domain.page.filling.filtering import left_out_by
from service.domain.page.filling.widget_filling import Filling
from service.domain.page.ranking.pool import Floats, PageContext, Pool
from service.domain.page.ranking.ranking import parts_of_score
from service.domain.page.reasons.shared_words import shared_words
from service.domain.page.reasons.words import Facts, words_of


@dataclass(frozen=True, slots=True, eq=False)
class Circumstances:
    """What an explanation tells beside the filling itself.

    `read` are hashes of articles in the reader's history; `outsider` is a row that was asked about but never looked at.
    """

    now: int
    rules: ActiveRules = NO_ACTIVE_RULES
    engagement: Engagement = NO_ENGAGEMENT
    read: frozenset[int] = field(default_factory=frozenset)
    outsider: int | None = None


class Explainer:
    """Explains one filled page."""

    def __init__(
        self, index: ArticleIndex, page: PageContext, pool: Pool, filler: WidgetFiller, told: Circumstances
    ) -> None:
        self._index = index
        self._page = page
        self._pool = pool
        self._filler = filler
        self._told = told
        self._shown = visible(pool.columns, told.now)
        self._engaged = told.engagement.of(pool.columns.id_hash)
        self._stands_in = {at: each.asked.request.id for each in filler.fillings for at in each.taken}
        self._titles: dict[int, str] = {}

    def explain(self) -> dict[str, tuple[ExplainedTeaser, ...]]:
        """Returns for each widget, by its id, what became of every candidate, the highest score first."""
        return {filling.asked.request.id: self._widget(filling) for filling in self._filler.fillings}

    def _widget(self, filling: Filling) -> tuple[ExplainedTeaser, ...]:
        parts = parts_of_score(self._pool, filling.kind)
        filters = list(left_out_by(self._pool, filling.asked))
        explained = []
        for at in np.argsort(-filling.choice.scores, kind="stable").tolist():
            filtered = next((name for name, left_out in filters if left_out[at]), None)
            own = {name: float(part[at]) for name, part in parts.items()}
            explained.append(self._candidate(filling, at, self._outcome(filling, at, filtered), own, parts))
        return tuple(explained)

    def _outcome(self, filling: Filling, at: int, filtered: Outcome | None) -> Outcome:
        if self._stands_in.get(at) is not None:
            return "chosen" if self._stands_in[at] == filling.asked.request.id else "chosen-elsewhere"
        if not self._pool.eligible[at]:
            return self._barred(at)
        if filtered is not None:
            return filtered
        return self._filler.refusal(at) or "outranked"

    def _barred(self, at: int) -> Outcome:
        if int(self._pool.columns.id_hash[at]) == self._page.own_hash:
            return "own-article"
        if self._blocking(at) is not None:
            return "blocked"
        if not self._shown[at]:
            return "not-visible"
        return "no-candidate" if int(self._pool.rows[at]) == self._told.outsider else "excluded"

    def _candidate(
        self, filling: Filling, at: int, outcome: Outcome, own: Mapping[str, float], parts: Mapping[str, Floats]
    ) -> ExplainedTeaser:
        rival = self._rival(filling, at, outcome)
        lost_by, lost = _lost(filling, at, rival, parts) if outcome == "outranked" else (None, 0.0)
        facts = replace(
            self._facts(filling, at, outcome),
            rival=None if rival is None else self._title(rival),
            rival_is="page" if rival is None and outcome in _RETELLINGS else "teaser",
            lost_by=lost_by,
            lost=lost,
        )
        return ExplainedTeaser(
            row=int(self._pool.rows[at]),
            outcome=outcome,
            score=round(float(filling.choice.scores[at]), 4),
            cosine=round(float(self._pool.cosine[at]), 4),
            parts={name: round(part, 4) for name, part in own.items()},
            text=words_of(facts),
            shared=tuple(facts.shared),
            rules=tuple(rule.id for rule in (facts.pin, facts.block, *facts.boosts) if rule is not None),
            rival=None if rival is None else int(self._pool.rows[rival]),
            lost_by=lost_by,
        )

    def _facts(self, filling: Filling, at: int, outcome: Outcome) -> Facts:
        columns, now, pin = self._pool.columns, self._told.now, self._pin(filling, at)
        visible_from, expires_at = int(columns.visible_from[at]), int(columns.expires_at[at])
        return Facts(
            outcome=outcome,
            age_s=now - int(columns.published_at[at]),
            position=filling.taken.index(at) + 1 if outcome == "chosen" else None,
            has_page_text=self._page.vector is not None,
            shared=self._shared(at),
            reads=float(self._pool.reads[at]),
            comments=int(columns.comment_count[at]),
            clicks=float(self._engaged.clicks[at]),
            offered=float(self._engaged.offered[at]),
            looks=float(self._engaged.looks[at]),
            pin=pin if at in filling.pins.values() else None,
            idle_pin=pin if outcome != "chosen" else None,
            boosts=self._told.rules.boosting(*self._subject(at)) if self._told.rules.boosts else (),
            block=self._blocking(at) if outcome == "blocked" else None,
            elsewhere=self._stands_in.get(at),
            was_read=int(columns.id_hash[at]) in self._told.read,
            visible_from=visible_from if visible_from > now else None,
            expired_at=expires_at if expires_at <= now else None,
        )

    def _shared(self, at: int) -> list[SharedWord]:
        """Returns what a candidate's words add to its nearness to the page, on the scale of its whole cosine."""
        scale = float(self._pool.cosine[at] ** (1.0 - 1.0 / self._index.cosine_power))
        found = shared_words(self._index, self._page.vector, int(self._pool.rows[at]))
        return [SharedWord(word, round(part * scale, 4)) for part, word in found]

    def _subject(self, at: int) -> tuple[int, int, list[int]]:
        tags = self._pool.tags.tag_hash[self._pool.tags.bearer == at].tolist()
        return int(self._pool.columns.id_hash[at]), int(self._pool.columns.section_hash[at]), tags

    def _blocking(self, at: int) -> Rule | None:
        return self._told.rules.blocking(*self._subject(at)) if self._told.rules.blocks else None

    def _pin(self, filling: Filling, at: int) -> Rule | None:
        """Returns the rule that pins the candidate to this widget, whether it had its way or not."""
        if not self._told.rules.pins:
            return None
        pins = self._told.rules.pins_of(filling.asked.request.id, filling.kind.name, filling.asked.size)
        own = int(self._pool.columns.id_hash[at])
        rule_id = next((pin.rule_id for pin in pins if pin.id_hash == own), None)
        return next((rule for rule in self._told.rules.rules if rule.id == rule_id), None)

    def _rival(self, filling: Filling, at: int, outcome: Outcome) -> int | None:
        """Returns the candidate that this one lost to (the widget's last), or that it retells; None for the page."""
        if outcome == "outranked":
            pinned, explored = filling.pins.values(), filling.choice.explored
            ranked = [other for other in filling.taken if other not in pinned and not explored[other]]
            return ranked[-1] if ranked else None
        if outcome not in _RETELLINGS:
            return None
        telling = self._index.telling(int(self._pool.rows[at]))
        for other in self._stands_in:
            if retells(telling, self._index.telling(int(self._pool.rows[other]))) != NOT_RETOLD:
                return other
        return None

    def _title(self, at: int) -> str:
        row = int(self._pool.rows[at])
        if row not in self._titles:
            self._titles[row] = str(json.loads(b"{%b}" % self._index.teaser(row))["title"])
        return self._titles[row]


_RETELLINGS = frozenset(("duplicate", "same-angle", "same-story"))


def _lost(filling: Filling, at: int, rival: int | None, parts: Mapping[str, Floats]) -> tuple[str | None, float]:
    """Returns by what one candidate came after another: its ring, else the part of the score that parts them most."""
    if rival is None:
        return None, 0.0
    if filling.choice.ring[at] > filling.choice.ring[rival]:
        far = filling.choice.ring[at] >= filling.steps and filling.kind.led_by_relevance
        return ("nearness" if far else "window"), 0.0
    if filling.choice.scores[at] > filling.choice.scores[rival]:
        return None, 0.0
    behind = {name: float(part[rival] - part[at]) for name, part in parts.items()}
    name = max(behind, key=lambda each: behind[each], default=None)
    return name, behind[name] if name is not None else 0.0
