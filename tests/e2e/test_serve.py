"""`standfirst serve` as users run it: started in an empty folder, spoken to over HTTP, stopped by signals."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ANSWERS_WITHIN_S, STARTS_WITHIN_S, STOPS_WITHIN_S
from tests.faults.killed_store import Store

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

Command = Callable[..., subprocess.CompletedProcess[str]]
SITE = "/v1/sites/courier"


def test_one_line_says_where_it_is_ready(running: Any) -> None:
    assert running.said[0] == f"Standfirst is ready at http://127.0.0.1:{running.port}"
    assert not any(line.startswith("Standfirst") for line in running.said[1:])
    assert str(running.folder / "var") in running.grumbled


def test_a_fresh_service_takes_a_site_and_gives_it_back(running: Any, admin: dict[str, str]) -> None:
    status, put = running.call("PUT", SITE, {"name": "The Harbour Courier"}, **admin)
    assert status == 201
    for _ in range(8):  # whichever worker answers
        assert running.call("GET", SITE, **admin) == (200, put)


def test_it_tells_probes_that_it_is_well(running: Any) -> None:
    assert running.call("GET", "/livez") == (200, {"status": "alive"})
    status, ready = running.call("GET", "/readyz")
    assert status == 200
    assert ready["checks"]["store"] is None


def test_each_request_is_one_line_of_json_on_stdout(running: Any, wait_until: Callable[..., Any]) -> None:
    running.call("GET", "/v1/sites", **{"X-Request-Id": "trace-me"})
    line = wait_until(lambda: next((json.loads(text) for text in running.said if "trace-me" in text), None))
    assert (line["route"], line["status"], line["level"]) == ("/v1/sites", 401, "info")
    assert all(json.loads(text) for text in running.said[1:])


def test_what_cannot_be_read_is_refused_and_its_senders_address_is_in_no_log(
    running: Any, wait_until: Callable[..., Any]
) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=ANSWERS_WITHIN_S) as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nnameless\r\n\r\n")
        assert sender.recv(100).startswith(b"HTTP/1.1 400 ")
    [line] = wait_until(lambda: [line for line in running.grumbled.splitlines() if "Invalid request" in line])
    assert "127.0.0.1" not in line


def test_metrics_are_those_of_all_workers(running: Any) -> None:
    def counted() -> float:
        text = running.call("GET", "/metrics")[1]
        lines = [line for line in text.splitlines() if "requests_total{" in line and '"/openapi.json"' in line]
        return sum(float(line.split()[-1]) for line in lines)

    before = counted()
    for _ in range(20):
        running.call("GET", "/openapi.json")
    assert counted() == before + 20


def test_a_token_revoked_on_the_command_line_dies_within_a_second(
    running: Any, command: Command, wait_until: Callable[..., Any]
) -> None:
    made = json.loads(command(running.folder, "tokens", "create", "--all-sites", "--scope", "admin", "--json").stdout)
    header = {"Authorization": f"Bearer {made['token']}"}
    for _ in range(8):
        assert running.call("GET", "/v1/sites", **header)[0] == 200
    assert command(running.folder, "tokens", "revoke", made["id"]).returncode == 0
    time.sleep(1)  # what is tested is that it takes no longer
    assert {running.call("GET", "/v1/sites", **header)[0] for _ in range(8)} == {401}


def test_a_second_server_on_a_taken_port_fails_and_says_why(running: Any, command: Command, tmp_path: Path) -> None:
    second = command(tmp_path, "serve", "--port", str(running.port))
    assert second.returncode == 1
    assert second.stdout == ""
    assert f"Port {running.port} of 127.0.0.1 is taken" in second.stderr
    assert running.call("GET", "/livez")[0] == 200


def test_a_port_taken_by_another_program_is_told_too(command: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused = command(tmp_path, "serve", "--port", str(other.getsockname()[1]))
    assert refused.returncode == 1
    assert "is taken" in refused.stderr


def test_a_killed_worker_is_replaced(running: Any, wait_until: Callable[..., Any]) -> None:
    before = wait_until(lambda: len(found := running.workers) == 2 and found)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    after = wait_until(lambda: len(found := running.workers - before) == 1 and found)
    assert victim not in running.workers | after
    wait_until(lambda: _listeners(running.port) == 2)
    assert all(running.call("GET", "/livez")[0] == 200 for _ in range(20))


def _sockets(port: int) -> list[list[str]]:
    """Returns what Linux tells of each socket whose own port this is, a word a column."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row for row in rows if row[1].endswith(f":{port:04X}")]


