"""What is shipped to be started together is sound: by its schema, by what it mounts, and by hand."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from tests.kpi.judges import free_port, needs

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
_DEADLINE_S = 30.0


def services() -> dict[str, dict]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_compose_s_own_schema_takes_it():
    """No container engine was at hand; its schema was."""
    told = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert told.returncode == 0, told.stdout + told.stderr
    assert "not run" in " ".join(COMPOSE.read_text().split()), "it has to say so"


def test_every_image_is_pinned_to_a_version():
    """What was tried together stays together."""
    images = [each["image"] for each in services().values() if "image" in each]

    assert len(images) >= 2
    assert all(re.search(r":v?\d+\.\d+\.\d+$", image) for image in images)


def test_everything_that_is_mounted_or_built_from_is_there():
    """A folder that is missing is made by the engine, empty and owned by root, or it is asked for."""
    volumes = [volume for each in services().values() for volume in each.get("volumes", ())]
    missing = [
        source
        for volume in volumes
        if isinstance(volume, str)
        for source in [volume.split(":")[0]]
        if source.startswith(".") and not (DEPLOY / source).exists()
    ]
    missing += [
        volume["source"]
        for volume in volumes
        if not isinstance(volume, str) and volume["bind"]["create_host_path"]
    ]
    builds = [each["build"] for each in services().values() if "build" in each]

    assert not missing
    assert builds
    assert all((DEPLOY / b["context"] / b["dockerfile"]).is_file() for b in builds)


def copied() -> list[tuple[str, str]]:
    """Return what the image copies, each with the place where it goes."""
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    words = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    return [(source, place) for *sources, place in words for source in sources]


def test_what_the_image_copies_can_be_installed(tmp_path: Path):
    """The wheel carries more than its packages: the build ends where a piece of that is missing."""
    for source, place in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(
                ROOT / source, tmp_path / place, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / source, tmp_path / place)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"]
    told = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    assert told.returncode == 0, told.stderr
    assert list((tmp_path / "dist").glob("*.whl"))


def test_what_is_kept_from_the_engine_is_nothing_that_the_image_copies():
    """A piece that is ignored is missing in the image, and no message says why."""
    ignored = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line[:1] not in ("#", "")
    ]

    assert {".git", ".venv", "runs"} <= set(ignored)
    assert not {source.split("/")[0] for source, _ in copied()} & set(ignored)


def test_nobody_else_on_the_network_can_reach_any_of_it():
    """A rehearsal is nobody's business, and Grafana stands open here."""
    ports = [port for each in services().values() for port in each.get("ports", ())]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_grafana_is_told_all_that_its_provisioning_asks_for():
    """A variable that is not set is an empty address."""
    asked = {
        name
        for path in (ROOT / "reports" / "grafana" / "provisioning").rglob("*.yml")
        for name in re.findall(r"\$\{(\w+)\}", path.read_text())
    }
    script = (DEPLOY / "watch.sh").read_text()

    assert asked
    assert asked <= services()["grafana"]["environment"].keys()
    assert all(f"{name}=" in script for name in asked)


def test_the_script_starts_prometheus_and_leaves_nothing_behind(tmp_path: Path):
    """The same without containers; this one is run."""
    needs("prometheus")
    port = free_port()
    home = tmp_path / "tmp"
    home.mkdir()
    process = subprocess.Popen(
        [DEPLOY / "watch.sh"],
        env={**os.environ, "PROMETHEUS_PORT": str(port), "TMPDIR": str(home)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        rules = _rules(f"http://127.0.0.1:{port}", process)
        process.send_signal(
            signal.SIGTERM
        )  # SIGINT may be ignored, and then a shell cannot trap it
        process.wait(_DEADLINE_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.stdout is not None
    said = process.stdout.read()

    assert rules == {"kpis", "alerts"}
    assert f"http://127.0.0.1:{port}" in said
    assert "--metrics-port 9464" in said
    assert process.returncode == 0
    assert not list(home.iterdir())
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2)


def _rules(url: str, process: subprocess.Popen[str]) -> set[str]:
    """Return the groups of rules that the server at *url* has, once it answers."""
    deadline = monotonic() + _DEADLINE_S
    while True:
        try:
            with urlopen(f"{url}/api/v1/rules", timeout=2) as answer:
                return {group["name"] for group in json.load(answer)["data"]["groups"]}
        except (URLError, OSError):
            assert process.poll() is None, "it ended by itself"
            assert monotonic() < deadline, "it was not ready in time"
            sleep(0.05)


def test_without_prometheus_the_script_says_what_to_install(tmp_path: Path):
    """Before it makes anything."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "mktemp", "rm"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    told = subprocess.run(
        ["/bin/sh", DEPLOY / "watch.sh"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
    )

    assert told.returncode == 2
    assert "apt install prometheus" in told.stderr
