"""A site's editorial rules made ready for the page: those that hold at a moment, as arrays for one pass over a pool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.domain.editorial.rule import LEAST_FACTOR, MOST_FACTOR, MOST_POINTS, SELECTORS, Rule
from service.domain.identity import hash64, section_hash, tag_hash
from service.domain.index.article_index import Columns, Tags

Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

NO_HASHES: Hashes = np.empty(0, np.uint64)
NO_PLACES: Places = np.empty(0, np.int64)

FOREVER = int(np.iinfo(np.int64).max)
_HASH_OF: dict[str, Callable[[str], int]] = {"article": hash64, "section": section_hash, "tag": tag_hash}


class Boost(NamedTuple):
    """What the rules make of each row's score: score * factor + points."""

    factor: Floats
    points: Floats


@dataclass(frozen=True, slots=True)
class Pin:
    """An article that editors put at a position of a widget, 1 the first."""

    rule_id: str
    id_hash: int
    position: int


@dataclass(frozen=True, slots=True, eq=False)
class _Selected:
    """Hashes of one kind of subject, sorted, each once; of boosts the factor and points of each."""

    hashes: Hashes
    factor: Floats
    points: Floats

    def of(self, columns: Columns, tags: Tags | None, name: str) -> tuple[Places, Mask, Places]:
        """Returns, for each value of the rows, where it stands among the hashes, whether it does, and whose it is."""
        if name == "tag":
            values, bearer = (tags.tag_hash, tags.bearer) if tags is not None else (NO_HASHES, NO_PLACES)
        else:
            values = columns.id_hash if name == "article" else columns.section_hash
            bearer = np.arange(values.size)
        place = np.minimum(np.searchsorted(self.hashes, values), self.hashes.size - 1)
        return place, self.hashes[place] == values, bearer


@dataclass(frozen=True, slots=True, eq=False)
class ActiveRules:
    """The rules of one site that hold until `valid_until` (seconds since 1970), when the next begins or ends.

    `about` finds rules by the kind and hash of their subject. `named` are hashes of the articles that pins and boosts
    name, those of pins first: candidates of every page, however old.
    """

    blocks: dict[str, _Selected]
    boosts: dict[str, _Selected]
    pins: dict[str, tuple[Pin, ...]]
    rules: tuple[Rule, ...]
    about: Mapping[tuple[str, int], tuple[Rule, ...]]
    named: tuple[int, ...]
    valid_until: int

    @property
    def reads_tags(self) -> bool:
        """Whether any rule is about a tag, so that the tags of rows must be known."""
        return "tag" in self.blocks or "tag" in self.boosts

    def blocked(self, columns: Columns, tags: Tags | None) -> Mask:
        """Returns which rows no page may show; `tags` are theirs, needed where `reads_tags`."""
        out = np.zeros(columns.id_hash.size, bool)
        for name, selected in self.blocks.items():
            _, found, bearer = selected.of(columns, tags, name)
            out[bearer[found]] = True
        return out

    def boost(self, columns: Columns, tags: Tags | None) -> Boost | None:
        """Returns what the rules make of each row's score, all boosts of a row together within the bounds of one.

        None where no rule boosts. `tags` are the rows', needed where `reads_tags`.
        """
        if not self.boosts:
            return None
        factor, points = np.ones(columns.id_hash.size), np.zeros(columns.id_hash.size)
        for name, selected in self.boosts.items():
            place, found, bearer = selected.of(columns, tags, name)
            np.multiply.at(factor, bearer[found], selected.factor[place[found]])
            np.add.at(points, bearer[found], selected.points[place[found]])
        return Boost(factor.clip(LEAST_FACTOR, MOST_FACTOR), points.clip(-MOST_POINTS, MOST_POINTS))

    def pins_of(self, widget_id: str, kind: str, size: int) -> tuple[Pin, ...]:
        """Returns a widget's pins by position, one for each; what names its id goes before what names its kind."""
        by_position: dict[int, Pin] = {}
        for name in dict.fromkeys((widget_id, kind)):
            for pin in self.pins.get(name, ()):
                if pin.position <= size:
                    by_position.setdefault(pin.position, pin)
        return tuple(by_position[position] for position in sorted(by_position))

    def blocking(self, id_hash: int, section: int, tags: Iterable[int]) -> Rule | None:
        """Returns the rule that blocks an article of these hashes, a legal one first, or None."""
        found = [rule for rule in self._about(id_hash, section, tags) if rule.kind == "block"]
        return max(found, key=lambda rule: rule.legal, default=None)

    def boosting(self, id_hash: int, section: int, tags: Iterable[int]) -> list[Rule]:
        """Returns the rules that boost an article of these hashes."""
        return [rule for rule in self._about(id_hash, section, tags) if rule.kind == "boost"]

    def _about(self, id_hash: int, section: int, tags: Iterable[int]) -> list[Rule]:
        subjects = (("article", id_hash), ("section", section), *(("tag", tag) for tag in tags))
        return [rule for subject in subjects for rule in self.about.get(subject, ())]


