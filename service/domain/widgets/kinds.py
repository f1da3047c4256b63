"""A site's kinds of widgets: those from the start, changed and added to as the site says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from service.domain.errors import Fault
from service.domain.widgets.kind import KINDS, WidgetKind
from service.domain.widgets.settings import SETTINGS, Misread

LIKE = "like"
MAX_CHANGES = 50
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)

Changes = Mapping[str, Any]
"""What a site says of its kinds, by name: settings, and for a new kind `like`, the kind it starts from."""


@dataclass(frozen=True, slots=True)
class SiteKinds:
    """Every kind of a site by name, and what is wrong with what the site says of them.

    A kind with a fault is left as it was before the site said anything of it.
    """

    kinds: Mapping[str, WidgetKind] = field(default_factory=lambda: KINDS)
    faults: tuple[Fault, ...] = ()


def site_kinds(changes: Changes) -> SiteKinds:
    """Returns the kinds of a site that says this of them."""
    if not changes:
        return SiteKinds()
    faults = [*_misnamed(changes)]
    kinds = dict(KINDS)
    resolving = _Resolving(changes)
    for name in changes:
        found = resolving.kind(name)
        if found is not None:
            kinds[name] = found
    return SiteKinds(kinds, (*faults, *resolving.faults))


def _misnamed(changes: Changes) -> Iterator[Fault]:
    if len(changes) > MAX_CHANGES:
        yield Fault("widgets", f"names {len(changes)} kinds; at most {MAX_CHANGES} can be changed or added")
    for name in changes:
        if not _NAME.fullmatch(name):
            yield Fault(f"widgets.{name}", "is no name for a kind: use 1 to 64 small letters, digits and hyphens")


class _Resolving:
    """Works out each kind from the one it is like, once; collects every fault."""

    def __init__(self, changes: Changes) -> None:
        self.faults: list[Fault] = []
        self._changes = changes
        self._known: dict[str, WidgetKind | None] = {}
        self._open: list[str] = []

    def kind(self, name: str) -> WidgetKind | None:
        """Returns the kind of this name, or None where it has a fault or rests on one that has."""
        if name not in self._changes:
            return KINDS.get(name)
        if name not in self._known:
            self._open.append(name)
            self._known[name] = self._resolved(name)
            self._open.pop()
        return self._known[name]

    def _resolved(self, name: str) -> WidgetKind | None:
        changes = self._changes[name]
        if not isinstance(changes, Mapping):
            self._note(name, "", "give an object of settings")
            return None
        before = len(self.faults)
        start = self._start(name, changes)
        values = self._values(name, changes)
        if start is None or len(self.faults) > before:
            return None
        kind = replace(start, name=name, root=start.root or start.name, **values)
        for setting, message in contradictions(kind):
            self._note(name, f".{setting}", message)
        return kind if len(self.faults) == before else None

    def _start(self, name: str, changes: Mapping[str, Any]) -> WidgetKind | None:
        like = changes.get(LIKE, name if name in KINDS else None)
        if like is None:
            self._note(name, ".like", f"is missing: name the kind that this one starts from, such as {min(KINDS)}")
        elif not isinstance(like, str) or (like not in KINDS and like not in self._changes):
            known = ", ".join(sorted({*KINDS, *self._changes} - {name}))
            self._note(name, ".like", f"'{like}' is not a kind of widget here; known: {known}")
        elif LIKE not in changes:
            return KINDS[name]
        elif like in self._open:
            round_trip = " > ".join([*self._open[self._open.index(like) :], like])
            self._note(name, ".like", f"leads back to itself ({round_trip}); name a kind that does not start from this")
        else:
            return self.kind(like)
        return None

    def _values(self, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        values = {}
        for setting, value in changes.items():
            if setting == LIKE:
                continue
            if setting not in SETTINGS:
                self._note(name, f".{setting}", f"is not a setting of a widget; known: {', '.join((LIKE, *SETTINGS))}")
                continue
            try:
                values[SETTINGS[setting].field] = SETTINGS[setting].read(value)
            except Misread as error:
                self._note(name, f".{setting}{error.at}", str(error))
        return values

    def _note(self, name: str, path: str, message: str) -> None:
        self.faults.append(Fault(f"widgets.{name}{path}", message))


def contradictions(kind: WidgetKind) -> Iterator[tuple[str, str]]:
    """Yields which settings of a kind cannot hold together: the name of one, and the remedy."""
    if kind.min_relevance > 0 and kind.weights.relevance == 0:
        yield "min_relevance", "needs relevance in the score; give weights.relevance a weight above 0, or set this to 0"
    if kind.keeps_to.page_section and kind.keeps_to.sections:
        yield "filters", "keeps to the page's section and to named ones; leave out page_section or sections"
    if kind.exploration > 0 and kind.root == "related":
        yield (
            "exploration",
            "is 0 in related and all that is like it, where the nearest stand; leave it out",
        )
