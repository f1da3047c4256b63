"""The very commands of the image and the pods, each in folders of its own as in a pod, on one real store."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.demo.edition import articles, stories
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.services import Services
from tests.contracts.deployment.pod_commands import IMAGE_PORT, PodCommand, final_stage, kubectl_path, pod_commands
from tests.e2e.demonstration import alive
from tests.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

Wait = Callable[..., Any]
PATH = f"{Path(sys.executable).parent}:/usr/bin:/bin"
WEB_NAMES = ("image", "web")


@dataclass
class Pod:
    """One container's process and what it wrote."""

    command: PodCommand
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def said(self) -> str:
        """What it wrote to stdout and stderr so far."""
        return self.log.read_text()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Returns status and JSON of one call on a connection of its own; (0, None) where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            try:
                connection.request(method, path, json.dumps(body) if body is not None else None, headers)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
            except ConnectionError:
                return 0, None

    def stop(self) -> int:
        """Returns the exit code after SIGTERM, with which Kubernetes ends a container."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(45)


Start = Callable[[str], Pod]


@pytest.fixture
def start(services: Services, redis_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts a container's command by its name, on a port and in folders of its own; the bundles are shared.

    Only what numba compiled is that of this machine, which `make install` left: the image's is compiled in its build.
    """
    if kubectl_path() is None:
        pytest.skip("kubectl is not installed here: the pods' commands stay untested")
    secrets = {"STANDFIRST_REDIS_URL": redis_url, "STANDFIRST_SECRET_KEY": "s" * 32}
    commands = {command.name: command for command in pod_commands(secrets)}
    assert set(commands) == {*WEB_NAMES, "worker", "retrain"}
    pods: list[Pod] = []

    def start_pod(name: str) -> Pod:
        port = free_port()
        command = commands[name].moved(tmp_path / name, port)
        env = {"PATH": PATH, **secrets, **command.env, "STANDFIRST_BUNDLE_DIR": str(tmp_path / "bundles")}
        del env["NUMBA_CPU_NAME"]
        home = Path(env["STANDFIRST_DATA_DIR"])
        for folder in (home, tmp_path / name / "tmp", tmp_path / "bundles"):
            folder.mkdir(parents=True, exist_ok=True)
        with (tmp_path / f"{name}.log").open("wb") as log:
            program = [str(Path(sys.executable).with_name(command.argv[0])), *command.argv[1:]]
            process = subprocess.Popen(program, cwd=home, env=env, stdout=log, stderr=log, start_new_session=True)
        pods.append(Pod(replace(command, env=env), process, port, tmp_path / f"{name}.log"))
        return pods[-1]

    yield start_pod
    for pod in pods:
        if pod.process.poll() is None:
            os.killpg(pod.process.pid, signal.SIGKILL)
            pod.process.wait(30)


@pytest.fixture
def newsroom(services: Services) -> dict[str, str]:
    """Puts the demonstration's stories on the store; returns the header of a token that may ask for pages."""
    edition = stories(datetime.now(UTC))
    services.site_records.put(Site("courier", "The Harbour Courier"))
    services.articles.put("courier", articles(edition, "https://courier.example"))
    text, _ = services.access.create("courier", [Scope.RENDER])
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize("name", WEB_NAMES)
def test_a_web_container_answers_its_probes_and_ends_with_0(start: Start, wait_until: Wait, name: str) -> None:
    pod = start(name)
    wait_until(lambda: pod.call("GET", "/livez")[0] == 200, 100)
    status, ready = pod.call("GET", "/readyz")
    assert status == 200, ready
    assert pod.stop() == 0
    assert "Traceback" not in pod.said


def test_the_images_health_check_tells_a_well_server_from_none(start: Start, wait_until: Wait) -> None:
    (rest,) = [rest for word, rest in final_stage() if word == "HEALTHCHECK"]
    pod = start("image")
    check = [word.replace(f":{IMAGE_PORT}/", f":{pod.port}/") for word in json.loads(rest[rest.index("[") :])]

    def healthy() -> bool:
        return subprocess.run(check, env={"PATH": PATH}, capture_output=True, timeout=30).returncode == 0

    wait_until(healthy, 100)
    assert pod.stop() == 0
    assert not healthy()


def test_the_worker_runs_until_sigterm_and_ends_with_0(start: Start, wait_until: Wait) -> None:
    pod = start("worker")
    wait_until(lambda: "The worker runs" in pod.said, 100)
    assert alive(pod.process.pid)
    assert pod.stop() == 0
    assert "Traceback" not in pod.said


def test_what_the_nightly_training_made_is_served_without_a_restart(
    start: Start, newsroom: dict[str, str], wait_until: Wait
) -> None:
    web, worker = start("web"), start("worker")
    asked = {"site": "courier", "widgets": [{"id": "must-read", "kind": "must-read", "size": 5}]}

    def version() -> str:
        status, page = web.call("POST", "/v1/page", asked, **newsroom, **{"Content-Type": "application/json"})
        assert status == 200, page
        assert len(page["widgets"]["must-read"]["items"]) == 5
        return str(page["model"]["version"])

    wait_until(lambda: web.call("GET", "/livez")[0] == 200, 100)
    before = version()
    training = start("retrain")
    assert training.process.wait(100) == 0, training.said
    (bundle,) = (Path(training.command.env["STANDFIRST_BUNDLE_DIR"]) / "courier").iterdir()
    assert bundle.name != before
    wait_until(lambda: {version() for _ in range(8)} == {bundle.name})  # in every worker process
    assert (web.stop(), worker.stop()) == (0, 0)
    assert "Traceback" not in web.said + worker.said


def test_the_training_of_an_unknown_site_fails_aloud(start: Start) -> None:
    training = start("retrain")
    assert training.process.wait(100) == 1
    assert "courier" in training.said
    assert "Traceback" not in training.said
