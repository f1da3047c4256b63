"""Reads a file of judged pairs: two texts a line, and how alike people found them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from models.evaluation.judged_pairs import JudgedPair
from service.cli.models.json_lines import read_lines


class _Line(BaseModel):
    """One line: two texts, and how alike people found them on any scale that grows with likeness."""

    model_config = ConfigDict(extra="ignore")

    text_a: str
    text_b: str
    judgement: Annotated[float, Field(allow_inf_nan=False)]


def read_pairs(path: Path) -> list[JudgedPair]:
    """Returns the file's pairs. Raises InvalidInput naming the faulty lines."""
    return [JudgedPair(line.text_a, line.text_b, line.judgement) for line in read_lines(path, _Line)]
