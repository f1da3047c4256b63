"""What the client raises for management calls; page calls never raise it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One faulty field of a refused call: where it is and what is wrong with it."""

    path: str
    message: str


def field_errors(answer: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Returns the faulty fields that an answer names under `errors`; entries of another shape are left out."""
    faults = answer.get("errors")
    return tuple(
        FieldError(str(fault.get("path", "")), str(fault.get("message", "")))
        for fault in (faults if isinstance(faults, list) else [])
        if isinstance(fault, dict)
    )


class StandfirstError(Exception):
    """A management call failed; carries the problem's detail, its faulty fields and the HTTP status, if any."""

    def __init__(self, detail: str, *, status: int | None = None, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.errors = errors

    def __str__(self) -> str:
        """Returns the detail, followed by each faulty field."""
        faults = "; ".join(f"{fault.path}: {fault.message}" for fault in self.errors)
        return f"{self.detail} ({faults})" if faults else self.detail