class _Known(NamedTuple):
    """A rule with the name and the hash of its subject."""

    rule: Rule
    name: str
    hash: int


@dataclass(slots=True, eq=False)
class EditorialRules:
    """All rules of a site; gives those that hold, made ready once for as long as they are the same."""

    rules: tuple[Rule, ...] = ()
    _known: tuple[_Known, ...] = field(default=(), init=False)
    _made: tuple[int, ActiveRules] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._known = tuple(_Known(rule, name, _HASH_OF[name](value)) for rule in self.rules
                            for name, value in (rule.subject,))  # fmt: skip

    def at(self, now: int) -> ActiveRules:
        """Returns the rules that hold at `now`, seconds since 1970."""
        made = self._made
        if made is None or not made[0] <= now < made[1].valid_until:
            made = self._made = (now, _active(self._known, now))
        return made[1]


NO_RULES = EditorialRules()


def _active(every: Sequence[_Known], now: int) -> ActiveRules:
    holding = [known for known in every if known.rule.holds(now)]
    moments = (at for rule, *_ in every for at in (rule.begins_at, rule.ends_at) if at is not None and at > now)
    about = defaultdict[tuple[str, int], tuple[Rule, ...]](tuple)
    for known in holding:
        about[known.name, known.hash] += (known.rule,)
    return ActiveRules(
        blocks=_selected([known for known in holding if known.rule.kind == "block"]),
        boosts=_selected([known for known in holding if known.rule.kind == "boost"]),
        pins=_pins([known for known in holding if known.rule.kind == "pin"]),
        rules=tuple(known.rule for known in holding),
        about=dict(about),
        named=tuple(
            known.hash
            for kind in ("pin", "boost")
            for known in holding
            if known.rule.kind == kind and known.name == "article"
        ),
        valid_until=min(moments, default=FOREVER),
    )


def _selected(rules: Sequence[_Known]) -> dict[str, _Selected]:
    subjects = {name: [known for known in rules if known.name == name] for name in SELECTORS}
    return {name: _summed(own) for name, own in subjects.items() if own}


def _summed(rules: Sequence[_Known]) -> _Selected:
    """Returns the rules' subjects; several boosts of one multiply their factors and add their points."""
    hashes, place = np.unique(np.array([known.hash for known in rules], np.uint64), return_inverse=True)
    factor, points = np.ones(hashes.size), np.zeros(hashes.size)
    np.multiply.at(factor, place, [1.0 if rule.factor is None else rule.factor for rule, *_ in rules])
    np.add.at(points, place, [rule.points or 0.0 for rule, *_ in rules])
    return _Selected(hashes, factor, points)


def _pins(rules: Sequence[_Known]) -> dict[str, tuple[Pin, ...]]:
    """Returns by widget the newest pin of each position."""
    newest: dict[tuple[str, int], _Known] = {}
    for known in sorted(rules, key=lambda known: (known.rule.put_at, known.rule.id)):
        newest[known.rule.widget or "", known.rule.position or 0] = known
    found = defaultdict[str, tuple[Pin, ...]](tuple)
    for (widget, position), known in sorted(newest.items()):
        found[widget] += (Pin(known.rule.id, known.hash, position),)
    return dict(found)


NO_ACTIVE_RULES = NO_RULES.at(0)
"""The rules of a site without rules; they hold for ever."""
