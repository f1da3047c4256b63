"""The course of `standfirst models replay`: a log of choices, and what other ones would have earned."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from models.engagement.off_policy import Log, doubly_robust, ips, snips
from models.evaluation.agreement import Estimate, EvaluationError
from service.cli.models.json_lines import read_lines
from service.cli.terminal.session import Output
from service.domain.errors import InvalidInput

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Chance = Annotated[float, Field(ge=0, le=1)]


class _Choice(BaseModel):
    """One line: what a choice earned, its chance then, its chance under the other policy, and what a model expected."""

    model_config = ConfigDict(extra="ignore")

    earned: _Finite
    chance: Annotated[float, Field(gt=0, le=1)]
    target_chance: _Chance
    expected_shown: _Finite | None = None
    expected_target: _Finite | None = None


def judge_log(output: Output, path: Path) -> None:
    """Tells what the log's own policy earned, and each estimate of the other's with its 95 % interval.

    Raises InvalidInput for faulty lines, and for a log that nothing can be told from.
    """
    choices = read_lines(path, _Choice)
    modelled = all(one.expected_shown is not None and one.expected_target is not None for one in choices)
    try:
        log = _log(choices, modelled)
        estimates = {"ips": ips(log), "snips": snips(log)} | ({"doubly robust": doubly_robust(log)} if modelled else {})
    except EvaluationError as error:
        raise InvalidInput.one("", str(error)) from error
    logged = float(log.earned.mean())
    told = {
        "entries": len(choices),
        "logged": logged,
        "estimates": {name: asdict(estimate) for name, estimate in estimates.items()},
    }
    output.result(told, _table(logged, estimates))


def _log(choices: list[_Choice], modelled: bool) -> Log:
    def column(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in choices], float)

    nothing = np.zeros(len(choices))
    return Log(
        column("earned"), column("chance"), column("target_chance"),
        column("expected_shown") if modelled else nothing, column("expected_target") if modelled else nothing,
    )  # fmt: skip


def _table(logged: float, estimates: dict[str, Estimate]) -> str:
    lines = [f"{'logged policy':<14} {logged:>10.5f}"]
    lines += [f"{name:<14} {one.value:>10.5f}   [{one.low:.5f}, {one.high:.5f}]" for name, one in estimates.items()]
    return "\n".join(lines)
