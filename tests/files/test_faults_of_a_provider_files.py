"""Faults of a provider's environment in a scenario: tables and lists, and where they may reach."""

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.faults.kinds import KINDS
from harness.feasibility.lacking import elsewhere
from harness.files.load import Loaded, load
from harness.known import KNOWN
from harness.model.scenario import FaultPlan
from tests.files.small_rehearsal import Rehearsal

HEAD = "- {kind: site_down, site: north, at: 2m, for: 4m, runbook: site_down.md}"
HTTP = """\
- kind: http
        where: north
        inject: {url: 'http://127.0.0.1:8080/fail', body: '{"ttl_s": ${LEASE_S}}', expect: [202]}
        heal: {url: 'http://127.0.0.1:8080/fail', method: DELETE}
        proof: {site: north, is: refused}
        at: 2m
        for: 4m
        runbook: site_down.md"""


def loaded(rehearsal: Rehearsal, fault: str) -> Loaded:
    """Return the rehearsal with *fault* in the place of its first one."""
    path = rehearsal.folder / "small.yaml"
    text = path.read_text()
    assert HEAD in text
    path.write_text(text.replace(HEAD, fault))
    return load(path, known=KNOWN)


def test_a_fault_is_read_with_its_tables(rehearsal: Rehearsal):
    """Kept as JSON for the kind, and as written for whoever repeats the run."""
    fault = loaded(rehearsal, HTTP).scenario.phase("site-loss").faults[0]

    assert fault.place == "north"
    assert '"expect": ["202"]' in str(fault.asked["inject"])
    assert fault.written["proof"] == {"site": "north", "is": "refused"}


CHAOS = """\
- kind: chaostoolkit
        where: north
        experiment: stop.json
        python: PYTHON
        at: 2m
        for: 4m
        runbook: site_down.md"""


def chaos(rehearsal: Rehearsal, experiment: str) -> FaultPlan:
    """Return the fault that *experiment* is made, by an interpreter that lacks nothing."""
    rehearsal.write("stop.json", experiment)
    python = rehearsal.folder / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o700)
    fault = CHAOS.replace("PYTHON", str(python))
    return loaded(rehearsal, fault).scenario.phase("site-loss").faults[0]


def test_an_experiment_is_kept_as_it_was_checked(rehearsal: Rehearsal):
    """What was armed and approved is what breaks: the file may be another one by then, or gone."""
    activity = {"name": "stop", "provider": {"type": "process", "path": "stop"}}
    text = json.dumps({"method": [activity], "rollbacks": [activity]})
    fault = chaos(rehearsal, text)
    (rehearsal.folder / "stop.json").unlink()
    inject, undo = KINDS["chaostoolkit"].steps(fault.asked)  # type: ignore[attr-defined]

    assert fault.asked["experiment"] == text
    assert fault.written["experiment"] == "stop.json"
    assert len(inject) == len(undo) == 1


@pytest.mark.parametrize("text", ["{" + " " * 100_000, "\udcff"], ids=["too large", "no text"])
def test_a_file_that_cannot_be_kept_is_told(rehearsal: Rehearsal, text: str):
    """The record holds it, and has a last page that must not be full."""
    rehearsal.write("stop.json", "")
    (rehearsal.folder / "stop.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UsageError, match=r"stop\.json"):
        loaded(rehearsal, CHAOS)


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ("inject: {url", "inject: {uri", "unknown key 'uri'"),
        ("heal: {url: 'http://127.0.0.1:8080/fail', method: DELETE}", "heal: undo", "heal: undo"),
        ("is: refused", "is: dead", "is: one of"),
        ("proof: {site: north", "proof: {site: nroth", "did you mean 'north'?"),
        (
            "proof: {site: north, is: refused}",
            "healed: {metric: cc_site_up, source: egde, below: 1}",
            "did you mean 'edge'?",
        ),
        ("where: north\n", "were: north\n", "did you mean 'where'?"),
        ("for: 4m", "for: 20m", "an end within its phase"),
        ("kind: http", "kind: htp", "did you mean 'http'?"),
        ("at: 2m", "at: 7m", "while http holds"),
    ],
)
def test_what_is_wrong_is_named_before_the_start(
    rehearsal: Rehearsal, was: str, now: str, named: str
):
    """With the line and what would be right."""
    assert was in HTTP
    with pytest.raises(UsageError) as error:
        loaded(rehearsal, HTTP.replace(was, now))

    assert named in str(error.value)


def test_a_line_is_not_misrouted_to_its_own_queue(rehearsal: Rehearsal):
    """It would be proven, and nothing would be wrong."""
    fault = """\
- {kind: misrouted_line, line: "+441632960101", queue: billing, at: 2m, for: 4m,
             runbook: site_down.md}"""
    with pytest.raises(UsageError) as error:
        loaded(rehearsal, fault)
    path = rehearsal.folder / "small.yaml"
    path.write_text(path.read_text().replace("queue: billing", "queue: support"))
    load(path, known=KNOWN)

    assert "billing, which +441632960101 reaches anyway" in str(error.value)


EXTERNAL = """
      - {kind: external, break: a, mend: b, where: %s, at: %s, for: 3m, runbook: site_down.md%s}"""


@pytest.mark.parametrize(
    ("later", "also", "refused"),
    [
        ("4m", "", True),
        ("5m", "", False),
        ("4m", ", confirm: request, port: 18600", False),
    ],
)
def test_two_faults_do_not_wait_for_one_key(
    rehearsal: Rehearsal, later: str, also: str, *, refused: bool
):
    """One press of it could mean either."""
    fault = (EXTERNAL % ("north", "2m", "") + EXTERNAL % ("south", later, also)).lstrip()
    if not refused:
        loaded(rehearsal, fault)
        return
    with pytest.raises(UsageError) as error:
        loaded(rehearsal, fault)

    assert "both take the Enter key" in " ".join(str(error.value).split())


def test_no_fault_reaches_beyond_this_machine(rehearsal: Rehearsal):
    """The guard's rule holds for what breaks a provider more than for what calls it."""
    far = HTTP.replace("url: 'http://127.0.0.1:8080/fail', m", "url: 'https://api.example/f', m")
    plan = loaded(rehearsal, far)
    found = list(elsewhere(plan.scenario, plan.target))

    assert [problem.found for problem in found] == ["https://api.example/f"]
    assert Path(found[0].where.partition(":")[0]) == rehearsal.folder / "small.yaml"
