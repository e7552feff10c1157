"""Baselines are kept beside the runs, and compared to nothing but the very same scenario."""

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.sla import Baseline, BaselineValue, Progression
from harness.preflight import with_baseline
from harness.record.history import FILE_NAME, baseline, baselines, keep_baseline
from tests.fakes import sla

VALUE = BaselineValue("service_level", "billing", "peak", 0.84, 640, 20.0)
IN_HOUSE = Baseline("in-house", "20261101T080000Z-small", "small", "0" * 64, (VALUE,))


def progressing(name: str = "in-house"):
    """Return an SLA that starts from the baseline *name*."""
    from dataclasses import replace

    return replace(sla(), progression=Progression(name, 0.05, 6, 0.05, 3))


def test_a_baseline_that_is_kept_can_be_read_again(tmp_path: Path):
    """All of it, and of one name the last."""
    keep_baseline(tmp_path, IN_HOUSE)

    assert baseline(tmp_path, "in-house") == IN_HOUSE
    assert IN_HOUSE.value("service_level", "billing", "peak", 20.0) == VALUE
    assert IN_HOUSE.value("service_level", "billing", "peak", 30.0) is None


def test_a_baseline_that_is_replaced_is_not_lost(tmp_path: Path):
    """Who moves the standard leaves a trace."""
    keep_baseline(tmp_path, IN_HOUSE)
    newer = Baseline("in-house", "later", "small", "1" * 64, (VALUE,))
    keep_baseline(tmp_path, newer)
    whole = json.loads((tmp_path / FILE_NAME).read_text("utf-8"))

    assert baselines(tmp_path) == {"in-house": newer}
    assert [each["run"] for each in whole["former"]] == [IN_HOUSE.run]


def test_no_half_written_file_is_left_behind(tmp_path: Path):
    """It is put in place in one step."""
    keep_baseline(tmp_path, IN_HOUSE)

    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no history"),
        ("[]", "no history"),
        ('{"version": 9}', "version 9"),
        ("{}", "no history"),
    ],
)
def test_a_file_that_is_no_history_is_not_taken_for_an_empty_one(
    tmp_path: Path, text: str, found: str
):
    """Else the next baseline would wipe it out."""
    (tmp_path / FILE_NAME).write_text(text)

    with pytest.raises(UsageError, match=found):
        keep_baseline(tmp_path, IN_HOUSE)
    assert (tmp_path / FILE_NAME).read_text() == text


def test_a_baseline_that_nobody_took_is_named_with_the_command_that_takes_it(tmp_path: Path):
    """And the likeliest one, if others are there."""
    keep_baseline(tmp_path, IN_HOUSE)

    with pytest.raises(UsageError, match=r"no baseline 'inhouse'[\s\S]*in-house"):
        with_baseline(progressing("inhouse"), tmp_path, scenario="small", sha256="0" * 64)


@pytest.mark.parametrize(
    ("scenario", "found"), [("small", "another version of small"), ("big", "the scenario small")]
)
def test_a_baseline_of_another_scenario_is_refused(tmp_path: Path, scenario: str, found: str):
    """Other load, other mix, other faults: no comparison."""
    keep_baseline(tmp_path, IN_HOUSE)

    with pytest.raises(UsageError) as refused:
        with_baseline(progressing(), tmp_path, scenario=scenario, sha256="1" * 64)
    assert found in " ".join(str(refused.value).split())


def test_the_same_scenario_may_be_compared(tmp_path: Path):
    """Then the contract carries the baseline's figures, so that the run's record is complete."""
    keep_baseline(tmp_path, IN_HOUSE)

    found = with_baseline(progressing(), tmp_path, scenario="small", sha256="0" * 64)

    assert found.baseline == IN_HOUSE
