"""What is known of a slot's page and reader, and the fields of it that flights may target or keep away from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from service.domain.ads.inventory import Flight
from service.domain.ads.targeting.similarity import Likeness, description_key
from service.domain.identity import tag_hash
from service.domain.ports import TermIds
from service.domain.sites.language import primary_subtag

Values = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What an ad would stand beside in a widget: the risk of its teasers, and the words of their headlines."""

    risk: int = 0
    term_ids: TermIds | None = None


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What is known of a slot's page and reader. An unknown value satisfies no flight that targets it.

    `seed` is the page view's own number, which all its chance comes from; None where no page view is meant. `risk` is
    that of the page and of the teasers beside the slot together, `beside` the words of each widget there. `tags` are
    hashes, `key_values` such as `team=reds`. `third_parties` says whether others' scripts may run, `likeness` what
    flights describe that the page is like. `near` names the widgets beside the slot, None all of the page.
    """

    now: float
    section: str | None = None
    language: str | None = None
    term_ids: TermIds | None = None
    country: str | None = None
    device: str | None = None
    seed: int | None = None
    risk: int = 0
    beside: tuple[TermIds, ...] = ()
    tags: tuple[int, ...] = ()
    region: str | None = None
    key_values: tuple[str, ...] = ()
    third_parties: bool = True
    likeness: Likeness | None = None
    near: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TargetedField:
    """A field by its column: what a page has of it, and a flight's value as it is compared with that.

    What is `of_page` differs from page to page, so that who stands for it is not worth remembering.
    """

    values: Callable[[SlotFacts], Values]
    compared: Callable[[str], Hashable] = str
    of_page: bool = False


def section_key(section: str | None) -> str | None:
    """Returns a section's name as it is compared: without regard to case; None stays None."""
    return section.strip().casefold() if section else None


def place_key(code: str | None) -> str | None:
    """Returns a country's or region's code as it is compared."""
    return code.upper() if code else None


def key_value_of(key: str, value: str) -> str:
    """Returns a key and its value as they are compared: without regard to case, nor white space around them."""
    return f"{key.strip()}={value.strip()}".casefold()


def _one(value: str | None) -> Values:
    return () if value is None else (value,)


TARGETED: Mapping[str, TargetedField] = {
    "sections": TargetedField(lambda facts: _one(section_key(facts.section))),
    "tags": TargetedField(lambda facts: facts.tags, tag_hash, of_page=True),
    "countries": TargetedField(lambda facts: _one(place_key(facts.country))),
    "regions": TargetedField(lambda facts: _one(place_key(facts.region))),
    "devices": TargetedField(lambda facts: _one(facts.device)),
    "languages": TargetedField(lambda facts: _one(primary_subtag(facts.language))),
    "key_values": TargetedField(lambda facts: facts.key_values, of_page=True),
    "similar_to": TargetedField(
        lambda facts: facts.likeness.met if facts.likeness else (), description_key, of_page=True
    ),
}
EXCLUDE = "exclude_"
# The columns of a sheet that hold values of these fields.
VALUE_COLUMNS = (*TARGETED, *(EXCLUDE + name for name in TARGETED))


def values_of(flight: Flight, column: str) -> Values:
    """Returns what a flight has in a column, as it is compared with a page's values."""
    named: tuple[str, ...] = getattr(flight, column)
    return tuple(map(TARGETED[column.removeprefix(EXCLUDE)].compared, named))


def meets(flight: Flight, name: str, facts: SlotFacts) -> bool:
    """Returns whether the page has one of the values that the flight targets in a field; all are met by none."""
    wanted = values_of(flight, name)
    return not wanted or not set(wanted).isdisjoint(TARGETED[name].values(facts))


def keeps_away(flight: Flight, name: str, facts: SlotFacts) -> bool:
    """Returns whether the page has one of the values that the flight keeps away from in a field."""
    return not set(values_of(flight, EXCLUDE + name)).isdisjoint(TARGETED[name].values(facts))
