"""Decides a whole page: finds what the page is about, fills its widgets, then its slots."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import numpy as np

from service.domain.article_index import ArticleIndex, TermVector
from service.domain.candidates import Front, PageContext, front_of, gather
from service.domain.errors import Fault, InvalidInput
from service.domain.explanation import Explanation
from service.domain.filling import WidgetFiller
from service.domain.identity import hash64, section_hash
from service.domain.page import ArticleReference, Page, PageRequest, WidgetRequest
from service.domain.ports import Clock
from service.domain.relations import Signature
from service.domain.site import Site
from service.domain.widgets import KINDS, WidgetKind
from service.usecases.decisions import DecidedWidgets, Decisions
from service.usecases.fill_slots import FillSlots, SlotsAnswer, SlotsRequest

Notes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SiteSnapshot:
    """All that a page call needs of a site, in memory: its articles, and recent reads by hash of their ids."""

    index: ArticleIndex
    reads: Mapping[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class FilledPage:
    """A filled page, and its widgets as they were decided: for this call, or for an earlier one like it."""

    page: Page
    decided: DecidedWidgets


class FillPage:
    """Answers page calls from snapshots in memory, with at most one round trip, for the slots."""

    def __init__(
        self,
        snapshots: Callable[[str], SiteSnapshot],
        slots: FillSlots,
        note_read: Callable[[str, int], None],
        clock: Clock,
    ) -> None:
        self._snapshots = snapshots
        self._slots = slots
        self._note_read = note_read
        self._clock = clock
        self._fronts: dict[str, tuple[SiteSnapshot, int, Front]] = {}
        self._decisions = Decisions()

    def fill(self, site: Site, request: PageRequest, base_url: str) -> FilledPage:
        """Returns the page with every widget and slot filled.

        Raises InvalidInput naming every widget and slot of an unknown kind or placement.
        """
        kinds = _kinds_of(request)
        snapshot = self._snapshots(site.id)
        row = _row_of(request.article, snapshot.index)
        decided = self._remembered(snapshot, request, row)
        context = None
        if decided is None or request.slots:
            context = _context(request.article, row, snapshot.index)
        if decided is None:
            decided = self._decide(snapshot, request, context or PageContext(), kinds, row)
        if row is not None:
            self._note_read(site.id, int(snapshot.index.columns(np.array([row])).id_hash[0]))
        answer = self._fill_slots(site, request, context or PageContext(), base_url)
        explanation = Explanation(decided.explained, answer.explained) if request.explain else None
        notes = (*_notes(request.article, row), *answer.warnings)
        page = Page(decided.widgets, answer.slots, snapshot.index.model_version, notes, explanation)
        return FilledPage(page, decided)

    def _remembered(self, snapshot: SiteSnapshot, request: PageRequest, row: int | None) -> DecidedWidgets | None:
        if not _is_for_any_reader(request):
            return None
        return self._decisions.get(_key(request, row), snapshot, int(self._clock()))

    def _decide(
        self,
        snapshot: SiteSnapshot,
        request: PageRequest,
        context: PageContext,
        kinds: list[WidgetKind],
        row: int | None,
    ) -> DecidedWidgets:
        """Decides the widgets; what holds for any reader is remembered."""
        if not kinds:
            return DecidedWidgets(snapshot.index, ())
        dropped = np.fromiter((hash64(i) for i in (*request.exclude, *request.reader.history)), np.uint64)
        sized = [(kind, widget.size) for kind, widget in zip(kinds, request.widgets, strict=True)]
        sections = [_sections(widget, kind, context) for widget, kind in zip(request.widgets, kinds, strict=True)]
        now = int(self._clock())
        front = self._front(request.site, snapshot, now)
        pool = gather(
            snapshot.index,
            context,
            sized,
            front=front,
            reads=snapshot.reads,
            dropped=dropped,
            sections=frozenset().union(*sections),
            now=now,
        )
        filler = WidgetFiller(snapshot.index, context, pool)
        filled = filler.fill(list(zip(request.widgets, kinds, sections, strict=True)))
        decided = DecidedWidgets(snapshot.index, filled, filler.explain(now) if request.explain else {})
        if _is_for_any_reader(request):
            self._decisions.put(_key(request, row), snapshot, front.valid_until, decided)
        return decided

    def _front(self, site_id: str, snapshot: SiteSnapshot, now: int) -> Front:
        """Returns what all pages of this second share, made by the first of them."""
        known = self._fronts.get(site_id)
        if known is not None and known[0] is snapshot and known[1] == now:
            return known[2]
        front = front_of(snapshot.index, snapshot.reads, now)
        self._fronts[site_id] = (snapshot, now, front)
        return front

    def _fill_slots(self, site: Site, request: PageRequest, context: PageContext, base_url: str) -> SlotsAnswer:
        if not request.slots:
            return SlotsAnswer()
        asked = SlotsRequest(
            site=site,
            page_view=request.page_view,
            slots=request.slots,
            section=context.section,
            language=(request.article.language if request.article else None) or site.language,
            term_ids=context.terms,
            country=request.reader.country,
            device=request.reader.device,
            base_url=base_url,
            billable=request.billable,
            explain=request.explain,
        )
        return self._slots.fill(asked, self._clock())


def _sections(widget: WidgetRequest, kind: WidgetKind, context: PageContext) -> frozenset[int]:
    """Returns hashes of the sections that the widget keeps to; none for all."""
    named = widget.sections or ((context.section,) if kind.same_section and context.section else ())
    return frozenset(map(section_hash, named))


def _is_for_any_reader(request: PageRequest) -> bool:
    """True if nothing in the request makes its widgets differ from another reader's."""
    return not (request.exclude or request.reader.history or request.explain)


