"""The key ``now_and_then`` of a soak: read, drawn, and refused where it makes no sense."""

import pytest

from harness.errors import UsageError
from harness.model.now_and_then import needed_s
from harness.preflight import Plan, lasting, without_faults
from tests.files.small_rehearsal import Rehearsal

SOAK = """\
  - name: soak
    kind: soak
    load: 100%
    for: 12h
    now_and_then:
      every: 3h
      between: 06:00-22:00
      faults:
        - {kind: site_down, site: north, for: 4m, runbook: site_down.md}
        - {kind: site_hang, site: south, for: 2m, runbook: site_down.md}
"""
SETTLE = "  - {name: settle, kind: recovery"


@pytest.fixture
def soaking(rehearsal: Rehearsal) -> Rehearsal:
    """Return the small rehearsal with a soak in which something breaks now and then."""
    rehearsal.change("small.yaml", SETTLE, SOAK + SETTLE)
    return rehearsal


def test_what_breaks_now_and_then_becomes_faults_like_any_other(soaking: Rehearsal):
    """So the plan, the injector and the report know them without being told of a schedule."""
    soak = soaking.load().scenario.phase("soak")

    assert {fault.kind for fault in soak.faults} == {"site_down", "site_hang"}
    assert [fault.at_s for fault in soak.faults] == sorted(fault.at_s for fault in soak.faults)
    assert all(fault.for_s in (240.0, 120.0) and fault.runbook for fault in soak.faults)
    assert soaking.load().scenario.runbook(soak.faults[0].runbook) is not None


@pytest.mark.parametrize(
    ("old", "new", "line", "fragments"),
    [
        ("every: 3h", "every: 30m", 30, ("'every: 30m'", "at least 38m")),
        ("every: 3h", "evry: 3h", 30, ("unknown key 'evry'", "did you mean 'every'?")),
        ("      every: 3h\n", "", 30, ("no 'every'", "every: 3h")),
        ("between: 06:00-22:00", "between: 22:00-06:00", 31, ("22:00-06:00", "of the same day")),
        ("site: north, for: 4m", "site: north, at: 2m, for: 4m", 33, ("unknown key 'at'",)),
        ("site_hang, site: south", "site_hung, site: south", 34, ("site_hung", "did you mean 'site_hang'?")),
        ("kind: soak", "kind: steady", 29, ("of kind steady", "'kind: soak'")),
        ("    for: 12h", "    for: 1h", 25, ("soak of 1h, in which nothing breaks", "at least 2h18m")),
        ("    now_and_then:\n      every: 3h\n      between: 06:00-22:00\n      faults:\n",
         "    faults:\n", 29, ("faults in a phase of kind soak", "now_and_then")),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_with_its_line(
    soaking: Rehearsal, old: str, new: str, line: int, fragments: tuple[str, ...]
):
    """A night that was to break something and did not is found out in the morning."""
    soaking.change("small.yaml", old, new)
    where = soaking.where("small.yaml", line)
    told = [f"{each.found} {each.want}" for each in soaking.problems() if each.where == where]

    assert [text for text in told if all(part in text for part in fragments)], soaking.problems()


def test_a_soak_made_longer_or_shorter_begins_as_it_did(soaking: Rehearsal):
    """``--for`` is how long the night is, not another night."""
    scenario = soaking.load().scenario
    there = scenario.phase("soak").faults
    longer = lasting(scenario, 48 * 3600.0).phase("soak").faults
    shorter = lasting(scenario, needed_s(scenario, scenario.phase("soak"))).phase("soak").faults

    assert len(shorter) == 1 < len(there) < len(longer)
    assert longer[: len(there)] == there
    assert there[:1] == shorter


def test_a_soak_too_short_for_any_fault_is_refused(soaking: Rehearsal):
    """It would say that it got over faults, and had none."""
    with pytest.raises(UsageError, match="nothing breaks"):
        lasting(soaking.load().scenario, 3600.0)


def test_a_control_breaks_nothing_in_its_soak_either(soaking: Rehearsal):
    """What it is compared with is the same night without faults."""
    loaded = soaking.load()
    plan = Plan(loaded.scenario, loaded.sla, loaded.target, loaded.scenario_sha256)
    soak = without_faults(plan).scenario.phase("soak")

    assert not soak.faults
    assert soak.now_and_then is None
