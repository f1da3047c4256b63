"""What k8s/overlays promise: dev brings a store that keeps what it is told, prod lets nothing in or out unasked."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis as redis_client

from service.adapters.redis.connection import close, connect
from service.config import load_config
from tests.conftest import skip_or_fail
from tests.contracts.deployment.pod_commands import (
    DEV,
    PROD,
    Manifest,
    built_manifests,
    kubectl_path,
    of_kind,
    pods,
    settings_of,
)
from tests.docs.facts import routes

Manifests = tuple[Manifest, ...]

NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
INSIDE = {"/livez", "/readyz", "/metrics", "/openapi.json", "/docs"}
"""Open to all, but no business of readers' browsers."""


def built(folder: Path) -> Manifests:
    kubectl = kubectl_path()
    if kubectl is None:
        skip_or_fail("kubectl", "kubectl is not installed here: the overlays stay unchecked")
    return built_manifests(str(kubectl), folder)


@pytest.fixture(scope="module")
def dev() -> Manifests:
    return built(DEV)


@pytest.fixture(scope="module")
def prod() -> Manifests:
    return built(PROD)


def spec(manifests: Manifests, kind: str, name: str) -> dict[str, Any]:
    return dict(of_kind(manifests, kind)[name]["spec"])


@pytest.mark.parametrize("folder", [DEV, PROD])
def test_all_is_put_into_the_namespace_that_comes_with_it(folder: Path) -> None:
    manifests = built(folder)
    (namespace,) = of_kind(manifests, "Namespace")

    assert {each["metadata"].get("namespace") for each in manifests if each["kind"] != "Namespace"} == {namespace}


@pytest.mark.parametrize("folder", [DEV, PROD])
def test_the_overlays_settings_are_accepted_by_the_service(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings,) = settings_of(built(folder)).values()
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    config = load_config()
    assert config.bundles == Path("/var/lib/standfirst/bundles")
    assert config.export_url == ""


# dev: the store inside


def store_words(dev: Manifests) -> list[str]:
    (container,) = dict(pods(dev))["standfirst-store"]["containers"]
    return list(container["args"])


@contextmanager
def running_store(server: Path, dev: Manifests, folder: Path) -> Iterator[redis_client.Redis]:
    """The store of the manifest as a process here, on a socket and in `folder`; killed in the end."""
    moved = {"/data": str(folder), "6379": "0"}
    words = [moved.get(word, word) for word in store_words(dev)]
    process = subprocess.Popen([server, *words, "--unixsocket", str(folder / "s")], stdout=subprocess.DEVNULL)
    client = connect(f"unix://{folder}/s", 30_000)
    try:
        wait_for(client)
        yield client
    finally:
        close(client)
        process.kill()
        process.wait(30)


