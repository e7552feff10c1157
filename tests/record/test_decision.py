"""The release decision: the newest run counts, on an attested target, by today's files."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from harness.model.cutover import (
    Answer,
    Cutover,
    Milestone,
    NamedScenario,
    Proof,
    Required,
    Standing,
)
from harness.model.finding import Happening, RootCause, Severity, Sighting, What, findings_of
from harness.model.guard import Level
from harness.model.history import JudgedObjective, RehearsedFault, RehearsedPhase, RunSummary
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import Direction, Unit
from harness.model.verdict import Status
from harness.record.decision import decide

TRANSITION = Owner("Service Transition", "transition@client.example")
DAY = date(2027, 2, 22)
SCENARIO = NamedScenario("pre_cutover.yaml", "pre-cutover", "a" * 64)
NAMES = {
    Proof.LINES: "pre-cutover",
    Proof.LOAD_NOW: "pre-cutover",
    Proof.LOAD_FUTURE: "growth",
    Proof.FAILOVERS: "site-loss",
    Proof.FAILOVER_IN_REAL_TIME: "site-loss-real",
    Proof.SOAK: "soak",
    Proof.ROLLBACK: "rollback",
    Proof.BACKUP_STAFF: "backup",
}


def required(proof: Proof, **changes) -> Required:
    scenario = NamedScenario(f"{NAMES[proof]}.yaml", NAMES[proof], "a" * 64)
    least = {Proof.LOAD_NOW: 1.0, Proof.LOAD_FUTURE: 1.3}.get(proof, 0.0)
    soak = 43_200.0 if proof is Proof.SOAK else 0.0
    return replace(Required(proof, (scenario,), 7.0, least, soak), **changes)


CUTOVER = Cutover(
    name="billing-cutover",
    owner=TRANSITION,
    go_live=date(2027, 3, 1),
    sla_name="outsourced-care",
    sla_sha256="c" * 64,
    attested=Level.SIGNED,
    required=tuple(required(proof) for proof in Proof),
    milestones=(Milestone("lines ported", date(2027, 2, 20), TRANSITION, date(2027, 2, 19)),),
)


TAKEN_BACK = JudgedObjective(
    "rollback", "rollback", "", "callers", "back", PhaseKind.RECOVERY, Status.PASS, 30.0, None, None,
    200, 120.0, Unit.SECONDS, Direction.LESS, "Lead", must_pass=True, decisive=True,
)  # fmt: skip


def run(name: str, **changes) -> RunSummary:
    """Return a GO of the scenario *name*, begun the day before, that shows all it can."""
    begun = datetime(2027, 2, 21, 8, tzinfo=UTC).timestamp()
    found = RunSummary(
        run=f"run-of-{name}",
        scenario=name,
        scenario_sha256="a" * 64,
        sla="outsourced-care",
        sla_sha256="c" * 64,
        target="provider-staging",
        about="",
        started_wall=begun,
        speed=1.0,
        seed="2026",
        decision="GO",
        sentence="37 objectives met, none failed",
        ending="complete",
        control=False,
        lines_probed=3,
        lines_ok=3,
        lines_handed_over=3,
        calls_per_hour=1440.0,
        tickets_per_hour=600.0,
        phases=(
            RehearsedPhase("peak", PhaseKind.STEADY, 1.3, 1800.0),
            RehearsedPhase("days", PhaseKind.SOAK, 1.0, 50_000.0),
        ),
        faults=(RehearsedFault("site_down", "north", proven=True, healed=True, recovered_s=6.0),),
        objectives=(TAKEN_BACK,),
    )
    return replace(found, **changes)


ALL = tuple(run(name) for name in dict.fromkeys(NAMES.values()))


def but(name: str, **changes) -> tuple[RunSummary, ...]:
    """Return all the runs, that of *name* changed."""
    return tuple(replace(each, **changes) if each.scenario == name else each for each in ALL)


def decided(runs=ALL, findings=None, *, cutover: Cutover = CUTOVER, day: date = DAY):
    return decide(cutover, runs, findings or {}, day=day)


def found(*happenings: Happening):
    return findings_of(happenings)


SEEN = Sighting("soak", "asa in days", Severity.CRITICAL, "asa 40 s > 28 s", TRANSITION)


def seen(**changes):
    sighting = replace(SEEN, **changes)
    return Happening(sighting.id, What.SEEN, 1.0, run="r", sighting=sighting)


def test_with_every_proof_there_and_nothing_open_it_is_a_go():
    """And what may be done next begins with a low volume."""
    release = decided()

    assert (release.answer, release.reasons, release.conditions) == (Answer.GO, (), ())
    assert {each.standing for each in release.evidence} == {Standing.THERE}
    assert "low share of the calls" in " ".join(release.next_steps)


def test_what_came_after_the_day_is_not_looked_at():
    """How it stood on a day stays as it was, whatever has been run or found since."""
    later = datetime(2027, 2, 23, 8, tzinfo=UTC).timestamp()
    red = replace(run("soak"), run="a-later-run", decision="NO-GO", started_wall=later)
    since = Happening(SEEN.id, What.SEEN, later, run="r", sighting=SEEN)

    assert decided((*ALL, red), found(since)).answer is Answer.GO
    assert decided((*ALL, red), day=date(2027, 2, 23)).answer is Answer.NO_GO
    assert decided(findings=found(since), day=date(2027, 2, 23)).answer is Answer.NO_GO
    assert decided(day=date(2027, 2, 20)).answer is Answer.NO_GO  # nothing had been run


def test_a_next_step_can_be_typed_as_it_stands():
    """A space in a path would make two of it."""
    mine = tuple(
        replace(each, scenarios=tuple(replace(s, path=f"my own/{s.path}") for s in each.scenarios))
        for each in CUTOVER.required
    )
    release = decide(replace(CUTOVER, required=mine), [], {}, day=DAY)

    assert f"harness run 'my own/{NAMES[Proof.LINES]}.yaml'" in release.next_steps


@pytest.mark.parametrize("proof", list(Proof))
def test_no_proof_may_be_missing(proof: Proof):
    """Each for its own reason; the next step is the command that gets it."""
    release = decided([each for each in ALL if each.scenario != NAMES[proof]])

    assert release.answer is Answer.NO_GO
    assert {e.standing for e in release.of(proof)} == {Standing.MISSING}
    assert f"harness run {NAMES[proof]}.yaml" in release.next_steps


@pytest.mark.parametrize(
    ("name", "changes", "standing", "what"),
    [
        ("soak", {"decision": "NO-GO", "sentence": "asa"}, Standing.FAILING, "NO-GO: asa"),
        ("soak", {"decision": "INCONCLUSIVE"}, Standing.FAILING, "INCONCLUSIVE"),
        ("soak", {"scenario_sha256": "b" * 64}, Standing.MISSING, "has been changed"),
        ("soak", {"control": True}, Standing.MISSING, "no run"),
        ("soak", {"decision": "EXPLORED"}, Standing.MISSING, "no run"),
        ("soak", {"started_wall": 1.0}, Standing.STALE, "7 days at most"),
        ("soak", {"about": "mock only"}, Standing.INSUFFICIENT, "a target that is mock"),
        ("soak", {"about": "loopback"}, Standing.INSUFFICIENT, "a target that is loopback"),
        ("soak", {"about": "tenant"}, Standing.INSUFFICIENT, "a target that is tenant"),
        ("soak", {"phases": ()}, Standing.INSUFFICIENT, "it soaked not at all, not 12h"),
        ("growth", {"phases": (RehearsedPhase("peak", PhaseKind.STEADY, 1.2, 60.0),)},
         Standing.INSUFFICIENT, "it held 120 % of the volume, not 130 %"),
        ("growth", {"phases": (RehearsedPhase("up", PhaseKind.RAMP, 1.5, 60.0),)},
         Standing.INSUFFICIENT, "it held 0 % of the volume"),
        ("growth", {"sla_sha256": "d" * 64}, Standing.INSUFFICIENT, "as it stands now"),
        ("pre-cutover", {"lines_ok": 2}, Standing.INSUFFICIENT, "2 of 3 lines"),
        ("pre-cutover", {"lines_handed_over": 0}, Standing.INSUFFICIENT, "no line"),
        ("site-loss", {"faults": (), "phases": ()}, Standing.INSUFFICIENT, "nothing was broken"),
        ("site-loss-real", {"faults": ()}, Standing.INSUFFICIENT, "nothing was broken"),
        ("backup", {"faults": (), "phases": ()}, Standing.INSUFFICIENT, "no more came than usual"),
        ("site-loss", {"faults": (RehearsedFault("site_down", "north", proven=False, healed=True),)},
         Standing.INSUFFICIENT, "not shown to have taken effect"),
        ("site-loss-real", {"speed": 20.0}, Standing.MISSING, "at speed 1"),
    ],
)  # fmt: skip
def test_a_run_shows_only_what_it_showed(name, changes, standing, what):
    """A GO of something less is no GO of this."""
    release = decided(but(name, **changes))
    told = [each for each in release.evidence if each.hinders]

    assert release.answer is Answer.NO_GO
    assert told[0].standing is standing
    assert what in told[0].what


def test_a_rollback_has_to_have_been_rehearsed_in_it():
    """A run called rollback in which nothing was taken back shows that something ran."""
    assert decided(but("rollback", objectives=())).answer is not Answer.GO


def test_the_newest_run_counts_and_never_the_best():
    """A red nightly is not outvoted by the green one before it, nor by one of yesterday's file."""
    later = ALL[0].started_wall + 3600
    red = run("soak", run="red", decision="NO-GO", started_wall=later)
    green = run("soak", run="green", started_wall=later + 3600)

    assert decided([*ALL, red]).answer is Answer.NO_GO
    assert decided([*ALL, red, green]).answer is Answer.GO
    assert decided([green, red, *ALL]).answer is Answer.GO


