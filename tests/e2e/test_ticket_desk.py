"""A provider with an API of its own, from the first request to the verdict, and cleaned up after."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

import pytest

from harness.model.contact import StepKind, WriteOutcome
from harness.model.verdict import View
from harness.verdict.judge import judge
from tests.e2e.small_rehearsal import (
    DEADLINE_S,
    ROOT,
    command,
    environment,
    outcome,
    started,
)

pytestmark = pytest.mark.e2e
CAP = "requests_per_s: 50"
EXAMPLE = ROOT / "scenarios" / "examples" / "ticket_desk"


@contextmanager
def desk() -> Iterator[str]:
    """Serve the ticket desk and yield where it answers."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "scenarios.examples.ticket_desk", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split(" at ")[1].split(";")[0]
        finally:
            process.terminate()


@pytest.mark.early
def test_a_stranger_is_judged_end_to_end_and_cleaned_up_after(tmp_path: Path):
    """Integer ids, two calls for a ticket, polling, other metrics, a 204 that means no."""
    folder = tmp_path / "desk"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    with desk() as url:
        profile = folder / "desk.yaml"
        text = profile.read_text().replace("http://127.0.0.1:8099", url)
        assert CAP in text
        profile.write_text(text.replace(CAP, "requests_per_s: 500"))  # of which probes have a tenth
        with started(folder / "rehearsal.yaml", tmp_path) as process:
            stdout, stderr = process.communicate(timeout=DEADLINE_S)
        found = outcome(process.returncode, stdout, stderr, tmp_path)
        cleaned = subprocess.run(
            command("cleanup", found.folder),
            capture_output=True,
            text=True,
            env=environment(),
            timeout=DEADLINE_S,
        )

    assert found.exit_code in (0, 3), found.stderr
    with found.record() as record:
        verdict = judge(record, record.sla, about="")
        tickets = list(record.tickets())
    assert "calls left out, which it does not offer" in verdict.subject
    opened = [each for each in tickets if each.outcome is WriteOutcome.ACKNOWLEDGED]
    assert len(opened) > 40
    assert sum(each.replied_s is not None for each in opened) > 40, "news come by polling"
    again = [
        (each.priority, step.outcome)
        for each in opened
        for step in each.steps
        if step.kind is StepKind.REOPENED
    ]
    assert {outcome for priority, outcome in again if priority == "P4"} <= {WriteOutcome.REFUSED}
    assert WriteOutcome.ACKNOWLEDGED in {outcome for _, outcome in again}
    views = {(each.kpi, each.view): each for each in verdict.results}
    theirs = views["ticket_first_reply", View.PROVIDER]
    assert theirs.value is not None, "their milliseconds are our seconds"
    assert theirs.n > 30
    assert views["lost_updates", View.CALLERS].value == 0
    assert verdict.audit is not None
    assert (verdict.audit.sampled, verdict.audit.unreadable) == (0.2, 0), "a provider: a fifth"
    assert verdict.audit.compared == ceil(0.2 * len(opened)), "its lists have no titles"
    assert views["wrong_tickets", View.CALLERS].value == 0
    assert cleaned.returncode == 0, cleaned.stderr
    assert f"{len(opened) + 1} tickets taken away, 0 left" in cleaned.stdout, "and the probe's"
    assert views["lines", View.CALLERS].value == 1, "news, a ticket and the metrics were probed"
    secret = (EXAMPLE / "desk.password").read_bytes().strip()
    kept = [path for path in found.folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if secret in path.read_bytes()]
