"""The renderer as a process of its own: its address, its token, its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import urllib3


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "articles.ndjson"
    story = {
        "id": "s-1",
        "title": "Tide",
        "text": "One.\n\nSecond paragraph.",
        "published_at": "2026-11-23T10:00:00Z",
    }
    path.write_text(json.dumps(story) + "\n", "utf-8")
    return path


def command(content: Path, service_url: str) -> list[str]:
    words = ["--port", "0", "--service", service_url, "--token-env", "DEMO_TOKEN", "--content", str(content)]
    return [sys.executable, "-m", "service.demo.renderer", *words]


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_process_serves_with_the_token_of_its_environment_and_stops_when_told(
    service: Any, content: Path, told: signal.Signals
) -> None:
    environment = os.environ | {"DEMO_TOKEN": "sf_9_secret", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command(content, service.url), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with urllib3.PoolManager() as browser:
            assert browser.request("GET", f"{url}livez").status == 200
            assert "Second paragraph." in browser.request("GET", f"{url}article/s-1").data.decode()
        process.send_signal(told)
        assert process.wait(timeout=60) == 0

    assert service.tokens == ["Bearer sf_9_secret"]


@pytest.mark.parametrize(("line", "fault"), [("{", "line 1"), ('{"id": "a"}', "published_at")])
def test_faulty_content_is_named_and_nothing_is_served(tmp_path: Path, line: str, fault: str) -> None:
    content = tmp_path / "faulty.ndjson"
    content.write_text(line, "utf-8")

    done = subprocess.run(command(content, "http://127.0.0.1:1"), capture_output=True, text=True, timeout=100)

    assert done.returncode == 1
    assert fault in done.stderr
    assert "Traceback" not in done.stderr
