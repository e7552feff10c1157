"""The wheel, installed away from the checkout: from an empty folder to a verdict, and after it."""

import subprocess
from pathlib import Path

import pytest

from tests.wheel import built, elsewhere, fresh_environment

pytestmark = pytest.mark.e2e
AFTERWARDS = (
    ("report", "{run}"),
    ("report", "{run}", "--verify"),
    ("review",),
    ("export", "{run}", "--openmetrics", "--output", "run.om"),
    ("export", "sla/outsourced_care.yaml", "--rules", "--output", "rules"),
    ("compare", "{run}", "{run}"),
    ("runs", "list"),
    ("findings", "list"),
    ("plan", "smoke.yaml"),
    ("cleanup", "{run}"),
    ("view", "--help"),
    ("doctor",),
)
"""What is done with a run that is over, and must find its templates and contracts."""


@pytest.mark.nightly
@pytest.mark.early
@pytest.mark.timeout(420)
def test_the_wheel_rehearses_beside_a_strangers_packages_of_the_same_names(tmp_path: Path):
    """Installed, `reports` and `scenarios` are names that others use in their own directories."""
    python = fresh_environment(tmp_path / "fresh", built(tmp_path / "dist"))
    at = tmp_path / "elsewhere"
    for name in ("reports", "scenarios", "harness"):
        (at / name).mkdir(parents=True)
        (at / name / "__init__.py").write_text("raise ImportError('a stranger')\n")

    def harness(*words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(python.parent / "harness"), *words],
            cwd=at, env=elsewhere(), capture_output=True, text=True, timeout=timeout_s,
        )  # fmt: skip

    laid_out = harness("init", ".", "--all")
    assert laid_out.returncode == 0, laid_out.stderr
    checked = harness("check", "pre_cutover.yaml")
    assert checked.returncode == 0, checked.stderr
    failovers = harness("check", "failover")
    assert failovers.returncode == 0, failovers.stderr

    ran = harness("run", "smoke.yaml", timeout_s=240)
    assert ran.returncode in (0, 3), ran.stdout + ran.stderr
    (report,) = at.glob("runs/*-smoke/report.html")
    run = str(report.parent.relative_to(at))

    for words in AFTERWARDS:
        done = harness(*(word.format(run=run) for word in words))
        # Whether a busy machine decides is its own affair: that it can tell is what is asked.
        assert done.returncode in (0, 3), f"{words}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
    decided = harness("decide", "cutover.yaml")
    assert decided.returncode == 1, "a mock is no proof"
    assert "NO-GO handover" in decided.stdout
