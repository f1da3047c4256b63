"""Makes the teasers that were chosen for a page's widgets, each with where it comes from and why it stands there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from service.domain.call.page_call import ChosenTeaser, Fallback, FilledWidget, Source
from service.domain.index.article_index import ArticleIndex
from service.domain.index.telling import NO_TERMS
from service.domain.page.choosing.page_pass import Sheets, Wants
from service.domain.page.filling.widget_filling import Filling
from service.domain.page.ranking.pool import PageContext, Pool
from service.domain.page.reasons.reasons import SCORE_STEPS, facts_of
from service.domain.page.reasons.words import reason_of

_SOURCES: tuple[Source, ...] = ("model", "pin", "fallback")

_FALLBACKS: tuple[Fallback, ...] = ("same-section", "popular", "recent")


def filled_widgets(
    index: ArticleIndex, page: PageContext, pool: Pool, fillings: Sequence[Filling], sheets: Sheets, wants: Wants
) -> tuple[FilledWidget, ...]:
    """Returns each widget with its teasers in order, and what it fell back to."""
    columns, tellings, has_model = pool.columns, index.tellings, index.model_version is not None
    terms, weights = NO_TERMS if page.vector is None else page.vector[:2]
    facts, shared = facts_of(
        sheets.taken, sheets.chosen, sheets.scores, sheets.explored, sheets.ring, sheets.step, wants.measures,
        wants.counts, pool.rows, columns.comment_count, columns.language, pool.reads, pool.cosine, tellings.places,
        tellings.first_delta, terms, weights, page.keeps_to, has_model,
    )  # fmt: skip
    rows, positions, steps_of_score, sources, numbers, comments, behind, steps = facts.tolist()
    scores = [each / SCORE_STEPS for each in steps_of_score]
    reasons = map(reason_of, numbers, shared.tobytes().decode().split("\n"), comments)
    teasers = tuple(map(ChosenTeaser, rows, positions, scores, [_SOURCES[each] for each in sources], reasons))
    ends = [*accumulate(sheets.chosen.ravel().tolist(), initial=0)]
    filled = []
    for filling in fillings:
        own = slice(ends[filling.line], ends[filling.line + 1])
        fallback = _fallback(filling, has_model, behind[own], steps[own])
        filled.append(FilledWidget(filling.asked.request, fallback, teasers[own]))
    return tuple(filled)


def _fallback(filling: Filling, has_model: bool, behind: Sequence[int], steps: Sequence[int]) -> Fallback | None:
    """Returns what a widget fell back to for those that editors did not put there."""
    if not has_model and filling.kind.weights.relevance > 0:
        return "no-model"
    if filling.any_language:
        return "any-language"
    if filling.unfiltered:
        return "any-section" if filling.asked.sections else "any-article"
    farthest = max(behind, default=-1)
    if farthest >= 0:
        return _FALLBACKS[min(farthest, len(_FALLBACKS) - 1)]
    if filling.uncapped:
        return "few-sections"
    return "wider-window" if any(steps) else None
