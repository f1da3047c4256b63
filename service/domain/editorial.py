"""A site's editorial rules made ready for the page: those that hold at a moment, as arrays for one pass over a pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.domain.article_index import Columns, Tags
from service.domain.identity import hash64, section_hash, tag_hash
from service.domain.rule import LEAST_FACTOR, MOST_FACTOR, MOST_POINTS, SELECTORS, Rule

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

    `about` finds blocks and boosts by the kind and hash of their subject.
    """

    blocks: dict[str, _Selected]
    boosts: dict[str, _Selected]
    pins: dict[str, tuple[Pin, ...]]
    rules: tuple[Rule, ...]
    about: Mapping[tuple[str, int], tuple[Rule, ...]]
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

    @property
    def named(self) -> list[int]:
        """Hashes of the articles that pins and boosts name: candidates of every page, however old."""
        return [hash64(rule.article) for rule in self.rules if rule.kind != "block" and rule.article]

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


def _hashed(rule: Rule) -> tuple[str, int]:
    name, value = rule.subject
    return name, _HASH_OF[name](value)


@dataclass(slots=True, eq=False)
class EditorialRules:
    """All rules of a site; gives those that hold, made ready once for as long as they are the same."""

    rules: tuple[Rule, ...] = ()
    _made: tuple[int, ActiveRules] | None = field(default=None, init=False)

    def at(self, now: int) -> ActiveRules:
        """Returns the rules that hold at `now`, seconds since 1970."""
        made = self._made
        if made is None or not made[0] <= now < made[1].valid_until:
            made = self._made = (now, _active(self.rules, now))
        return made[1]


NO_RULES = EditorialRules()


def _active(rules: Sequence[Rule], now: int) -> ActiveRules:
    holding = tuple(rule for rule in rules if rule.holds(now))
    moments = [at for rule in rules for at in (rule.begins_at, rule.ends_at) if at is not None and at > now]
    return ActiveRules(
        blocks=_selected([rule for rule in holding if rule.kind == "block"]),
        boosts=_selected([rule for rule in holding if rule.kind == "boost"]),
        pins=_pins([rule for rule in holding if rule.kind == "pin"]),
        rules=holding,
        about=_about([rule for rule in holding if rule.kind != "pin"]),
        valid_until=min(moments, default=FOREVER),
    )


def _about(rules: Sequence[Rule]) -> dict[tuple[str, int], tuple[Rule, ...]]:
    found: dict[tuple[str, int], tuple[Rule, ...]] = {}
    for rule in rules:
        found[_hashed(rule)] = (*found.get(_hashed(rule), ()), rule)
    return found


def _selected(rules: Sequence[Rule]) -> dict[str, _Selected]:
    subjects: dict[str, list[Rule]] = {name: [rule for rule in rules if rule.subject[0] == name] for name in SELECTORS}
    return {name: _summed(own) for name, own in subjects.items() if own}


def _summed(rules: Sequence[Rule]) -> _Selected:
    """Returns the rules' subjects; several boosts of one multiply their factors and add their points."""
    hashes, place = np.unique(np.array([_hashed(rule)[1] for rule in rules], np.uint64), return_inverse=True)
    factor, points = np.ones(hashes.size), np.zeros(hashes.size)
    np.multiply.at(factor, place, [1.0 if rule.factor is None else rule.factor for rule in rules])
    np.add.at(points, place, [rule.points or 0.0 for rule in rules])
    return _Selected(hashes, factor, points)


def _pins(rules: Sequence[Rule]) -> dict[str, tuple[Pin, ...]]:
    """Returns by widget the newest pin of each position."""
    newest: dict[tuple[str, int], Rule] = {}
    for rule in sorted(rules, key=lambda rule: (rule.put_at, rule.id)):
        newest[rule.widget or "", rule.position or 0] = rule
    found: dict[str, tuple[Pin, ...]] = {}
    for (widget, position), rule in sorted(newest.items()):
        pin = Pin(rule.id, hash64(rule.article or ""), position)
        found[widget] = (*found.get(widget, ()), pin)
    return found


NO_ACTIVE_RULES = NO_RULES.at(0)
"""The rules of a site without rules; they hold for ever."""
