"""Decides a whole page: finds what the page is about, fills its widgets, then its slots."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from service.domain.ads.reader.consent import UNREADABLE, Consent, consent_of
from service.domain.call.asked_widget import AskedWidget, asked_widget
from service.domain.call.explanation import ExplainedConsent, Explanation
from service.domain.call.page_call import FilledWidget, Page, PageRequest, Reader
from service.domain.call.unknown_parts import told_unknown, with_unknown
from service.domain.engagement.examination import Examination
from service.domain.engagement.reader_history import NOTHING_RECALLED, Recalled
from service.domain.identity import hash64
from service.domain.index.article_index import ArticleIndex
from service.domain.page.candidates.candidates import Front, barring, front_of, gather, with_outsider
from service.domain.page.candidates.taste import taste_of
from service.domain.page.ranking.daily_seed import seed_of
from service.domain.page.ranking.pool import PageContext, Pool
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.ports import Clock
from service.domain.sites.language import Detect
from service.domain.sites.site import Site
from service.usecases.ads.delivery.fill_slots import SlotsAnswer
from service.usecases.ads.forecast.count_demand import CountedSlots
from service.usecases.engagement.count_engagement import Offers
from service.usecases.page.filling.decisions import DecidedWidgets, Remembered
from service.usecases.page.filling.draws import DrawnFor, drawn_for_page
from service.usecases.page.filling.known_kinds import Kinds, KnownKinds
from service.usecases.page.filling.page_notes import PageNotes
from service.usecases.page.filling.page_slots import slots_of_page
from service.usecases.page.filling.page_subject import PageSubject, identity, page_subject, tell_nothing

HELD_S = 15
"""Seconds that a decided page is held though readers' counts move; articles and rules that change end it at once."""

HISTORY_LIMIT = 1_000
"""Ids of a reader's history that are kept off the page, from its end; what was read before may come again."""


@dataclass(frozen=True, slots=True, eq=False)
class FilledPage:
    """A filled page, and its widgets as they were decided: for this call, or for an earlier one like it."""

    page: Page
    decided: DecidedWidgets


Recall = Callable[[str, Reader, Consent, int | None], Recalled]


def _recall_nothing(*_: object) -> Recalled:
    """Recalls nothing: for a page that is filled for nobody."""
    return NOTHING_RECALLED


