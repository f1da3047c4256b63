"""The worker process, and the app under any other WSGI server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import STOPS_WITHIN_S

pytestmark = [pytest.mark.e2e, pytest.mark.redis]


def test_the_worker_runs_until_it_is_told_to_stop(
    store_server: Path, environment: dict[str, str], tmp_path: Path, wait_until: Callable[..., Any]
) -> None:
    command = Path(sys.executable).with_name("standfirst")
    with (tmp_path / "stderr").open("wb") as err:
        process = subprocess.Popen([command, "worker"], cwd=tmp_path, env=environment, stderr=err)
    try:
        wait_until(lambda: "The worker runs" in (tmp_path / "stderr").read_text(), 100)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPS_WITHIN_S) == 0
    finally:
        process.kill()
        process.wait()


def test_another_wsgi_server_finds_the_app_ready(
    store_server: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    program = "from service.wsgi import app; print(app.test_client().get('/readyz').json['checks']['store'])"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1] == "None"
