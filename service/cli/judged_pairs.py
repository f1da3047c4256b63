"""Reads a file of judged pairs, a JSON object a line, and names every line that is not one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.evaluate import JudgedPair
from service.domain.errors import Fault, InvalidInput

FAULTS_SHOWN = 20


class _Line(BaseModel):
    """One line: two texts, and how alike people found them on any scale that grows with likeness."""

    model_config = ConfigDict(extra="ignore")

    text_a: str
    text_b: str
    judgement: Annotated[float, Field(allow_inf_nan=False)]


def read_pairs(path: Path) -> list[JudgedPair]:
    """Returns the file's pairs; empty lines are passed over. Raises InvalidInput naming the first 20 faulty lines."""
    pairs: list[JudgedPair] = []
    faults: list[Fault] = []
    with path.open("rb") as lines:
        for place, raw in enumerate(lines, start=1):
            if raw.strip():
                read = _read(place, raw)
                if isinstance(read, JudgedPair):
                    pairs.append(read)
                else:
                    faults += read
            if len(faults) >= FAULTS_SHOWN:
                break
    if faults:
        raise InvalidInput(faults, f"{path.name} has faulty lines.")
    return pairs


def _read(place: int, raw: bytes) -> JudgedPair | list[Fault]:
    """Returns the line's pair, or what is wrong with it."""
    try:
        line = _Line.model_validate(orjson.loads(raw))
    except orjson.JSONDecodeError as error:
        return [Fault(f"line {place}", f"it is not JSON: {error}")]
    except ValidationError as error:
        return [Fault(".".join((f"line {place}", *map(str, f["loc"]))), f["msg"]) for f in error.errors()]
    return JudgedPair(line.text_a, line.text_b, line.judgement)
