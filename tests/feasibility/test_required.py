"""What is required of a target has a check, or is an error; what is not rehearsed is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.faults.kinds import KINDS
from harness.feasibility import unmapped, unrehearsed
from harness.files.load import load_target
from harness.model.scenario import FaultPlan, PhaseKind
from harness.model.target import Target
from tests.fakes import phase, scenario, sla

PROFILE = """\
name: mock
virtual_clock: yes
staffing: {north: {billing: 50}}
opening_hours: {billing: "Mon-Fri 08:00-18:00"}
mock: {}
requirements:
  accessibility:
    - {what: Billing in office hours, check: lines billing, open: "Mon-Fri 09:00-17:00"}
  reporting:
    - {what: We see the backlog, check: ticket_backlog}
  redundancy:
    - {what: One site carries all, check: site_down north}
"""


def target(folder: Path, old: str = "", new: str = "") -> Target:
    path = folder / "mock.yaml"
    path.write_text(PROFILE.replace(old, new) if old else PROFILE)
    return load_target(path)


def problems(folder: Path, old: str = "", new: str = "") -> list[str]:
    return [str(each) for each in unmapped(target(folder, old, new), KINDS)]


def test_a_requirement_with_its_check_is_no_problem(tmp_path: Path):
    """Three kinds of requirement, each decided by something that a run does."""
    assert problems(tmp_path) == []


def test_hours_over_the_end_of_a_week_hold_what_lies_in_them(tmp_path: Path):
    """Saturday to Monday are three days, as the mock has it, and not none."""
    profile = PROFILE.replace("Mon-Fri 09:00-17:00", "Sun 09:00-17:00")
    path = tmp_path / "mock.yaml"
    path.write_text(profile.replace("Mon-Fri 08:00-18:00", "Sat-Mon 08:00-18:00"))

    assert list(unmapped(load_target(path), KINDS)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("check: lines billing", "check: lines biling"),
        ("check: lines billing", "check: a phone call"),
        ("check: ticket_backlog", "check: a nice dashboard"),
        ("check: ticket_backlog", "check: lost_tickets"),
        ("check: site_down north", "check: the provider says so"),
        ("Mon-Fri 09:00-17:00", "Mon-Sat 09:00-17:00"),
        ("Mon-Fri 09:00-17:00", "Mon-Fri 07:59-17:00"),
        ("Mon-Fri 09:00-17:00", "Sat-Mon 09:00-17:00"),
        ("Mon-Fri 09:00-17:00", "always"),
    ],
)
def test_a_requirement_that_no_check_decides_is_an_error(tmp_path: Path, old: str, new: str):
    """What nobody checks is a wish; hours that nobody opens are a broken promise."""
    assert len(problems(tmp_path, old, new)) == 1


def test_a_requirement_without_a_check_cannot_be_written(tmp_path: Path):
    """The file itself is refused, with the line."""
    with pytest.raises(UsageError, match="no 'check'"):
        target(tmp_path, ", check: ticket_backlog", "")


def test_what_a_scenario_does_not_rehearse_is_said(tmp_path: Path):
    """One profile serves many scenarios; none may look as if it had shown everything."""
    mock = target(tmp_path)
    lines = phase("lines", PhaseKind.LINES)
    down = replace(
        phase("loss", PhaseKind.FAULT), faults=(FaultPlan("site_down", "north", 10.0, 60.0),)
    )

    quiet = [each.text for each in unrehearsed(mock, scenario(phase()), sla())]
    loud = [each.text for each in unrehearsed(mock, scenario(lines, down), sla())]

    assert len(quiet) == 3
    assert len(loud) == 1
    assert "ticket_backlog" in loud[0]
