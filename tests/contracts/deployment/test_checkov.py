"""checkov, from an environment of its own, finds nothing in the image and the pods that is not accounted for."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import skip_or_fail
from tests.contracts.deployment.pod_commands import BASE, DEV, DOCKERFILE, PROD, ROOT, kubectl_path

pytestmark = pytest.mark.slow

HOME = ROOT / ".venv-checkov"
# It must neither ask for updates nor send anything anywhere: a call to the outside leads to a port of nobody.
QUIET = {"SKIP_PACKAGE_UPDATE_CHECK": "1", "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}


@pytest.fixture(scope="module")
def checkov() -> Path:
    if not (HOME / "done.stamp").is_file():
        skip_or_fail("checkov", "checkov is not installed here, `make check-pods` does it: its rules stay unchecked")
    return HOME / "bin" / "checkov"


def kustomized(folder: Path, home: Path) -> Path:
    """Returns the file of all that a folder builds, in a namespace as whoever applies the base names one."""
    kubectl = kubectl_path()
    if kubectl is None:
        skip_or_fail("kubectl", "kubectl is not installed here: the deployment's files stay unchecked")
    words = ["resources:", f"  - {os.path.relpath(folder, home)}", *(["namespace: news"] if folder == BASE else [])]
    (home / "kustomization.yaml").write_text("\n".join(words))
    done = subprocess.run([str(kubectl), "kustomize", str(home)], capture_output=True, text=True, check=True)
    built = home / "built.yaml"
    built.write_text(done.stdout)
    return built


def scan(checkov: Path, file: Path, framework: str, home: Path) -> dict[str, Any]:
    words = ["--file", file.name, "--framework", framework, "--output", "json", "--skip-download"]
    env = {"PATH": f"{checkov.parent}:/usr/bin:/bin", "HOME": str(home), **QUIET}
    done = subprocess.run([str(checkov), *words], cwd=file.parent, env=env, capture_output=True, text=True, timeout=100)
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))


def failures(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["check_id"], each["resource"]) for each in found["results"]["failed_checks"]]


@pytest.mark.parametrize("folder", [BASE, DEV, PROD], ids=["base", "dev", "prod"])
def test_pods_keep_every_rule_or_say_beside_the_manifest_why_not(checkov: Path, folder: Path, tmp_path: Path) -> None:
    found = scan(checkov, kustomized(folder, tmp_path), "kubernetes", tmp_path)

    assert failures(found) == []
    assert found["summary"]["parsing_errors"] == 0
    assert found["summary"]["passed"] > 200
    skipped = found["results"]["skipped_checks"]
    assert 0 < len(skipped) < 20
    assert all(len(each["check_result"]["suppress_comment"].split()) > 5 for each in skipped)


def test_the_image_keeps_every_rule(checkov: Path, tmp_path: Path) -> None:
    copied = tmp_path / "Dockerfile"
    copied.write_text(DOCKERFILE.read_text())

    found = scan(checkov, copied, "dockerfile", tmp_path)

    assert failures(found) == []
    assert found["summary"]["passed"] > 20
    assert found["results"]["skipped_checks"] == []


def test_a_pod_with_a_right_too_many_would_be_found(checkov: Path, tmp_path: Path) -> None:
    built = kustomized(PROD, tmp_path)
    built.write_text(built.read_text().replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", 1))

    found = scan(checkov, built, "kubernetes", tmp_path)

    assert failures(found) == [("CKV_K8S_22", "Deployment.standfirst.standfirst-web")]
