"""The harness is not fooled: a healthy centre passes, and each planted failing is found."""

import re
from pathlib import Path

import pytest

from harness.model.contact import Outcome as Ended
from tests.e2e.small_rehearsal import OBJECTIVES, Rehearsal, fault, run

pytestmark = pytest.mark.e2e

STEADY = "{name: peak, kind: steady, load: 100%, for: 8m}"
SITE_DOWN = fault("site_down", at="1m", lasting="2m")
DEFECTS = ("lost", "duplicated", "phantom", "divergent", "resurrected", "never_read", "wrong")


def site_loss(*, lasting: str = "6m") -> str:
    """Return a phase in which a site is lost for two minutes, a minute after it began."""
    return f"{{name: site-loss, kind: fault, load: 100%, for: {lasting}, faults: [{SITE_DOWN}]}}"


SITE_LOSS = site_loss()


_NONE_OF = ('{kpi: surprises, goal: "<= 0"}', '{kpi: wrong_tickets, goal: "<= 0"}')


@pytest.mark.early
def test_a_healthy_centre_that_loses_a_site_gets_go(tmp_path: Path):
    """The other tests here prove something only because this one passes."""
    outcome = run(Rehearsal((STEADY, SITE_LOSS)), tmp_path)

    assert outcome.exit_code == 0, outcome.last_line
    assert outcome.last_line.startswith("GO (mock only)")
    audit = outcome.result["tickets"]
    assert audit["acknowledged"] > 50
    assert [kind for kind in DEFECTS if audit[kind]] == [], "an audit that cries wolf is ignored"
    assert audit["compared"] == audit["acknowledged"], "every ticket was read again"


@pytest.mark.nightly
def test_a_site_loss_tells_who_was_dropped_and_when_service_was_back(tmp_path: Path):
    """A failover that was injected but not measured is an anecdote."""
    outcome = run(Rehearsal((SITE_LOSS,)), tmp_path)

    recovery = outcome.result["faults"][0]["recovery"]
    assert recovery["recovered_s"] is not None
    assert recovery["dropped"]


@pytest.mark.nightly
def test_half_the_agents_is_a_no_go_that_names_service_level(tmp_path: Path):
    """The commonest lie of a provider: the agents in the contract are not on the floor."""
    steady = "{name: peak, kind: steady, load: 100%, for: 12m}"
    outcome = run(
        Rehearsal((steady,), billing=24, support=16, mock={"agents_present": "50%"}), tmp_path
    )

    assert outcome.exit_code == 1
    assert re.match(r"NO-GO \(mock only\) service_level \d+", outcome.last_line)


def test_asynchronous_replication_and_a_killed_site_is_a_no_go_that_names_lost_tickets(
    tmp_path: Path,
):
    """No request failed, no error was shown, and acknowledged tickets are gone for good."""
    outcome = run(
        Rehearsal(
            (site_loss(lasting="4m"),),
            mock={"replication": "asynchronous", "replication_lag": "60s"},
        ),
        tmp_path,
    )

    lost = outcome.result["tickets"]["lost"]
    assert outcome.exit_code == 1
    assert "lost_tickets" in outcome.last_line
    assert lost
    assert lost[0] in outcome.last_line


@pytest.mark.nightly
def test_wrong_and_doubled_tickets_and_an_unforeseen_drop_are_a_no_go_that_names_all(
    tmp_path: Path,
):
    """A centre that answers every request, keeps what was asked twice, and half of what was said."""
    outcome = run(
        Rehearsal(
            (SITE_LOSS,),
            mock={"defects": "{duplicates_tickets_on_failover: 50%, garbles_tickets: 10%}"},
            objectives=(*OBJECTIVES, *_NONE_OF),
            runbook="---\nexpects: [ticket_unknown]\n---\n# What to do\n",
        ),
        tmp_path,
    )

    failed = {each["kpi"] for each in outcome.result["objectives"] if each["status"] == "fail"}
    surprised = {each["outcome"] for each in outcome.result["verdict"]["surprises"]}
    assert outcome.exit_code == 1, outcome.last_line
    assert failed == {"duplicated_tickets", "surprises", "wrong_tickets"}
    assert set(outcome.result["tickets"]["wrong_in"]) == {"subject"}
    assert outcome.result["tickets"]["duplicated"]
    assert outcome.result["tickets"]["lost"] == []
    assert "dropped" in surprised


def test_a_fault_that_never_took_effect_is_no_go_ahead(tmp_path: Path):
    """All is well because nothing was broken: the commonest false green there is."""
    nothing = "run: ['true'], undo: ['true'], proof: {site: north, is: refused}"
    idle = f"{{kind: process, where: trunks, {nothing}, at: 1m, for: 1m, runbook: runbook.md}}"
    phase = f"{{name: nothing, kind: fault, load: 100%, for: 4m, faults: [{idle}]}}"

    outcome = run(Rehearsal((phase,)), tmp_path)

    assert outcome.exit_code == 3
    assert "was not shown to have taken effect" in outcome.last_line
    assert {each["status"] for each in outcome.result["objectives"]} == {"pass"}


def test_a_scenario_too_short_for_its_sla_is_inconclusive_and_says_what_it_needs(tmp_path: Path):
    """Twelve perfect calls prove nothing, and a green light for them would be a lie.

    On a machine that was too busy to play them in time, more of them would prove nothing either.
    """
    outcome = run(Rehearsal(("{name: peak, kind: steady, load: 100%, for: 30s}",)), tmp_path)

    assert outcome.exit_code == 3
    wanted = r"needs \d+ more contacts, about \d+ (s|min)|the generator was late"
    assert re.search(wanted, outcome.last_line)


def test_waits_at_a_frozen_site_count_from_when_the_caller_dialled(tmp_path: Path):
    """A frozen site shows no error and no queue: only the callers' own clock sees the wait."""
    hang = fault("site_hang", at="1m", lasting="2m")
    phase = f"{{name: freeze, kind: fault, load: 100%, for: 5m, faults: [{hang}]}}"

    outcome = run(Rehearsal((phase,)), tmp_path)

    with outcome.record() as record:
        (frozen,) = record.faults()
        hurt = [
            call
            for call in record.calls()
            if call.outcome is Ended.ANSWERED
            and frozen.injected_from_s <= call.due_s <= frozen.injected_s + 10
        ]
    slowest = max(hurt, key=lambda call: call.wait_s)
    assert frozen.proven
    assert frozen.healed
    by_the_target = slowest.wait_s - slowest.lag_s  # not the generator's own lateness
    assert by_the_target > 3 + slowest.site_wait_s, "the provider's stamps hide the wait"