def _key(request: PageRequest, row: int | None) -> Hashable:
    return request.site, request.article if row is None else row, request.widgets


def _row_of(named: ArticleReference | None, index: ArticleIndex) -> int | None:
    if named is None:
        return None
    return index.row_of(named.id) if named.id else index.row_of_url(named.url) if named.url else None


def _notes(named: ArticleReference | None, row: int | None) -> Notes:
    """Returns a note where the renderer named an article that is not known and sent no text along."""
    if named is None or row is not None or named.title or named.text:
        return ()
    return (f"article: '{named.id or named.url}' is not known here; send its title and text along.",)


def _context(named: ArticleReference | None, row: int | None, index: ArticleIndex) -> PageContext:
    """Returns what is known of the page."""
    if named is None:
        return PageContext()
    if row is not None:
        known_hash = int(index.columns(np.array([row], np.int64)).id_hash[0])
        return _of_text(index, index.vector(row), index.telling(row).signature, known_hash, index.section(row))
    own_hash = hash64(named.id) if named.id else None
    if named.title or named.text:
        vector, signature = index.encode(named.title or "", named.text or "")
        return _of_text(index, vector, signature, own_hash, named.section)
    return PageContext(own_hash=own_hash, section=named.section)


def _of_text(
    index: ArticleIndex, vector: TermVector, signature: Signature, own_hash: int | None, section: str | None
) -> PageContext:
    known = vector if index.model_version is not None else None
    return PageContext(vector.terms, known, signature, own_hash, section)


def _kinds_of(request: PageRequest) -> list[WidgetKind]:
    """Returns the kind of each widget. Raises InvalidInput naming every unknown one."""
    faults = [
        Fault(f"widgets[{at}].kind", f"'{widget.kind}' is not a kind of widget here; known: {', '.join(KINDS)}")
        for at, widget in enumerate(request.widgets)
        if widget.kind not in KINDS
    ]
    if faults:
        raise InvalidInput(faults)
    return [KINDS[widget.kind] for widget in request.widgets]