def test_a_critical_finding_without_a_root_cause_refuses():
    """A green run after a red one that nobody can explain is luck."""
    release = decided(findings=found(seen()))

    assert release.answer is Answer.NO_GO
    assert release.reasons == (f"finding {SEEN.id}, asa in days of soak: no root cause",)
    assert f"harness findings set {SEEN.id} --cause ..." in release.next_steps


def test_an_explained_finding_that_is_open_is_a_condition():
    """Somebody goes on answering for it."""
    cause = RootCause("why", "what")
    release = decided(
        findings=found(seen(), Happening(SEEN.id, What.SET, 2.0, by="Lead", cause=cause))
    )

    assert release.answer is Answer.WITH_CONDITIONS
    assert "is open: Service Transition" in release.conditions[0]


def test_findings_of_other_scenarios_are_no_matter_of_this_cutover():
    """One history may serve several."""
    assert decided(findings=found(seen(scenario="another"))).answer is Answer.GO


def test_what_was_waived_warned_of_or_is_late_is_a_condition():
    """It may go, and everybody knows with what."""
    warned = JudgedObjective(
        "asa", "asa", "", "callers", "peak", PhaseKind.STEADY, Status.WARN, 29.0, 28.0, 30.0, 500,
        28.0, Unit.SECONDS, Direction.LESS, "Lead", must_pass=True, decisive=True,
    )  # fmt: skip
    late = replace(CUTOVER.milestones[0], done=None)
    waived = required(
        Proof.ROLLBACK,
        scenarios=(),
        waived_by=Owner("Head of Service", "h@x.test"),
        why="no way back",
    )
    kept = [each for each in CUTOVER.required if each.proof is not Proof.ROLLBACK]
    release = decided(
        but("soak", objectives=(warned,), waived=1),
        cutover=replace(CUTOVER, required=(*kept, waived), milestones=(late,)),
    )

    assert release.answer is Answer.WITH_CONDITIONS
    assert release.conditions == (
        "run-of-soak warned of asa",
        "1 objective waived in run-of-soak",
        "rollback waived by Head of Service: no way back",
        "milestone 'lines ported' is 2 days late: Service Transition",
    )


