"""What we ship loads, and is what it says it is."""

from pathlib import Path

import pytest
import yaml

from harness.files.load import Loaded, load, load_target
from harness.model.scenario import PhaseKind
from tests.files.small_rehearsal import KNOWN

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pre_cutover() -> Loaded:
    """Return the rehearsal that ``make rehearsal`` runs."""
    return load(ROOT / "scenarios/pre_cutover.yaml", known=KNOWN)


def test_the_rehearsal_ends_within_five_wall_minutes(pre_cutover: Loaded):
    """A stranger waits that long for a first answer, not longer."""
    centre_s = sum(phase.duration_s for phase in pre_cutover.scenario.phases)

    assert centre_s / pre_cutover.scenario.speed < 240


def test_either_site_can_carry_the_full_load_alone(pre_cutover: Loaded):
    """Else the loss of one is a NO-GO by construction. Talk and wrap-up take 180 s in the mock."""
    scenario, staffing = pre_cutover.scenario, pre_cutover.target.staffing
    assert scenario.calls is not None
    assert scenario.tickets is not None
    needed = {
        queue: scenario.calls.per_hour * s * 180 / 3600 for queue, s in scenario.calls.mix.items()
    }
    needed["tickets"] = scenario.tickets.per_hour * 180 / 3600

    short = [
        (site, skill)
        for site, heads in staffing.items()
        for skill, erlangs in needed.items()
        if heads[skill] < 1.1 * erlangs
    ]
    assert short == []


def test_every_fault_has_an_objective_and_a_runbook_with_a_way_back(pre_cutover: Loaded):
    """A fault that nothing judges is noise; a runbook without rollback ends in a phone call."""
    faults = [fault for phase in pre_cutover.scenario.phases for fault in phase.faults]
    judged = [each.kpi for each in pre_cutover.sla.objectives if PhaseKind.FAULT in each.gates]

    assert faults
    assert "recovery" in judged
    for fault in faults:
        assert fault.runbook is not None
        assert "## Rollback" in Path(fault.runbook).read_text(encoding="utf-8")


def test_the_virtual_agents_that_ship_are_enough_for_their_load():
    """Else the example is a NO-GO by construction."""
    loaded = load(ROOT / "scenarios/staffed_by_harness.yaml", known=KNOWN)
    scenario, staffing = loaded.scenario, loaded.target.staffing
    assert scenario.calls is not None
    assert scenario.tickets is not None
    erlangs = {
        queue: scenario.calls.per_hour * share * loaded.target.handle_s[queue] / 3600
        for queue, share in scenario.calls.mix.items()
    }
    erlangs["tickets"] = scenario.tickets.per_hour * loaded.target.handle_s["tickets"] / 3600
    heads = {skill: sum(of.get(skill, 0) for of in staffing.values()) for skill in erlangs}

    assert [skill for skill in erlangs if heads[skill] < 1.2 * erlangs[skill]] == []


def test_no_person_and_no_company_is_named(pre_cutover: Loaded):
    """Owners are roles, and their addresses lead nowhere (RFC 2606)."""
    owners = {pre_cutover.scenario.owner, *(each.owner for each in pre_cutover.sla.objectives)}

    assert all(owner.contact.endswith(".example") for owner in owners)


def test_the_profile_with_every_feature_is_handed_over_as_it_is_written():
    """The mock's own tests read the file as YAML; what the harness makes of it must be the same."""
    path = ROOT / "scenarios/targets/mock_every_feature.yaml"
    written = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    target = load_target(path)

    handed_over = {**target.staffing_and_hours(), "mock": target.mock}
    assert handed_over == {key: written[key] for key in handed_over}
    assert set(written) - set(handed_over) == {"name", "adapter", "virtual_clock"}
