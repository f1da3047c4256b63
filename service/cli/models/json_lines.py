"""Reads a file of JSON objects, one a line, and names every line that is not one of those wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from service.domain.errors import Fault, InvalidInput

FAULTS_SHOWN = 20

Line = TypeVar("Line", bound=BaseModel)


def read_lines(path: Path, wanted: type[Line]) -> list[Line]:
    """Returns the file's lines; empty ones are passed over. Raises InvalidInput naming the first 20 faulty lines."""
    found: list[Line] = []
    faults: list[Fault] = []
    with path.open("rb") as lines:
        for place, raw in enumerate(lines, start=1):
            if raw.strip():
                try:
                    found.append(wanted.model_validate(orjson.loads(raw)))
                except orjson.JSONDecodeError as error:
                    faults.append(Fault(f"line {place}", f"it is not JSON: {error}"))
                except ValidationError as error:
                    faults += _faults(place, error)
            if len(faults) >= FAULTS_SHOWN:
                break
    if faults:
        raise InvalidInput(faults, f"{path.name} has faulty lines.")
    return found


def _faults(place: int, error: ValidationError) -> list[Fault]:
    return [Fault(".".join((f"line {place}", *map(str, f["loc"]))), f["msg"]) for f in error.errors()]
