"""``locust -f scenarios/locustfile.py``: for people who know Locust, and no way round the guard."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.small_rehearsal import ROOT, Rehearsal, command, environment
from tests.kpi.judges import free_port

pytestmark = pytest.mark.e2e

SHORT = Rehearsal(("{name: peak, kind: steady, load: 100%, for: 1m}",))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Yield where a mock centre is that runs at speed 20, and a scenario it has the lines of."""
    folder = tmp_path_factory.mktemp("alone")
    scenario = SHORT.write(folder)
    process = subprocess.Popen(
        command("mock", folder / "target.yaml", "--scenario", scenario, "--speed", "20", "--json"),
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline()) | {"scenario": str(scenario)}
    finally:
        process.terminate()
        process.communicate(timeout=30)


def locust(at: dict[str, Any], *options: str) -> list[str]:
    """Return the command line of Locust with our file, on the centre *at*."""
    return [
        sys.executable, "-m", "locust", "-f", str(ROOT / "scenarios" / "locustfile.py"),
        "--scenario", at["scenario"], "--host", at["edge"], *options,
    ]  # fmt: skip


def credentials(at: dict[str, Any]) -> dict[str, str]:
    """Return the environment that ``harness mock`` tells to export."""
    own = {"CLIENT_ID": at["client_id"], "CLIENT_SECRET": at["client_secret"]}
    return {**environment(), **own}


def told(at: dict[str, Any], *options: str) -> tuple[int, str]:
    """Run Locust without a page; return its exit code and all it said."""
    done = subprocess.run(
        locust(at, "--headless", *options),
        cwd=ROOT, env=credentials(at), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@contextmanager
def page(at: dict[str, Any], port: int) -> Iterator[subprocess.Popen[str]]:
    """Run Locust with its page for the block."""
    process = subprocess.Popen(
        locust(at, "--web-port", str(port)),
        cwd=ROOT, env=credentials(at), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def get(url: str, **form: str) -> Any:
    """Return the JSON at *url*, posting *form* if there is one."""
    body = "&".join(f"{key}={value}" for key, value in form.items()).encode() if form else None
    with urllib.request.urlopen(url, body, timeout=5) as answer:
        return json.loads(answer.read())


def eventually(what: str, look: Any) -> Any:
    """Return what *look* finds once it finds anything."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"never seen: {what}")


def test_without_a_page_it_plays_the_schedule_to_its_end_and_points_to_the_verdict(
    centre: dict[str, Any],
):
    """The contacts of the scenario, not of --users: it is an open load."""
    code, said = told(centre, "--users", "5")
    calls = re.findall(r"place_call +(\d+) +0\(", said)
    aggregated = re.search(r"CALL +(billing|support) in peak: wait", said)

    assert code == 0, said
    assert calls, said
    assert int(calls[-1]) > 10
    assert aggregated
    assert "at the target's speed of 20" in said
    assert "the verdict comes from `harness run`" in said.lower()


@pytest.mark.nightly
def test_a_run_time_of_locusts_ends_it_early_and_politely(centre: dict[str, Any]):
    """-t is what people who know Locust use."""
    code, said = told(centre, "-t", "2s")

    assert code == 0, said
    assert "The schedule is over" not in said
    assert "hang_up" in said, "callers who were still there hung up"


def test_the_page_answers_on_this_machine_alone_and_keeps_to_its_target(centre: dict[str, Any]):
    """Whoever can open the page must not be able to send the load anywhere else."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with page(centre, port) as process:
        eventually("the page", lambda: get(f"{url}/stats/requests"))
        listening = Path(f"/proc/{process.pid}/net/tcp").read_text()
        get(f"{url}/swarm", user_count="1", spawn_rate="1", host="http://127.0.0.2:9")
        eventually("the refusal", lambda: get(f"{url}/stats/requests")["state"] == "stopped")
        refused = get(f"{url}/stats/requests")
        get(f"{url}/swarm", user_count="1", spawn_rate="1", host=centre["edge"])
        shown = eventually(
            "calls on the page",
            lambda: "place_call" in str(get(f"{url}/stats/requests")["stats"]),
        )

    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening
    assert "place_call" not in str(refused["stats"])
    assert shown


@pytest.mark.parametrize(
    ("host", "code", "why"),
    [
        ("http://192.0.2.1:80", 4, "E_NOT_LOOPBACK"),
        ("http://127.0.0.1:1", 4, "E_ATTEST_PROD"),
        ("", 2, "harness mock --speed 20"),
    ],
)
def test_the_guards_rules_hold_without_the_harness_too(
    centre: dict[str, Any], host: str, code: int, why: str
):
    """A load generator that anybody can point anywhere is a weapon."""
    ended, said = told(centre | {"edge": host}, "-t", "1s")

    assert (ended, why in said) == (code, True), said
    assert "Traceback" not in said


def test_a_scenario_with_a_mistake_is_told_as_check_tells_it(
    centre: dict[str, Any], tmp_path: Path
):
    """Line and all, and nothing is sent."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(Path(centre["scenario"]).read_text().replace("seed:", "sead:"))
    for name in ("sla.yaml", "target.yaml"):
        (tmp_path / name).symlink_to(Path(centre["scenario"]).parent / name)
    code, said = told(centre | {"scenario": str(wrong)}, "-t", "1s")

    assert code == 2
    assert "wrong.yaml:" in said
    assert "sead" in said