def test_a_go_live_whose_day_has_passed_is_a_condition():
    """Nobody goes live in the past."""
    assert "has passed" in decided(day=date(2027, 3, 2), runs=[
        replace(each, started_wall=each.started_wall + 8 * 86_400) for each in ALL
    ]).conditions[0]  # fmt: skip


def test_what_lacks_and_what_is_late_goes_into_the_issue_log():
    """Milestones and the age of evidence are findings too, with an owner."""
    late = replace(CUTOVER.milestones[0], done=None)
    release = decided(but("soak", started_wall=1.0), cutover=replace(CUTOVER, milestones=(late,)))

    assert [each.title for each in release.noted] == ["milestone lines ported", "soak by soak"]
    assert {each.scenario for each in release.noted} == {"billing-cutover"}


def test_what_lacks_long_before_the_go_live_is_a_thing_to_do_and_no_issue():
    """It has to be shown again anyway; a milestone that is late is an issue all the same."""
    late = replace(CUTOVER.milestones[0], due=date(2027, 1, 4), done=None)
    cutover = replace(CUTOVER, milestones=(late,))
    early = decided((), cutover=cutover, day=date(2027, 2, 21))
    in_time = decided((), cutover=cutover, day=date(2027, 2, 22))

    assert early.answer is in_time.answer is Answer.NO_GO
    assert early.next_steps == in_time.next_steps
    assert [each.title for each in early.noted] == ["milestone lines ported"]
    assert len(in_time.noted) == 1 + len(Proof)


def test_a_proof_that_may_be_as_old_as_it_likes_is_due_at_once():
    """No day is before the first."""
    ever = required(Proof.LINES, max_age_days=1e6)

    assert ever.due(date(2027, 3, 1)) == date.min
    assert required(Proof.LINES, max_age_days=0.5).due(date(2027, 3, 1)) == date(2027, 3, 1)


def test_a_target_that_proves_more_than_is_asked_will_do():
    """The level is the least one."""
    cutover = replace(CUTOVER, attested=Level.MOCK)

    assert decided(but("soak", about="mock only"), cutover=cutover).answer is Answer.GO
