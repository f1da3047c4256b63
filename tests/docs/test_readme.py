"""The commands of README, tutorial and how-tos are run as written, in order, in an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PATIENT_ENVIRONMENT, skip_or_fail
from tests.docs.pages import BACKGROUND, HOME, NOT_RUN, Block, blocks
from tests.ports import free_port

PORT = "8000"
HOW_TOS = (
    "load-articles",
    "load-inventory",
    "feeds",
    "widgets",
    "editorial-rules",
    "evaluate-relevance",
    "back-up-and-upgrade",
)
RUN = ("README.md", "docs/tutorial.md", *(f"docs/how-to/{name}.md" for name in HOW_TOS))
OUT_OF_REACH = re.compile(r"^(make|git|cd|docker|kubectl|\. |export STANDFIRST_REDIS_URL=redis://)", re.MULTILINE)

WITHIN = ("timeout", "--kill-after=15", "590")
"""Ends a program that hangs by a signal that it heeds, so that it ends what it started."""

HEAD = """
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
"""
WAIT = """
until curl --silent --fail http://127.0.0.1:{port}/readyz > readyz.json; do
  kill -0 $! || {{ cat served.log; exit 1; }}
  sleep 0.1
done
"""


def as_script(found: list[Block], port: int) -> str:
    """The blocks as one program, which stops at the first command that fails and ends what it started."""
    parts = [HEAD]
    for block in found:
        if block.mark.startswith(NOT_RUN):
            continue
        body = block.body.replace(PORT, str(port))
        if block.mark == BACKGROUND:
            assert body.count("\n") == 1, f"one command can run in the background: {body}"
            body = f"{body.strip()} > served.log 2>&1 &{WAIT.format(port=port)}"
        elif block.language == "python":
            body = f"python - <<'PYTHON'\n{body}PYTHON\n"
        parts.append(body)
    return "\n".join(parts)


def patient(script: str) -> str:
    """The program with longer waits: tests run many things at once, and what takes a moment may then take seconds."""
    return (
        script.replace('site="courier")', 'site="courier", timeout_s=30)')
        .replace("time.sleep(1)", "time.sleep(8)")
        .replace("\nsleep 1\n", "\nsleep 8\n")
    )


@pytest.mark.e2e
@pytest.mark.redis
@pytest.mark.timeout(620)
@pytest.mark.parametrize("name", RUN)
def test_every_command_works_as_written(name: str, tmp_path: Path, store_server: Path) -> None:
    if not shutil.which("curl"):
        skip_or_fail("curl", "curl was not found on the PATH")
    found = [block for block in blocks(HOME / name) if block.language in ("sh", "python")]
    own = {key: value for key, value in os.environ.items() if not key.startswith(("STANDFIRST_", "PROMETHEUS_"))}
    own["PATH"] = f"{Path(sys.executable).parent}:{own['PATH']}"
    own |= PATIENT_ENVIRONMENT
    script = patient(as_script(found, free_port()))

    done = subprocess.run(
        [*WITHIN, "bash", "-c", script], cwd=tmp_path, env=own, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    assert sum(not block.mark.startswith(NOT_RUN) for block in found) >= 4
    if "TOKEN" in script:
        assert "Shares: ferry" in done.stdout


@pytest.mark.parametrize("name", RUN)
def test_only_what_needs_more_than_this_machine_is_not_run(name: str) -> None:
    for block in blocks(HOME / name):
        if block.mark.startswith(NOT_RUN):
            assert OUT_OF_REACH.search(block.body), block.body
