"""What the image and the pods of k8s/base promise: sound files, and commands and settings that exist."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from service import gunicorn_conf
from service.config import Config, load_config
from tests.conftest import skip_or_fail
from tests.contracts.deployment.pod_commands import (
    BASE,
    DOCKERFILE,
    IMAGE_HOST,
    IMAGE_PORT,
    ROOT,
    Manifest,
    PodCommand,
    built_manifests,
    containers,
    final_stage,
    image_environment,
    image_instructions,
    image_words,
    kubectl_path,
    of_kind,
    pod_commands,
    pods,
    program_path,
    settings_of,
)

SECRETS = {"STANDFIRST_REDIS_URL": "redis://127.0.0.1:6379/0", "STANDFIRST_SECRET_KEY": "s" * 32}
NOT_SETTINGS = {"STANDFIRST_SITE"}  # for the nightly training's words, not for the service


def needed(path: str | None, program: str) -> str:
    if path is None:
        skip_or_fail(program, f"{program} is not installed here: the deployment's files stay unchecked")
    return str(path)


@pytest.fixture(scope="module")
def manifests() -> tuple[Manifest, ...]:
    return built_manifests(needed(kubectl_path(), "kubectl"))


@pytest.fixture(scope="module")
def commands() -> list[PodCommand]:
    needed(kubectl_path(), "kubectl")
    return pod_commands(SECRETS)


def probes(container: Manifest) -> dict[str, Any]:
    return {name: container[name]["httpGet"] for name in container if name.endswith("Probe")}


def project() -> dict[str, Any]:
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"])


# The image


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = needed(program_path("hadolint"), "hadolint")

    done = subprocess.run([hadolint, str(DOCKERFILE)], capture_output=True, text=True, timeout=100)

    assert (done.returncode, done.stdout) == (0, "")


def test_the_final_stage_installs_nothing_and_takes_only_the_environment_from_the_builder() -> None:
    stage = final_stage()

    assert [rest for word, rest in stage if word in ("COPY", "ADD")] == [
        "--from=builder /opt/standfirst /opt/standfirst"
    ]
    assert not [rest for word, rest in stage if word == "RUN" and re.search(r"\b(pip|apt|apt-get|gcc)\b", rest)]


def test_everything_the_image_installs_from_outside_is_checked_against_the_lock() -> None:
    installs = [part for word, rest in image_instructions() if word == "RUN" for part in rest.split("&&")]
    from_outside = [part for part in installs if " install " in part and "pip" in part and "--no-index" not in part]

    assert len(from_outside) == 2
    assert all("--require-hashes" in part for part in from_outside)


def test_the_image_can_export_events() -> None:
    wanted = {re.split(r"[><=]", each)[0] for each in project()["optional-dependencies"]["export"]}
    locked = {line.partition("==")[0] for line in (ROOT / "requirements" / "runtime.txt").read_text().splitlines()}

    assert wanted <= locked


def test_the_worker_alone_reads_the_credentials_of_an_export_which_may_be_missing(
    manifests: tuple[Manifest, ...],
) -> None:
    example = yaml.safe_load((BASE / "export-secret.example.yaml").read_text())
    asking = {
        (container["name"], source["secretRef"]["name"], source["secretRef"]["optional"])
        for _, container in containers(manifests)
        for source in container.get("envFrom", [])
        if "secretRef" in source
    }

    assert asking == {("worker", example["metadata"]["name"], True)}
    assert not {name for name in example["stringData"] if name.startswith("STANDFIRST_")}


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copies = [rest.split() for word, rest in image_instructions() if word == "COPY" and "--from" not in rest]
    sources = [source for words in copies for source in words[:-1]]

    assert "pyproject.toml" in sources
    assert not [source for source in sources if not (ROOT / source).exists()]
    assert not [source for source in sources if PurePosixPath(source).parts[0] not in kept]


def test_the_image_copies_every_folder_that_the_wheel_is_made_of() -> None:
    packaging = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    copied = {word for name, rest in image_instructions() if name == "COPY" for word in rest.split()[:-1]}
    packages = {name for name in packaging["include"] if "*" not in name}
    homes = {name: next(where for where in packaging["where"] if (ROOT / where / name).is_dir()) for name in packages}

    assert {name if where == "." else where for name, where in homes.items()} <= copied


def test_image_tag_and_label_carry_the_projects_version(manifests: tuple[Manifest, ...]) -> None:
    version = project()["version"]
    images = {container["image"] for _, container in containers(manifests)}

    assert ("ARG", f"VERSION={version}") in final_stage()
    assert images == {f"standfirst:{version}"}


# The manifests


def test_kustomize_builds_every_part_and_names_no_namespace(manifests: tuple[Manifest, ...]) -> None:
    kinds = sorted(document["kind"] for document in manifests)

    assert kinds == [
        "ConfigMap",
        "CronJob",
        "Deployment",
        "Deployment",
        "NetworkPolicy",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Service",
    ]
    assert not [document for document in manifests if "namespace" in document["metadata"]]


def test_pods_run_as_the_images_own_user_who_is_not_root(manifests: tuple[Manifest, ...]) -> None:
    user = next(rest for word, rest in final_stage() if word == "USER")

    for name, pod in pods(manifests):
        context = pod["securityContext"]
        assert f"{context['runAsUser']}:{context['runAsGroup']}" == user == "10001:10001", name
        assert context["runAsNonRoot"] is True, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name


def test_every_folder_the_service_writes_to_is_on_a_volume(manifests: tuple[Manifest, ...]) -> None:
    settings = next(iter(settings_of(manifests).values()))
    written = [settings["STANDFIRST_DATA_DIR"], "/tmp"]

    for pod, container in containers(manifests):
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in container["volumeMounts"]}
        assert not [path for path in written if not any(Path(path).is_relative_to(mount) for mount in mounts)]
        assert "persistentVolumeClaim" in mounts[settings["STANDFIRST_BUNDLE_DIR"]], container["name"]


def test_the_image_brings_what_is_compiled_for_the_processor_that_its_pods_compile_for() -> None:
    before = image_instructions()[: -len(final_stage())]
    target = f"NUMBA_CPU_NAME={image_environment()['NUMBA_CPU_NAME']}"
    compiles = next(place for place, (word, rest) in enumerate(before) if word == "RUN" and "warm_up()" in rest)
    assert before.index(("ENV", target)) < compiles, "compiled for another processor it would be compiled anew"
    assert max(place for place, (_, rest) in enumerate(before) if "wheels/*.whl" in rest) < compiles
    call = re.search(r"-c '([^']+)'", before[compiles][1])
    assert call is not None
    assert f"COMPILE := {call[1]}\n" in (ROOT / "Makefile").read_text(), "the checkout compiles the same"
    assert "NUMBA_CACHE_DIR" not in image_environment(), "a folder that pods write to is no place for code"


def test_index_generations_and_the_journal_are_each_pods_own(manifests: tuple[Manifest, ...]) -> None:
    web = dict(pods(manifests))["standfirst-web"]
    own = {volume["name"] for volume in web["volumes"] if "sizeLimit" in volume.get("emptyDir", {})}

    assert own == {"state", "journal", "tmp"}


def test_training_and_serving_share_one_claim_that_many_may_write(manifests: tuple[Manifest, ...]) -> None:
    (claim,) = of_kind(manifests, "PersistentVolumeClaim").values()
    used = {
        volume["persistentVolumeClaim"]["claimName"]
        for _, pod in pods(manifests)
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }

    assert used == {claim["metadata"]["name"]}
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_every_setting_of_the_pods_and_the_image_is_one_the_service_knows(manifests: tuple[Manifest, ...]) -> None:
    known = {f"STANDFIRST_{name.upper()}" for name in Config.model_fields} | NOT_SETTINGS
    settings = next(iter(settings_of(manifests).values()))
    own = {name for name in image_environment() if name.startswith("STANDFIRST_")}

    assert {*settings, *own, *SECRETS} <= known


def test_the_pods_settings_are_accepted_by_the_service(
    commands: list[PodCommand], monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in commands[1:]:
        with monkeypatch.context() as patched:
            for name, value in command.env.items():
                patched.setenv(name, value)
            config = load_config()
        assert str(config.bundles) == "/var/lib/standfirst/bundles", command.name
        assert config.redis_url == SECRETS["STANDFIRST_REDIS_URL"], command.name


def test_the_example_secret_has_the_keys_that_pods_read_and_is_not_applied_with_them(
    manifests: tuple[Manifest, ...],
) -> None:
    example = yaml.safe_load((BASE / "secret.example.yaml").read_text())
    references = [
        variable["valueFrom"]["secretKeyRef"]
        for _, container in containers(manifests)
        for variable in container["env"]
        if "valueFrom" in variable
    ]

    assert not of_kind(manifests, "Secret")
    assert {reference["name"] for reference in references} == {example["metadata"]["name"]}
    assert {reference["key"] for reference in references} == set(example["stringData"]) == set(SECRETS)


def test_the_web_pod_is_probed_on_the_port_that_it_serves(manifests: tuple[Manifest, ...]) -> None:
    web = next(container for _, container in containers(manifests) if container["name"] == "web")
    paths = {name: probe["path"] for name, probe in probes(web).items()}

    assert paths == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    assert {probe["port"] for probe in probes(web).values()} == {"http"}
    assert [(port["name"], str(port["containerPort"])) for port in web["ports"]] == [("http", IMAGE_PORT)]
    assert web["args"] == list(image_words("CMD"))


def test_the_images_health_check_asks_the_port_that_it_serves_and_exposes() -> None:
    check = next(rest for word, rest in final_stage() if word == "HEALTHCHECK")

    assert f"http://127.0.0.1:{IMAGE_PORT}/livez" in check
    assert ("EXPOSE", IMAGE_PORT) in final_stage()
    assert image_words("CMD")[1:] == ("--host", IMAGE_HOST, "--port", IMAGE_PORT)


def test_service_and_disruption_budget_choose_the_web_pods_alone(manifests: tuple[Manifest, ...]) -> None:
    chosen = {
        "Service": of_kind(manifests, "Service")["standfirst"]["spec"]["selector"],
        "PodDisruptionBudget": of_kind(manifests, "PodDisruptionBudget")["standfirst-web"]["spec"]["selector"][
            "matchLabels"
        ],
    }
    labels = {
        name: each["spec"]["template"]["metadata"]["labels"] for name, each in of_kind(manifests, "Deployment").items()
    }

    for kind, selector in chosen.items():
        matched = [name for name, own in labels.items() if selector.items() <= own.items()]
        assert matched == ["standfirst-web"], kind


def test_a_stopping_web_pod_has_time_to_finish_its_requests(manifests: tuple[Manifest, ...]) -> None:
    pod = dict(pods(manifests))["standfirst-web"]
    wait_s = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert wait_s > 0
    assert wait_s + gunicorn_conf.graceful_timeout < pod["terminationGracePeriodSeconds"]


def test_two_trainings_never_run_at_once_nor_two_workers(manifests: tuple[Manifest, ...]) -> None:
    worker = of_kind(manifests, "Deployment")["standfirst-worker"]

    assert of_kind(manifests, "CronJob")["standfirst-retrain"]["spec"]["concurrencyPolicy"] == "Forbid"
    assert (worker["spec"]["replicas"], worker["spec"]["strategy"]) == (1, {"type": "Recreate"})


# The commands


def test_the_commands_are_those_of_image_web_worker_and_training(commands: list[PodCommand]) -> None:
    serve = ("standfirst", "serve", "--host", "0.0.0.0", "--port", "8000")  # noqa: S104

    assert sorted((command.name, command.argv) for command in commands) == [
        ("image", serve),
        ("retrain", ("standfirst", "models", "train", "--site", "courier")),
        ("web", serve),
        ("worker", ("standfirst", "worker")),
    ]


@pytest.mark.parametrize("name", ["image", "web", "worker", "retrain"])
def test_the_command_line_knows_every_word_of_a_pods_command(commands: list[PodCommand], name: str) -> None:
    command = next(each for each in commands if each.name == name)
    program = needed(program_path(command.argv[0]), command.argv[0])

    done = subprocess.run([program, *command.argv[1:], "--help"], capture_output=True, text=True, timeout=100)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


def test_a_moved_command_keeps_its_words_but_for_host_port_and_folders(commands: list[PodCommand]) -> None:
    web = next(each for each in commands if each.name == "web").moved(Path("/elsewhere"), 4711)

    assert web.argv == ("standfirst", "serve", "--host", "127.0.0.1", "--port", "4711")
    assert web.env["STANDFIRST_BUNDLE_DIR"] == "/elsewhere/var/lib/standfirst/bundles"
    assert web.env["STANDFIRST_REDIS_URL"] == SECRETS["STANDFIRST_REDIS_URL"]
