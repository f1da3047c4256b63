"""A rule as plain values under the contract's field names, and back: what is stored, answered and listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from service.domain.content.article_record import rfc3339
from service.domain.editorial.rule import Rule

_TIMES = {"from": "begins_at", "to": "ends_at"}
_PLAIN = tuple(f.name for f in fields(Rule) if f.name not in _TIMES.values())


def rule_values(rule: Rule) -> dict[str, Any]:
    """Returns the rule's fields as JSON values; times as RFC 3339 in UTC, null where it is unbounded."""
    values = {name: getattr(rule, name) for name in _PLAIN}
    values["put_at"] = _written(rule.put_at)
    return values | {name: _written(getattr(rule, field)) for name, field in _TIMES.items()}


def rule_from_values(values: Mapping[str, Any]) -> Rule:
    """Returns the rule; a field of a later version of the service is passed over."""
    given: dict[str, Any] = {name: values[name] for name in _PLAIN if name in values}
    given["put_at"] = datetime.fromisoformat(values["put_at"]).timestamp()
    return Rule(**given | {field: _read(values.get(name)) for name, field in _TIMES.items()})


def seconds(moment: datetime | None) -> int | None:
    """Returns a moment in seconds since 1970, its fraction dropped."""
    return None if moment is None else int(moment.timestamp())


def _written(at: float | None) -> str | None:
    return None if at is None else rfc3339(datetime.fromtimestamp(at, UTC))


def _read(text: str | None) -> int | None:
    return None if text is None else seconds(datetime.fromisoformat(text))
