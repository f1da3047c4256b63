"""A process that is told to stop, once or many times over, hears it and can go."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

WAITS = """
import threading
from service.stopping import StopSignals
stop = StopSignals()
threading.Thread(target=threading.Event().wait, daemon=True).start()
print(stop.wait(0), flush=True)
print(stop.wait(), stop.wait(0), flush=True)
"""


@pytest.fixture
def waiting() -> Iterator[subprocess.Popen[str]]:
    """A process that waits to be told."""
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "False\n"
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_of_the_signals_is_heard_and_stays_so(waiting: subprocess.Popen[str], number: signal.Signals) -> None:
    waiting.send_signal(number)
    assert waiting.communicate(timeout=60)[0] == "True True\n"
    assert waiting.returncode == 0


@pytest.mark.parametrize("_", range(12))  # a lock in the handler hung one time in ten
def test_signals_that_come_amid_each_other_do_not_hang_it(waiting: subprocess.Popen[str], _: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        waiting.send_signal(number)
    assert waiting.communicate(timeout=60)[0] == "True True\n"
