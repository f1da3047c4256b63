"""What every document of k8s promises, in base and both overlays: valid, and no rights to spare."""

from __future__ import annotations

import copy

import kubernetes_validate
import pytest
import yaml

from tests.conftest import skip_or_fail
from tests.contracts.deployment.pod_commands import (
    BASE,
    DEV,
    PROD,
    ROOT,
    Manifest,
    built_manifests,
    containers,
    kubectl_path,
    of_kind,
    pods,
    settings_of,
)

NEWEST = int(kubernetes_validate.latest_version().split(".")[1])
# The three newest that are known here, and the oldest that k8s/base says it needs.
VERSIONS = [f"1.{minor}" for minor in (NEWEST, NEWEST - 1, NEWEST - 2, 30)]
BUILDS = {"base": BASE, "dev": DEV, "prod": PROD}


@pytest.fixture(scope="module", params=BUILDS)
def manifests(request: pytest.FixtureRequest) -> tuple[Manifest, ...]:
    """All that one folder builds."""
    kubectl = kubectl_path()
    if kubectl is None:
        skip_or_fail("kubectl", "kubectl is not installed here: the deployment's files stay unchecked")
    return built_manifests(str(kubectl), BUILDS[request.param])


@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_is_valid(manifests: tuple[Manifest, ...], version: str) -> None:
    example = yaml.safe_load((BASE / "secret.example.yaml").read_text())

    for document in [*manifests, example]:
        kubernetes_validate.validate(document, f"{version}.0", strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_misspelt_field_would_not_pass_the_validation(manifests: tuple[Manifest, ...], version: str) -> None:
    misspelt = copy.deepcopy(of_kind(manifests, "Service")["standfirst"])
    misspelt["spec"]["sellector"] = misspelt["spec"].pop("selector")

    with pytest.raises(kubernetes_validate.ValidationError, match="sellector"):
        kubernetes_validate.validate(misspelt, f"{version}.0", strict=True)


def test_the_oldest_version_that_is_checked_is_the_one_that_the_base_asks_for() -> None:
    assert f"Needs Kubernetes {VERSIONS[-1]} or newer" in (BASE / "kustomization.yaml").read_text()
    assert f"Kubernetes {VERSIONS[-1]}" in (ROOT / "docs" / "how-to" / "kubernetes.md").read_text()


def test_pods_get_no_service_links_and_no_cluster_token(manifests: tuple[Manifest, ...]) -> None:
    for name, pod in pods(manifests):
        assert pod["enableServiceLinks"] is False, name
        assert pod["automountServiceAccountToken"] is False, name


def test_pods_keep_to_the_rules_that_the_namespace_enforces(manifests: tuple[Manifest, ...]) -> None:
    for name, pod in pods(manifests):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 10_000, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name
    for namespace in of_kind(manifests, "Namespace").values():
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_containers_can_neither_gain_rights_nor_write_to_the_image(manifests: tuple[Manifest, ...]) -> None:
    for _, container in containers(manifests):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, container["name"]
        assert context["readOnlyRootFilesystem"] is True, container["name"]
        assert context["capabilities"] == {"drop": ["ALL"]}, container["name"]


def test_containers_say_what_they_need_and_may_take(manifests: tuple[Manifest, ...]) -> None:
    for _, container in containers(manifests):
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}, container["name"]
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}, container["name"]


def test_every_name_that_a_pod_asks_for_is_made_or_is_the_operators_secret(manifests: tuple[Manifest, ...]) -> None:
    made = {*settings_of(manifests), *of_kind(manifests, "Secret"), *of_kind(manifests, "PersistentVolumeClaim")}
    asked = set()
    for pod, container in containers(manifests):
        sources = [source for each in container.get("envFrom", []) for source in each.values()]
        asked |= {source["name"] for source in sources if not source.get("optional")}
        asked |= {each["valueFrom"]["secretKeyRef"]["name"] for each in container.get("env", []) if "valueFrom" in each}
        asked |= {each["persistentVolumeClaim"]["claimName"] for each in pod.get("volumes", []) if
                  "persistentVolumeClaim" in each}  # fmt: skip

    assert asked - made <= {"standfirst-secrets"}


def test_each_pod_has_a_policy_on_who_may_call_it(manifests: tuple[Manifest, ...]) -> None:
    covered = [each["spec"]["podSelector"] for each in of_kind(manifests, "NetworkPolicy").values()]
    templates = [each["spec"].get("jobTemplate", each)["spec"]["template"] for each in manifests if
                 each["kind"] in ("Deployment", "StatefulSet", "CronJob")]  # fmt: skip

    assert len(templates) >= 3
    for template in templates:
        labels = template["metadata"]["labels"]
        assert any(selector and chooses(selector, labels) for selector in covered), labels


def chooses(selector: Manifest, labels: dict[str, str]) -> bool:
    """Returns whether a pod with these labels is chosen; knows `In` alone among the expressions."""
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "In" for each in expressions)
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(each["key"]) in each["values"] for each in expressions
    )


def test_the_worker_publishes_index_generations_and_web_pods_take_them(manifests: tuple[Manifest, ...]) -> None:
    sharing = {
        container["name"]: each["value"]
        for _, container in containers(manifests)
        for each in container.get("env", [])
        if each["name"] == "STANDFIRST_INDEX_SHARING"
    }
    assert sharing == {"worker": "publish", "web": "take"}
