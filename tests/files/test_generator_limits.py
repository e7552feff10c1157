"""What a scenario may ask of the load generator itself."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.generator import EXAMPLE
from harness.files.load import load
from harness.known import KNOWN
from harness.model.health import GeneratorLimits

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "pre_cutover.yaml"


def asked(tmp_path: Path, section: str) -> GeneratorLimits:
    """Return the limits of the shipped scenario with *section* in it."""
    text = SHIPPED.read_text().replace("target: ", f"target: {SHIPPED.parent}/")
    text = text.replace("sla: ", f"sla: {SHIPPED.parent}/").replace(
        "runbook: ", f"runbook: {SHIPPED.parent}/"
    )
    path = tmp_path / "mine.yaml"
    path.write_text(f"{text}\n{section}\n")
    return load(path, known=KNOWN).scenario.generator


def test_without_the_section_nothing_changes(tmp_path: Path):
    """What nobody asked for must not change a verdict."""
    assert asked(tmp_path, "") == GeneratorLimits()


def test_each_limit_is_read(tmp_path: Path):
    """Durations are centre seconds, shares are 0..1."""
    found = asked(
        tmp_path, "generator: {lag_p99: 500ms, loop_lag: 1s, skew: 50ms, dropped: 0.1%, cpu: 80%}"
    )

    assert found == GeneratorLimits(0.5, 1.0, 0.05, pytest.approx(0.001), 0.8)


def test_a_scenario_may_end_a_run_that_proves_nothing_any_more(tmp_path: Path):
    """An hour of load from a generator that cannot keep up is an hour lost."""
    assert asked(tmp_path, "generator: {beyond: stop}") == GeneratorLimits(stops=True)
    assert not asked(tmp_path, "generator: {beyond: go_on}").stops


def test_one_limit_leaves_the_others_as_they_are(tmp_path: Path):
    """The default of the rest depends on the SLA."""
    assert asked(tmp_path, "generator: {cpu: 50%}") == GeneratorLimits(cpu=0.5)


def test_every_mistake_is_named_at_once(tmp_path: Path):
    """With its line, and what would have been right."""
    with pytest.raises(UsageError) as wrong:
        asked(tmp_path, "generator: {lag_p99: 0s, cpu: 150%, dropped: -1, lopp_lag: 1s}")

    said = str(wrong.value)
    assert len(wrong.value.problems) == 4
    assert "'loop_lag'" in said
    assert "a percentage from 0% to 100%" in said
    assert "a duration above 0" in said


def test_the_how_to_shows_the_defaults_as_they_are():
    """People copy from there."""
    how_to = (SHIPPED.parents[1] / "docs" / "how_to_distribute.md").read_text()

    assert f"\n{EXAMPLE}\n" in how_to
