"""The settings of a kind of widget as a site writes them: how each is read, shown and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import category

from service.domain.durations import seconds_of, span_text
from service.domain.widgets.kind import MAX_SIZE, PARTS, Weights, WidgetFilter, WidgetKind

ALL = "all"
MAX_NAMES = 50
MAX_ORDER = 1_000
MAX_HEADING_CHARS = 80
HIGHEST_MIN_RELEVANCE = 0.95


class Misread(ValueError):
    """What is wrong with a value: where in it (empty for the whole), and the remedy."""

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the field of WidgetKind that it sets, how it is read and shown, and what it is, in a line.

    `read` gives the field's value. It raises Misread for a value that is none.
    """

    field: str
    read: Callable[[Any], Any]
    show: Callable[[Any], Any]
    told: str


def settings_json(kind: WidgetKind) -> dict[str, Any]:
    """Returns every setting of a kind, as a site would write it."""
    return {name: setting.show(getattr(kind, setting.field)) for name, setting in SETTINGS.items()}


def _number(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise Misread(f"give a number from {least:g} to {most:g}")
        return float(value)

    return read


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Misread(f"give a whole number from {least} to {most}")
        return value

    return read


def _heading(value: Any) -> str:
    if (
        not isinstance(value, str)
        or len(value) > MAX_HEADING_CHARS
        or any(category(letter) == "Cc" for letter in value)
    ):
        raise Misread(f"give a line of at most {MAX_HEADING_CHARS} characters")
    return str(value).strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Misread("give true or false")
    return value


def _span(value: Any) -> int:
    try:
        return seconds_of(value)
    except ValueError as error:
        raise Misread(str(error)) from error


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_NAMES:
        raise Misread(f"give a list of at most {MAX_NAMES} names")
    for place, name in enumerate(value):
        if not isinstance(name, str) or not name.strip() or len(name) > 128:
            raise Misread("give a name of 1 to 128 characters", f"[{place}]")
    return tuple(value)


def _windows(value: Any) -> tuple[int | None, ...]:
    if not isinstance(value, list | tuple) or not value or len(value) > 10:
        raise Misread('give a list of 1 to 10 spans, such as ["2d", "30d", "all"]')
    spans: list[int | None] = []
    for place, each in enumerate(value):
        try:
            spans.append(None if each == ALL else _span(each))
        except Misread as error:
            raise Misread(f"{error}; or all", f"[{place}]") from error
        if place and not _is_wider(spans[-1], spans[-2]):
            raise Misread(f"is not wider than the one before it ({value[place - 1]}); order them from narrow to wide",
                          f"[{place}]")  # fmt: skip
    return tuple(spans)


def _is_wider(span: int | None, than: int | None) -> bool:
    return than is not None and (span is None or span > than)


def _show_windows(windows_s: tuple[int | None, ...]) -> list[str]:
    return [ALL if window_s is None else span_text(window_s) for window_s in windows_s]


def _weights(value: Any) -> Weights:
    """Returns the weights as shares of their sum; those not named are 0."""
    given = _members(value, dict.fromkeys(PARTS, _number(0, 1_000)))
    total = sum(given.values())
    if total <= 0:
        raise Misread(f"add up to 0; give one of {', '.join(PARTS)} a weight above 0")
    return Weights(**{name: weight / total for name, weight in given.items()})


def _show_weights(weights: Weights) -> dict[str, float]:
    return {name: round(getattr(weights, name), 4) for name in PARTS if getattr(weights, name)}


_FILTERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "sections": ("sections", _names),
    "page_section": ("page_section", _flag),
    "tags": ("tags", _names),
    "max_age": ("max_age_s", _span),
}


def _filter(value: Any) -> WidgetFilter:
    given = _members(value, {name: read for name, (_, read) in _FILTERS.items()})
    return WidgetFilter(**{_FILTERS[name][0]: read for name, read in given.items()})


def _show_filter(keeps_to: WidgetFilter) -> dict[str, Any]:
    shown = {name: getattr(keeps_to, field) for name, (field, _) in _FILTERS.items()}
    if keeps_to.max_age_s is not None:
        shown["max_age"] = span_text(keeps_to.max_age_s)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items() if value}


def _members(value: Any, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Returns the members of an object, each read. Raises Misread for the first that is none."""
    if not isinstance(value, Mapping):
        raise Misread(f"give an object with any of {', '.join(readers)}")
    read = {}
    for name, member in value.items():
        if name not in readers:
            raise Misread(f"is not known; known: {', '.join(readers)}", f".{name}")
        try:
            read[name] = readers[name](member)
        except Misread as error:
            raise Misread(str(error), f".{name}{error.at}") from error
    return read


def _same(value: Any) -> Any:
    return value


SETTINGS: Mapping[str, Setting] = {
    "weights": Setting(
        "weights", _weights, _show_weights,
        "what each part of the score weighs, as shares of their sum; a part that is not named weighs nothing",
    ),
    "half_life": Setting("half_life_s", _span, span_text, "age at which freshness is a half"),
    "windows": Setting(
        "windows_s", _windows, _show_windows,
        "how far back from the site's newest article it looks, step by step while too little is found",
    ),
    "filters": Setting(
        "keeps_to", _filter, _show_filter,
        "what it keeps to: `sections`, `page_section` (that of the page's article), `tags`, `max_age`",
    ),
    "size": Setting("size", _whole(1, MAX_SIZE), _same, "teasers, where a call names no number"),
    "order": Setting("order", _whole(0, MAX_ORDER), _same, "which widget of a page is filled first: the lowest"),
    "min_relevance": Setting(
        "min_relevance", _number(0, HIGHEST_MIN_RELEVANCE), _same,
        "relevance below which an article yields to the fallbacks; 0 where relevance does not lead",
    ),
    "evergreen": Setting(
        "evergreen", _flag, _same,
        "whether articles marked `evergreen` keep half their freshness and stand within every window, however old",
    ),
    "diversity": Setting(
        "diversity", _number(0, 0.9), _same,
        "share of a teaser's value that likeness to those before it in the widget takes",
    ),
    "section_cap": Setting(
        "section_cap", _number(0.05, 1), _same, "largest share of its teasers that may be of one section; 1 for any",
    ),
    "stories": Setting("stories", _whole(1, MAX_SIZE), _same, "tellings of one event that may stand on a page"),
    "exploration": Setting(
        "exploration", _number(0, 0.5), _same,
        "share of positions where new articles are tried out to learn whether they are read; 0 for none",
    ),
    "heading": Setting("heading", _heading, _same, "what readers see above it in ready HTML; empty for its name"),
}  # fmt: skip
"""Every setting by the name that a site writes; what is left out stays as in the kind that it is `like`."""
