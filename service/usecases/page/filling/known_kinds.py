"""Works out each site's kinds of widgets once for every record of it that says something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.sites.site import Site
from service.domain.widgets.kind import WidgetKind
from service.domain.widgets.kinds import Changes, site_kinds

Kinds = Mapping[str, WidgetKind]


@dataclass(frozen=True, slots=True)
class _Known:
    changes: Changes
    version: int
    kinds: Kinds


class KnownKinds:
    """The kinds of each site that this process has met."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(self, site: Site) -> tuple[int, Kinds]:
        """Returns the site's kinds by name, and a number that is another whenever they are."""
        known = self._known.get(site.id)
        if known is None or (known.changes is not site.widgets and known.changes != site.widgets):
            version = known.version + 1 if known else 0
            known = self._known[site.id] = _Known(site.widgets, version, site_kinds(site.widgets).kinds)
        return known.version, known.kinds
