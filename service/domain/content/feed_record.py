"""A feed and its state as plain values, and back: what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, TypeVar

from service.domain.content.feed import Cursor, Feed, FeedRecord, FeedState, Tally

Value = TypeVar("Value", Feed, FeedState, Cursor, Tally)


def feed_values(feed: Feed) -> dict[str, Any]:
    """Returns the feed's fields."""
    return asdict(feed)


def feed_from_values(values: Mapping[str, Any]) -> Feed:
    """Returns the feed; a field of a later version of the service is passed over."""
    return _made(Feed, values)


def state_values(state: FeedState) -> dict[str, Any]:
    """Returns the state's fields, those of its parts within them."""
    return asdict(state)


def state_from_values(values: Mapping[str, Any]) -> FeedState:
    """Returns the state; a field of a later version of the service is passed over."""
    last = dict(values.get("last", {}))
    last["refusals"] = tuple(last.get("refusals", ()))
    parts = {"last": _made(Tally, last), "cursor": _made(Cursor, values.get("cursor", {}))}
    return _made(FeedState, {**values, **parts})


def state_after_change(old: FeedRecord | None, new: Feed) -> FeedState:
    """Returns the state with which a feed goes on once it is put: due at once, and from its start if it reads anew."""
    if old is None:
        return FeedState()
    cursor = old.state.cursor if old.feed.reads_as(new) else Cursor()
    return replace(old.state, next_attempt_at=None, failures=0, cursor=cursor)


def _made(kind: type[Value], values: Mapping[str, Any]) -> Value:
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in known})