class FillPage:
    """Answers page calls from snapshots in memory.

    One round trip at most for the slots, and one before for a reader who consented to be remembered, or a session.
    """

    def __init__(
        self,
        snapshots: Callable[[str], SiteSnapshot],
        slots: CountedSlots,
        notes: PageNotes,
        clock: Clock,
        detect: Detect = tell_nothing,
        recall: Recall = _recall_nothing,
    ) -> None:
        """`detect` tells the language of a text that is sent along to a site of several.

        `recall` gives what is kept of a page's reader, and notes the article that they opened.
        """
        self._snapshots = snapshots
        self._slots = slots
        self._notes = notes
        self._clock = clock
        self._detect = detect
        self._recall = recall
        self._kinds = KnownKinds()
        self._fronts: dict[tuple[str, int], tuple[SiteSnapshot, int, Front]] = {}
        self._subjects: Remembered[PageSubject] = Remembered()
        self._decisions: Remembered[DecidedWidgets] = Remembered()

    def fill(self, site: Site, request: PageRequest, base_url: str) -> FilledPage:
        """Returns the page with every widget and slot filled; what is of no known kind or placement stays empty.

        Raises InvalidInput where nothing that is asked for is known, naming every widget and slot.
        """
        snapshot = self._snapshots(site.id)
        named = identity(request.article)
        subject = self._subject(site, snapshot.index, request, named)
        consent = consent_of(request.reader.tcf, request.reader.gpc, site.consent_default)
        if request.widgets:  # who asks for slots alone waits for one round trip, not two
            opened = subject.known_hash if request.billable else None
            recalled = self._recall(site.id, request.reader, consent, opened)
            request = replace(request, recalled=recalled) if recalled.read else request
        decided = self._decided(site, snapshot, request, subject, named)
        answer = self._fill_slots(site, request, subject.context, decided, consent, base_url)
        unknown = told_unknown(request, self._kinds.of(site)[1], answer.unknown.values())
        if request.billable:
            self._notes.note(site.id, request.page_view, subject.known_hash, decided)
        explanation = _explanation(decided, answer, request.reader, consent) if request.explain else None
        unreadable = (UNREADABLE,) if consent.rule == "unreadable-tcf" else ()
        notes = (*subject.notes, *unknown, *_unexplained(request, snapshot.index), *unreadable, *answer.warnings)
        page = Page(decided.widgets, answer.slots, snapshot.index.model_version, notes, explanation)
        return FilledPage(page, decided)

    def _subject(self, site: Site, index: ArticleIndex, request: PageRequest, named: Hashable) -> PageSubject:
        """Returns what the page is about, worked out once for as long as the articles stay as they are."""
        key = (request.site, site.language, site.languages, site.mix_languages, named, request.language)
        subject = self._subjects.get(key, index)
        if subject is None:
            subject = page_subject(site, index, request, int(self._clock()), self._detect)
            self._subjects.put(key, index, subject)
        return subject

    def _decided(
        self, site: Site, snapshot: SiteSnapshot, request: PageRequest, subject: PageSubject, named: Hashable
    ) -> DecidedWidgets:
        """Returns the widgets decided; what holds for any reader is remembered."""
        version, kinds = self._kinds.of(site)
        drawn_for = drawn_for_page(site, request, kinds, self._clock(), named)
        if not _is_for_any_reader(request):
            return self._decide(snapshot, request, kinds, subject.context, drawn_for)[0]
        spoken = (subject.context.keeps_to, subject.context.language)
        now = self._clock()
        key = (request.site, version, named, request.widgets, spoken, drawn_for, snapshot.rules)
        decided = self._decisions.get(key, snapshot.index, now)
        if decided is None:
            decided, valid_until = self._decide(snapshot, request, kinds, subject.context, drawn_for)
            self._decisions.put(key, snapshot.index, decided, min(valid_until, now + HELD_S))
        if request.recalled.read and not decided.offers_none_of(request.recalled.read):
            return self._decide(snapshot, request, kinds, subject.context, drawn_for)[0]
        return decided

    def _decide(
        self, snapshot: SiteSnapshot, request: PageRequest, kinds: Kinds, context: PageContext, drawn_for: DrawnFor
    ) -> tuple[DecidedWidgets, int]:
        """Decides the widgets; returns them, and until when they hold."""
        from service.domain.page.filling.filling import WidgetFiller
        from service.domain.page.filling.shown import shown_of

        now = int(self._clock())
        front = self._front(request.site, snapshot, now, context.keeps_to)
        asked = _asked(request, kinds, context)
        if not asked:
            return DecidedWidgets(snapshot.index, with_unknown(request, ())), front.valid_until
        history = [hash64(article_id) for article_id in request.reader.history[-HISTORY_LIMIT:]]
        if request.recalled.tells_taste:
            history = [*request.recalled.read, *history]
        dropped = np.array([*map(hash64, request.exclude), *request.recalled.read, *history], np.uint64)
        rules = snapshot.rules.at(now)
        look = partial(
            gather, snapshot.index, context, asked, reads=snapshot.reads, dropped=dropped, now=now, rules=rules,
            engagement=snapshot.engagement, taste=taste_of(snapshot.index, history),
        )  # fmt: skip
        pool, outsider = _with_explained(look, front, snapshot.index, request.explain_article)
        seed = None if drawn_for is None else seed_of(request.site, *drawn_for)
        filler = WidgetFiller(snapshot.index, context, pool, rules, seed)
        filled = filler.fill(asked)
        explained = {}
        if request.explain:
            from service.domain.page.explaining import Circumstances, Explainer

            read = frozenset((*history, *request.recalled.read))
            told = Circumstances(now, rules, snapshot.engagement, read, outsider)
            explained = Explainer(snapshot.index, context, pool, filler, told).explain()
        offered = _offered(snapshot.index, filled, snapshot.engagement.examination)
        shown = shown_of(pool, filler.fillings) if self._notes.shown is not None else ()
        widgets = with_unknown(request, filled)
        return DecidedWidgets(snapshot.index, widgets, explained, offered, shown), front.valid_until

    def _front(self, site_id: str, snapshot: SiteSnapshot, now: int, language: int) -> Front:
        """Returns what all pages of this second and language share, made by the first of them."""
        known = self._fronts.get((site_id, language))
        if known is not None and known[0] is snapshot and known[1] == now:
            return known[2]
        front = front_of(snapshot.index, snapshot.reads, now, rules=snapshot.rules.at(now), language=language)
        self._fronts[site_id, language] = (snapshot, now, front)
        return front

    def _fill_slots(
        self,
        site: Site,
        request: PageRequest,
        context: PageContext,
        decided: DecidedWidgets,
        consent: Consent,
        base_url: str,
    ) -> SlotsAnswer:
        if not request.slots:
            return SlotsAnswer()
        asked = slots_of_page(site, request, context, decided, consent, base_url)
        return self._slots.fill(asked, self._clock())


def _explanation(decided: DecidedWidgets, answer: SlotsAnswer, reader: Reader, consent: Consent) -> Explanation:
    counted_by: Literal["reader", "session", "page_view"] = "session" if reader.session else "page_view"
    if consent.identifier and reader.id:
        counted_by = "reader"
    told = ExplainedConsent(consent.rule, consent.identifier, consent.personalised, counted_by, consent.third_parties)
    return Explanation(decided.explained, answer.explained, told)


def _with_explained(
    look: Callable[..., Pool], front: Front, index: ArticleIndex, article_id: str | None
) -> tuple[Pool, int | None]:
    """Returns the pool and, where an article is asked about that is no candidate, its row, which may not be chosen."""
    pool = look(front=front)
    row = index.row_of(article_id) if article_id else None
    if row is None or row in pool.rows:
        return pool, None
    return barring(look(front=with_outsider(front, index, row)), row), row


def _unexplained(request: PageRequest, index: ArticleIndex) -> tuple[str, ...]:
    asked = request.explain_article
    if asked is None or index.row_of(asked) is not None:
        return ()
    return (f"explain_article: '{asked}' is not known here.",)


def _offered(index: ArticleIndex, widgets: Sequence[FilledWidget], examination: Examination) -> Offers:
    rows = np.array([teaser.row for filled in widgets for teaser in filled.teasers], np.int64)
    looks = [
        examination.thousandths(filled.request.kind, teaser.position) for filled in widgets for teaser in filled.teasers
    ]
    return tuple(zip(index.columns(rows).id_hash.tolist(), looks, strict=True))


def _is_for_any_reader(request: PageRequest) -> bool:
    """True if nothing in the request makes its widgets differ from another reader's."""
    by_taste = request.recalled.tells_taste and request.recalled.read
    return not (request.exclude or request.reader.history or by_taste or request.explain)


def _asked(request: PageRequest, kinds: Kinds, context: PageContext) -> list[AskedWidget]:
    """Returns each widget of a known kind, with its kind."""
    return [
        asked_widget(each, kinds[each.kind], context.section, context.keeps_to)
        for each in request.widgets
        if each.kind in kinds
    ]
