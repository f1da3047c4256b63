"""What is offered for a page's slots: flights one by one, and those that stand together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product

from service.domain.ads.booking.ledger import Step
from service.domain.ads.plan.choices import Choice, bid_of
from service.domain.ads.plan.page_plan import Offer, Seats, in_order

# Ways in which a flight's companions are tried on a page that has several slots of one of their sizes.
MOST_WAYS = 6

Stand = tuple[int, int, Choice]
"""A slot, a place among its candidates, and the choice that is there."""


def page_offers(listed: Sequence[Sequence[Choice]]) -> list[Offer]:
    """Returns what is offered, in the order of asking; `listed` are the choices of each slot, the most wanted first."""
    alone: dict[int, Offer] = {}
    groups: dict[tuple[str, str], list[Stand]] = {}
    for slots, choices in _alike(listed):
        for place, choice in enumerate(choices):
            if choice.group is not None:
                groups.setdefault(choice.group, []).extend((slot, place, choice) for slot in slots)
            elif (known := alone.get(choice.key)) is not None:
                known.places.update(dict.fromkeys(slots, place))
            else:
                alone[choice.key] = Offer(choice.bid, dict.fromkeys(slots, place))
    return in_order([*(one for stands in groups.values() for one in _together(stands)), *alone.values()])


def _alike(listed: Sequence[Sequence[Choice]]) -> Iterable[tuple[list[int], Sequence[Choice]]]:
    """Slots of one placement share their list: it is gone through once for all of them."""
    alike: dict[int, tuple[list[int], Sequence[Choice]]] = {}
    for slot, choices in enumerate(listed):
        alike.setdefault(id(choices), ([], choices))[0].append(slot)
    return alike.values()


def steps_of(seats: Seats, offers: Sequence[Offer]) -> list[Step]:
    """Returns the steps that take the plan, and then those that mend it: each offer in the order of asking."""
    planned = []
    for slot, offer in sorted(seats.items(), key=lambda seat: (seat[1].bid.order, seat[0])):
        if not offer.together:
            planned.append(Step(((slot, offer.places[slot]),)))
        elif slot == min(offer.places):
            planned.append(Step(tuple(offer.places.items())))
    return [*planned, *[Step(tuple(offer.places.items()), not offer.together) for offer in offers]]


def _together(stands: Sequence[Stand]) -> Iterator[Offer]:
    companions = stands[0][2].candidate.flight.companions
    ways = _companions(stands, companions) if companions else _roadblock(stands)
    for way in ways:
        bid = bid_of([choice for _, _, choice in way])
        yield Offer(bid, {slot: place for slot, place, _ in sorted(way, key=lambda stand: stand[0])}, together=True)


def _roadblock(stands: Sequence[Stand]) -> Iterator[Sequence[Stand]]:
    """The one way to give each slot a creative of its own; none where there are too few."""
    by_slot: dict[int, list[Stand]] = {}
    for stand in stands:
        by_slot.setdefault(stand[0], []).append(stand)
    given: dict[int, Stand] = {}
    if all(_give(slot, by_slot, given, set()) for slot in by_slot):
        yield list(given.values())


def _give(slot: int, by_slot: Mapping[int, Sequence[Stand]], given: dict[int, Stand], asked: set[int]) -> bool:
    """Gives the slot a creative, moving others to other ones of theirs where that frees one."""
    for stand in by_slot[slot]:
        creative = stand[2].creative.number
        if creative in asked:
            continue
        asked.add(creative)
        if creative not in given or _give(given[creative][0], by_slot, given, asked):
            given[creative] = stand
            return True
    return False


def _companions(stands: Sequence[Stand], sizes: Sequence[str]) -> Iterator[Sequence[Stand]]:
    """The first ways to give each size a slot of its own."""
    of_size = [[stand for stand in stands if _size(stand[2]) == size] for size in sizes]
    sound = (way for way in product(*of_size) if _differ(slot for slot, _, _ in way))
    yield from islice(sound, MOST_WAYS)


def _size(choice: Choice) -> str:
    return f"{choice.creative.width}x{choice.creative.height}"


def _differ(slots: Iterable[int]) -> bool:
    seen = list(slots)
    return len(set(seen)) == len(seen)