def wait_for(client: redis_client.Redis) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            client.ping()
            return
        except (redis_client.ConnectionError, redis_client.BusyLoadingError):
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.redis
def test_the_store_inside_never_evicts_and_keeps_what_was_written_when_killed(
    dev: Manifests, store_server: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("s")
    with running_store(store_server, dev, folder) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        client.set("kept", "yes")

    with running_store(store_server, dev, folder) as client:
        assert client.get("kept") == b"yes"


def test_the_store_inside_writes_to_a_claim_of_its_own(dev: Manifests) -> None:
    store = spec(dev, "StatefulSet", "standfirst-store")
    (container,) = store["template"]["spec"]["containers"]
    (claim,) = store["volumeClaimTemplates"]
    words = store_words(dev)

    assert container["volumeMounts"] == [{"name": claim["metadata"]["name"], "mountPath": "/data"}]
    assert words[words.index("--dir") + 1] == "/data"


def test_the_store_refuses_writes_before_the_kernel_ends_it(dev: Manifests) -> None:
    (container,) = dict(pods(dev))["standfirst-store"]["containers"]
    words = store_words(dev)

    assert words[words.index("--maxmemory") + 1] == "512mb"
    assert container["resources"]["limits"]["memory"] == "1Gi"


def test_dev_names_the_store_that_it_brings(dev: Manifests) -> None:
    (secret,) = of_kind(dev, "Secret").values()
    (container,) = dict(pods(dev))["standfirst-store"]["containers"]
    service = spec(dev, "Service", "standfirst-store")
    labels = spec(dev, "StatefulSet", "standfirst-store")["template"]["metadata"]["labels"]

    # kustomize writes the values in base64: "redis://standfirst-store:6379/0", and nothing.
    assert secret["data"] == {
        "STANDFIRST_REDIS_URL": "cmVkaXM6Ly9zdGFuZGZpcnN0LXN0b3JlOjYzNzkvMA==",
        "STANDFIRST_SECRET_KEY": "",
    }
    assert service["selector"].items() <= labels.items()
    assert [port["port"] for port in service["ports"]] == [6379]
    assert container["ports"] == [{"name": "redis", "containerPort": 6379}]


def test_our_pods_alone_reach_the_store_and_it_calls_nobody(dev: Manifests) -> None:
    policy = spec(dev, "NetworkPolicy", "standfirst-store")
    templates = {
        name: spec(dev, kind, name)["template"]["metadata"]["labels"]
        for kind, name in (
            ("Deployment", "standfirst-web"),
            ("Deployment", "standfirst-worker"),
            ("StatefulSet", "standfirst-store"),
        )
    }
    retrain = spec(dev, "CronJob", "standfirst-retrain")["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    (rule,) = policy["ingress"]
    (caller,) = rule["from"]

    assert policy["podSelector"]["matchLabels"].items() <= templates["standfirst-store"].items()
    assert (sorted(policy["policyTypes"]), policy.get("egress", [])) == (["Egress", "Ingress"], [])
    assert rule["ports"] == [{"port": 6379}]
    assert caller["podSelector"]["matchLabels"] == {NAME: "standfirst"}
    assert {retrain[NAME], *(templates[name][NAME] for name in ("standfirst-web", "standfirst-worker"))} == {
        "standfirst"
    }
    assert templates["standfirst-store"][NAME] != "standfirst"


def test_dev_runs_one_web_pod_on_storage_that_any_laptop_has(dev: Manifests) -> None:
    assert spec(dev, "Deployment", "standfirst-web")["replicas"] == 1
    assert spec(dev, "PersistentVolumeClaim", "standfirst-bundles")["accessModes"] == ["ReadWriteOnce"]


# prod: the store outside


def test_prod_brings_neither_a_store_nor_a_secret(prod: Manifests) -> None:
    assert not of_kind(prod, "StatefulSet")
    assert not of_kind(prod, "Secret")


def test_three_web_pods_at_least_and_their_number_is_the_autoscalers_alone(prod: Manifests) -> None:
    scaler = spec(prod, "HorizontalPodAutoscaler", "standfirst-web")
    web = spec(prod, "Deployment", "standfirst-web")
    (metric,) = scaler["metrics"]

    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "standfirst-web"}
    assert 3 == scaler["minReplicas"] < scaler["maxReplicas"]
    assert metric["resource"]["name"] == "cpu"
    assert web["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"]
    assert "replicas" not in web


def test_web_pods_are_spread_over_nodes_strictly_and_over_zones_where_possible(prod: Manifests) -> None:
    web = spec(prod, "Deployment", "standfirst-web")["template"]
    spread = web["spec"]["topologySpreadConstraints"]

    assert [(each["topologyKey"], each["whenUnsatisfiable"]) for each in spread] == [
        ("kubernetes.io/hostname", "DoNotSchedule"),
        ("topology.kubernetes.io/zone", "ScheduleAnyway"),
    ]
    assert all(each["labelSelector"]["matchLabels"].items() <= web["metadata"]["labels"].items() for each in spread)


def test_at_most_one_web_pod_is_taken_away_at_once(prod: Manifests) -> None:
    assert spec(prod, "PodDisruptionBudget", "standfirst-web")["maxUnavailable"] == 1


def test_the_public_address_is_the_ingresss_host_with_tls(prod: Manifests) -> None:
    (settings,) = settings_of(prod).values()
    ingress = spec(prod, "Ingress", "standfirst")
    address = urlsplit(settings["STANDFIRST_PUBLIC_URL"])

    assert address.scheme == "https"
    assert [rule["host"] for rule in ingress["rules"]] == [address.hostname]
    assert [each["hosts"] for each in ingress["tls"]] == [[address.hostname]]


def test_readers_browsers_reach_what_is_theirs_and_nothing_else(prod: Manifests) -> None:
    (rule,) = spec(prod, "Ingress", "standfirst")["rules"]
    paths = rule["http"]["paths"]
    theirs: set[str] = set()
    others: set[str] = set()
    for route, (scope, *_) in routes().items():
        path = route.split()[1]
        is_theirs = ("browsers" in scope or scope == "open") and path not in INSIDE
        (theirs if is_theirs else others).add(path)

    assert not [path for path in theirs if not any(leads(each, path) for each in paths)]
    assert not [path for path in others if any(leads(each, path) for each in paths)]
    assert {each["backend"]["service"]["name"] for each in paths} == {"standfirst"}


def leads(path: Manifest, asked: str) -> bool:
    """Returns whether an Ingress's path takes an address: as it stands, or by whole parts from the left."""
    if path["pathType"] == "Exact":
        return bool(path["path"] == asked)
    return f"{asked}/".startswith(f"{path['path']}/")


def test_nothing_goes_in_or_out_of_the_namespace_unasked(prod: Manifests) -> None:
    policy = spec(prod, "NetworkPolicy", "standfirst-deny-all")

    assert policy == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_only_namespaces_with_the_label_may_call_and_only_the_web_pods(prod: Manifests) -> None:
    incoming = {
        name: policy["spec"]["ingress"]
        for name, policy in of_kind(prod, "NetworkPolicy").items()
        if policy["spec"].get("ingress")
    }
    allowed = {"namespaceSelector": {"matchLabels": {"standfirst/may-call": "yes"}}}

    assert incoming == {"standfirst-web": [{"from": [allowed], "ports": [{"port": 8000}]}]}
    assert spec(prod, "NetworkPolicy", "standfirst-web")["podSelector"]["matchLabels"][COMPONENT] == "web"


def test_every_pod_may_ask_for_names_and_the_store_and_the_worker_alone_for_feeds(prod: Manifests) -> None:
    outgoing = {
        name: policy["spec"] for name, policy in of_kind(prod, "NetworkPolicy").items() if policy["spec"].get("egress")
    }
    names, store = outgoing["standfirst-store"]["egress"]
    (feeds,) = outgoing["standfirst-feeds"]["egress"]

    assert set(outgoing) == {"standfirst-store", "standfirst-feeds"}
    assert outgoing["standfirst-store"]["podSelector"] == {"matchLabels": {NAME: "standfirst"}}
    assert outgoing["standfirst-feeds"]["podSelector"]["matchLabels"][COMPONENT] == "worker"
    assert names["ports"] == [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    assert (store["ports"], feeds["ports"]) == ([{"port": 6379}], [{"port": 80}, {"port": 443}])


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.0.0.1", "fd00::1", "::1"]
)
def test_no_feed_leads_the_worker_to_an_inner_address(prod: Manifests, address: str) -> None:
    assert not reaches(prod, address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_feeds_out_in_the_world_are_reached(prod: Manifests, address: str) -> None:
    assert reaches(prod, address)


def reaches(prod: Manifests, address: str) -> bool:
    """Returns whether the worker's policy on feeds lets it call the address."""
    (rule,) = spec(prod, "NetworkPolicy", "standfirst-feeds")["egress"]
    blocks = [each["ipBlock"] for each in rule["to"]]
    asked = ip_address(address)
    return any(
        asked in ip_network(block["cidr"]) and not any(asked in ip_network(each) for each in block["except"])
        for block in blocks
    )