def _listeners(port: int) -> int:
    """Returns how many sockets listen on the port; each worker has its own."""
    return sum(state == "0A" for _, _, _, state, *_ in _sockets(port))


def _is_taken(port: int, of: int) -> bool:
    """Returns whether a worker has the connection from the port `of`, and has read all that was sent."""
    return any(
        other.endswith(f":{of:04X}") and queued.endswith(":00000000") and inode != "0"
        for _, _, other, _, queued, _, _, _, _, inode, *_ in _sockets(port)
    )


def test_a_request_in_flight_is_finished_after_sigterm(
    serve: Any, command: Command, wait_until: Callable[..., Any]
) -> None:
    served = serve()
    made = command(served.folder, "tokens", "create", "--all-sites", "--scope", "admin", "--json")
    token = json.loads(made.stdout)["token"]
    body = json.dumps({"name": "In flight"}).encode()
    with socket.create_connection(("127.0.0.1", served.port), timeout=ANSWERS_WITHIN_S) as client:
        head = f"PUT {SITE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body[:5])
        wait_until(lambda: _is_taken(served.port, client.getsockname()[1]))
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: _listeners(served.port) == 0)
        client.sendall(body[5:])
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.status == 201
        assert json.loads(answer.read())["name"] == "In flight"
    assert served.process.wait(STOPS_WITHIN_S) == 0


def test_no_request_is_dropped_by_a_stop_under_load(serve: Any, wait_until: Callable[..., Any]) -> None:
    served = serve()
    workers = served.workers
    dropped: list[BaseException] = []
    answered: list[int] = []

    def hammer() -> None:
        while True:
            try:
                answered.append(served.call("GET", "/openapi.json")[0])
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException) as error:
                dropped.append(error)
                return

    threads = [threading.Thread(target=hammer) for _ in range(6)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(answered) > 50)
    assert served.stop() == 0
    for thread in threads:
        thread.join(STOPS_WITHIN_S)
    assert dropped == []
    assert set(answered) == {200}
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_ctrl_c_stops_it_gracefully_and_the_port_is_free_at_once(
    serve: Any, wait_until: Callable[..., Any], environment: dict[str, str]
) -> None:
    served = serve()
    workers = served.workers
    served.call("GET", "/livez")
    os.killpg(served.process.pid, signal.SIGINT)  # what a terminal does: every process of the group
    assert served.process.wait(STOPS_WITHIN_S) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    assert "Traceback" not in served.grumbled
    again = serve("--port", str(served.port), folder=served.folder)
    assert again.port == served.port


def test_its_workers_do_not_outlive_a_master_killed_with_9(serve: Any, wait_until: Callable[..., Any]) -> None:
    served = serve()
    workers = served.workers
    served.stop(signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_settings_of_other_programs_lying_around_are_left_alone(
    serve: Any, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "gunicorn.conf.py").write_text("raise SystemExit('another program's settings were read')\n")
    served = serve("--workers", "1", folder=tmp_path, HOME=str(tmp_path), GUNICORN_CMD_ARGS="--workers 7")
    wait_until(lambda: len(served.workers) == 1)  # the process that told of the readiness may still be ending
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gunicorn.conf.py", "stderr", "stdout", "var"]
    assert served.stop() == 0


def test_a_store_killed_with_its_watchdog_is_brought_back(running: Any, wait_until: Callable[..., Any]) -> None:
    store = running.folder / "var" / "store"
    server = int((store / "server.pid").read_text())
    watchdog = int(Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(watchdog, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(server, signal.SIGKILL)
    wait_until(lambda: (store / "server.pid").exists() and (store / "server.pid").read_text() != str(server))
    wait_until(lambda: running.call("GET", "/readyz")[1]["checks"]["store"] is None)
    assert running.call("GET", "/livez")[0] == 200


def test_it_is_ready_no_sooner_than_it_says_and_says_what_it_waits_for(
    serve: Any, wait_until: Callable[..., Any], store_server: Path, tmp_path: Path
) -> None:
    store = Store(store_server, tmp_path, "no")
    store.kill()
    served = serve(folder=tmp_path, is_awaited=False, STANDFIRST_REDIS_URL=store.url)
    wait_until(lambda: "Not ready yet: store: does not answer." in served.grumbled, STARTS_WITHIN_S)
    assert served.ready_line == ""
    store.start()
    served.port = int(wait_until(lambda: served.ready_line).rpartition(":")[2])
    assert {served.call("GET", "/readyz")[0] for _ in range(8)} == {200}
    assert served.stop() == 0
    store.kill()
