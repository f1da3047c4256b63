"""The demonstration as a process, and a real Chromium to look at it with: for the tests and for the picture."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import PATIENT_ENVIRONMENT

COMMAND = Path(sys.executable).with_name("standfirst")
START_S = 200
LINE = re.compile(r"The Harbour Courier is at (\S+)/ ")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Returns the path of the system's Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Yields a browser that was started from this path."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """Yields the address of The Harbour Courier, whose data is kept in this folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("STANDFIRST_", "PROMETHEUS_"))}
    own |= PATIENT_ENVIRONMENT
    log = folder / "demo.log"
    with log.open("wb") as out:
        words = [COMMAND, "demo", "--port", "0", "--data-dir", folder / "var"]
        process = subprocess.Popen(words, cwd=folder, env=own, stdout=out, stderr=out, start_new_session=True)
    try:
        yield _address(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(45)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_S
    while not (told := LINE.search(said := log.read_text("utf-8"))):
        assert process.poll() is None, said
        assert time.monotonic() < deadline, f"no address within {START_S} s:\n{said}"
        time.sleep(0.05)
    return told[1]
