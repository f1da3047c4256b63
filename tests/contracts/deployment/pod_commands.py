"""Reads from the Dockerfile and k8s the very commands that the image and the pods run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "Dockerfile"
BASE = ROOT / "k8s" / "base"
DEV = ROOT / "k8s" / "overlays" / "dev"
PROD = ROOT / "k8s" / "overlays" / "prod"
IMAGE_PORT = "8000"
IMAGE_HOST = "0.0.0.0"  # noqa: S104

Manifest = dict[str, Any]


@dataclass(frozen=True)
class PodCommand:
    """One process that a deployment starts: its name, its words and its environment."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]

    def moved(self, folder: Path, port: int, host: str = "127.0.0.1") -> PodCommand:
        """Returns the same command on another port, with its absolute folders below `folder`."""
        words = {IMAGE_PORT: str(port), IMAGE_HOST: host}
        env = {name: f"{folder}{value}" if value.startswith("/") else value for name, value in self.env.items()}
        return replace(self, argv=tuple(words.get(word, word) for word in self.argv), env=env)


def pod_commands(secrets: Mapping[str, str]) -> list[PodCommand]:
    """Returns the image's default command, then that of each container of k8s/base, as (name, argv, env).

    `secrets` gives the values of the Secret's keys; raises KeyError for one that a pod wants and it lacks. PATH is
    left to the caller. Needs kubectl.
    """
    manifests = built_manifests(kubectl_path() or "kubectl")
    image = PodCommand("image", (*image_words("ENTRYPOINT"), *image_words("CMD")), image_environment())
    return [image, *(_command(container, manifests, secrets) for _, container in containers(manifests))]


def program_path(name: str) -> str | None:
    """Returns where a program is, this environment's own first, or None."""
    own = Path(sys.executable).parent / name
    return str(own) if own.is_file() else shutil.which(name)


def kubectl_path() -> str | None:
    """Returns the kubectl of this environment, or None: one from elsewhere may be too old to build k8s/base."""
    own = Path(sys.executable).parent / "kubectl"
    return str(own) if own.is_file() else None


@cache
def built_manifests(kubectl: str, folder: Path = BASE) -> tuple[Manifest, ...]:
    """Returns the documents that `kubectl kustomize` makes of a folder. Raises CalledProcessError."""
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=True, timeout=100)
    return tuple(yaml.safe_load_all(done.stdout))


def image_instructions() -> list[tuple[str, str]]:
    """Returns the Dockerfile's instructions in order, as (word, rest), with continued lines joined."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(word, rest.strip()) for word, _, rest in pairs]


def final_stage() -> list[tuple[str, str]]:
    """Returns the instructions of the last stage, its FROM first."""
    instructions = image_instructions()
    start = max(index for index, (word, _) in enumerate(instructions) if word == "FROM")
    return instructions[start:]


def image_words(instruction: str) -> tuple[str, ...]:
    """Returns the words of the final stage's ENTRYPOINT or CMD, which are in JSON form."""
    return tuple(json.loads(next(rest for word, rest in final_stage() if word == instruction)))


def image_environment() -> dict[str, str]:
    """Returns the final stage's ENV without PATH."""
    words = [word for name, rest in final_stage() if name == "ENV" for word in shlex.split(rest)]
    return {name: value for name, _, value in (word.partition("=") for word in words) if name != "PATH"}


def pods(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, Manifest]]:
    """Yields each workload's name and its pod's specification."""
    for document in manifests:
        spec = document.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            yield document["metadata"]["name"], template["spec"]


def containers(manifests: tuple[Manifest, ...]) -> Iterator[tuple[Manifest, Manifest]]:
    """Yields each container with its pod's specification, (pod, container)."""
    for _, pod in pods(manifests):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield pod, container


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> dict[str, Manifest]:
    """Returns the documents of a kind by name."""
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}


def settings_of(manifests: tuple[Manifest, ...]) -> dict[str, dict[str, str]]:
    """Returns each ConfigMap's settings by its name."""
    return {each["metadata"]["name"]: each["data"] for each in manifests if each["kind"] == "ConfigMap"}


def _command(container: Manifest, manifests: tuple[Manifest, ...], secrets: Mapping[str, str]) -> PodCommand:
    env = image_environment()
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            env |= settings_of(manifests)[source["configMapRef"]["name"]]
    for variable in container.get("env", []):
        env[variable["name"]] = variable.get("value") or secrets[variable["valueFrom"]["secretKeyRef"]["key"]]
    entrypoint = container.get("command", image_words("ENTRYPOINT"))
    argv = tuple(_expanded(word, env) for word in (*entrypoint, *container["args"]))
    return PodCommand(container["name"], argv, env)


def _expanded(word: str, env: Mapping[str, str]) -> str:
    """Fills in `$(NAME)` as the kubelet does: an unknown name stays as it stands."""
    return re.sub(r"\$\((\w+)\)", lambda found: env.get(found[1], found[0]), word)
