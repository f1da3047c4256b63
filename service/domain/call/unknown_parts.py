"""Keeps a page whole where it asks for a kind of widget or a placement that its site does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from service.domain.ads.slot import SlotRequest
from service.domain.call.page_call import FilledWidget, PageRequest
from service.domain.errors import Fault, InvalidInput

MOST_NAMED = 30
"""Known names that a fault tells; a site may have many more placements."""


def unknown_name(what: str, name: str, known: Collection[str]) -> str:
    """Returns that there is no such thing here, and what there is in its place."""
    named = sorted(known)
    listed = ", ".join(named[:MOST_NAMED]) + (", ..." if len(named) > MOST_NAMED else "")
    return f"'{name}' is not a {what} here; known: {listed or 'none yet'}"


def unknown_slots(slots: Sequence[SlotRequest], placements: Collection[str]) -> dict[str, Fault]:
    """Returns what is wrong with the slots of a placement that is not known, by their ids."""
    return {
        slot.id: Fault(f"slots[{at}].placement", unknown_name("placement", slot.placement, placements))
        for at, slot in enumerate(slots)
        if slot.placement not in placements
    }


def told_unknown(request: PageRequest, kinds: Collection[str], slots: Iterable[Fault]) -> tuple[str, ...]:
    """Returns a warning for each widget of an unknown kind and each unknown one of its slots.

    Raises InvalidInput naming them all where nothing else is asked for.
    """
    faults = [
        Fault(f"widgets[{at}].kind", unknown_name("kind of widget", widget.kind, kinds))
        for at, widget in enumerate(request.widgets)
        if widget.kind not in kinds
    ] + [*slots]
    if faults and len(faults) == len(request.widgets) + len(request.slots):
        raise InvalidInput(faults)
    return tuple(f"{fault.path}: {fault.message}" for fault in faults)


def with_unknown(request: PageRequest, filled: Iterable[FilledWidget]) -> tuple[FilledWidget, ...]:
    """Returns the filled widgets with those of an unknown kind, which are empty, in the order asked."""
    by_id = {one.request.id: one for one in filled}
    return tuple(by_id.get(each.id) or FilledWidget(each, "unknown-kind", ()) for each in request.widgets)
