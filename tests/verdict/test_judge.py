"""From a whole run to GO, NO-GO or INCONCLUSIVE, and never prettier than it was."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kpi.statistics import Tally
from harness.model.callers import Delay
from harness.model.contact import StepKind, TicketStep, WriteOutcome
from harness.model.event import Ending, GeneratorHealth, LineCheck
from harness.model.inventory import InterfaceKind, handed_over
from harness.model.scenario import Load, PhaseKind
from harness.model.sla import Bound, Each, IntervalsMet, Objective
from harness.model.verdict import Decision, ObjectiveResult, Status, Verdict, View
from harness.model.writers import Habit, Writers
from harness.verdict.judge import judge, judge_phase, settle_s
from tests.effort import examples
from tests.fakes import (
    TICKETS,
    FakeEvidence,
    answered,
    calls_of,
    counted_waits,
    every_second,
    facts,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    series,
    sla,
    spread,
    stored,
    ticket,
    waiting,
)

IN_FAULTS = (PhaseKind.FAULT,)
NO_LOSS = objective("lost_tickets", 0.0, 0.0, threshold_s=None)
NO_DOUBLES = objective("duplicated_tickets", 0.0, 0.0, threshold_s=None)
RECOVERY = objective("recovery", 180.0, 198.0, kinds=IN_FAULTS, restored_share=0.8)
LOSS = phase("loss", PhaseKind.FAULT, faults=(fault_plan(),))
LOSS_RUN = phase_run("loss", PhaseKind.FAULT)
RANK = {Decision.NO_GO: 0, Decision.INCONCLUSIVE: 1, Decision.GO: 2}


def peak(good: int, n: int, *, by_provider: int | None = None, **changes: Any) -> FakeEvidence:
    """Return a steady phase in which *good* of *n* calls were answered in time.

    The provider counted the same, or *by_provider* of *n* where that is given.
    """
    told = counted_waits(good if by_provider is None else by_provider, n)
    fields: dict[str, Any] = {
        "contacts": calls_of(spread(good, n)),
        "scraped": {"edge": every_second([phase_run()], told)},
    }
    return FakeEvidence(**fields | changes)


def loss(hits: list[bool], **changes: Any) -> FakeEvidence:
    """Return a fault phase, whose fault went as planned and whose provider counted right."""
    told = counted_waits(sum(hits), len(hits))
    fields: dict[str, Any] = {
        "scenario": scenario(LOSS),
        "phase_runs": [LOSS_RUN],
        "fault_runs": [fault_run()],
        "contacts": calls_of(hits, phase="loss"),
        "scraped": {"edge": every_second([LOSS_RUN], told)},
    }
    return FakeEvidence(**fields | changes)


def verdict(run: FakeEvidence, *objectives: Objective) -> Verdict:
    return judge(run, sla(*objectives), about="mock only")


def by_callers(results: list[ObjectiveResult] | tuple[ObjectiveResult, ...]) -> ObjectiveResult:
    """Return the one result of the callers' view."""
    (result,) = [each for each in results if each.view is View.CALLERS]
    return result


def by_provider(results: tuple[ObjectiveResult, ...]) -> ObjectiveResult:
    """Return the one result of the provider's view."""
    (result,) = [each for each in results if each.view is View.PROVIDER]
    return result


@pytest.mark.parametrize(
    ("good", "n", "expected", "because"),
    [
        (560, 600, Decision.GO, "93 % of 600"),
        (360, 600, Decision.NO_GO, "60 % of 600"),
        (480, 600, Decision.INCONCLUSIVE, "80 % of 600 may well be 77 %"),
        (9, 9, Decision.INCONCLUSIVE, "nine of nine prove nothing"),
        (0, 0, Decision.INCONCLUSIVE, "no data is never a pass"),
    ],
)
def test_a_run_is_judged_by_its_objectives(good: int, n: int, expected: Decision, because: str):
    """The three answers."""
    assert verdict(peak(good, n)).decision is expected, because


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"health": GeneratorHealth(lag_p99_s=5.0)}, "the generator was late"),
        ({"health": GeneratorHealth(dropped=1)}, "contacts were dropped"),
        ({"ending": Ending.INTERRUPTED}, "the run was interrupted"),
        ({"scenario": scenario(phase(), phase("soak", PhaseKind.SOAK))}, "a phase never ran"),
    ],
)
def test_a_doubt_keeps_a_fine_run_from_a_go(changes: dict[str, Any], because: str):
    """Green numbers from a tester that failed are not green."""
    assert verdict(peak(560, 600, **changes)).decision is Decision.INCONCLUSIVE, because


def test_what_a_late_generator_left_open_is_not_settled_by_more_contacts():
    """Whoever runs it for longer on the same machine would be told the same again."""
    run = peak(9, 9)
    late = replace(
        run, contacts=[replace(each, started_s=each.due_s + 30.0) for each in run.contacts]
    )
    wanted, in_vain = (by_callers(verdict(each).results) for each in (run, late))

    assert wanted.more_contacts is not None
    assert in_vain.status is Status.INCONCLUSIVE
    assert (in_vain.more_contacts, in_vain.note) == (None, "the generator was late in this phase")


def test_a_doubt_does_not_excuse_a_failure():
    """What failed although the generator was late would have failed anyway."""
    run = peak(300, 600, health=GeneratorHealth(lag_p99_s=5.0))

    assert verdict(run).decision is Decision.NO_GO


def test_a_warning_is_a_go():
    """Below the goal but surely not below the warn limit: listed, not refused."""
    found = verdict(peak(540, 600), objective(goal=0.95, warn=0.80))

    assert (found.decision, by_callers(found.results).status) == (Decision.GO, Status.WARN)


def test_an_objective_that_need_not_pass_may_stay_open():
    """It is reported, and blocks nothing while it has not failed."""
    found = verdict(peak(480, 600), objective(must_pass=False))

    assert found.decision is Decision.GO


def test_an_objective_that_need_not_pass_must_not_fail():
    """NO-GO if anything fails."""
    assert verdict(peak(300, 600), objective(must_pass=False)).decision is Decision.NO_GO


PILOT = phase("pilot", load=Load(0.1, 0.1))
PILOT_RUN = phase_run("pilot", start_s=1000.0, load=Load(0.1, 0.1))


def pilot(good: int, n: int) -> FakeEvidence:
    """Return a fine peak, and a pilot at a tenth of its load with *good* of *n*."""
    fine = peak(560, 600)
    return replace(
        fine,
        scenario=scenario(phase(), PILOT),
        phase_runs=[phase_run(), PILOT_RUN],
        contacts=[
            *fine.contacts,
            *calls_of(spread(good, n), phase="pilot", start_s=1000.0),
        ],
        scraped={"edge": every_second([phase_run(), PILOT_RUN], counted_waits(560, 600))},
    )


def test_an_undecided_pilot_does_not_block_a_go():
    """60 calls at a tenth of the load cannot decide 80/20; the peak does."""
    found = verdict(pilot(48, 60))
    of_pilot = by_callers(found.of_phase("pilot"))

    assert (of_pilot.status, of_pilot.decisive_here) == (Status.INCONCLUSIVE, False)
    assert found.decision is Decision.GO


def test_a_failed_pilot_is_a_no_go():
    """Below the highest load a phase cannot prove, but it can refute."""
    assert verdict(pilot(10, 60)).decision is Decision.NO_GO


def test_the_providers_prettier_figure_is_told_and_warned_of():
    """Both views judged, and the gap between them a finding of its own."""
    found = verdict(peak(500, 600, by_provider=590), objective(goal=0.75, warn=0.73))
    theirs = by_provider(found.results)

    assert theirs.status is Status.WARN
    assert theirs.note == "the provider reports 98 %, callers experienced 83 %"


def two_levels(*, by_provider: int) -> FakeEvidence:
    """Return 510 of 600 calls answered within 20 s, 582 within a minute; the first told otherwise.

    The provider counted *by_provider* of them within 20 s, and the others as they were.
    """
    waits_s = [5.0] * 510 + [40.0] * 72 + [100.0] * 18
    every = [waits_s[number * 7 % 600] for number in range(600)]
    calls = [answered(f"peak/calls/{i}", due_s=i, wait_s=wait) for i, wait in enumerate(every)]
    in_a_minute = {series("cc_wait_seconds_bucket", outcome="answered", le="60.0"): 582.0}
    told = counted_waits(by_provider, 600) | in_a_minute
    return FakeEvidence(contacts=calls, scraped={"edge": every_second([phase_run()], told)})


@pytest.mark.parametrize("first", [0, 1], ids=["short first", "long first"])
@pytest.mark.parametrize("by_provider", [510, 580], ids=["honest", "prettier"])
def test_a_gap_is_between_two_views_of_one_threshold(first: int, by_provider: int):
    """85 % within 20 s and 97 % within a minute are both true; neither is prettier than the other.

    Nor does the one hide that the other is: the provider's 97 % within 20 s are callers' 85 %.
    """
    asked = [
        objective(goal=0.75, warn=0.73),
        objective(goal=0.9, warn=0.88, goal_text="90/60", threshold_s=60.0),
    ]
    found = verdict(two_levels(by_provider=by_provider), asked[first], asked[1 - first])
    notes = {r.goal_text: r.note for r in found.results if r.view is View.PROVIDER}
    gap = "the provider reports 97 %, callers experienced 85 %"

    assert notes == {"80/20": gap if by_provider == 580 else "", "90/60": ""}


def test_a_difference_that_chance_explains_is_no_finding():
    """83.3 % and 84 % of 600 are the same figure."""
    found = verdict(peak(500, 600, by_provider=504), objective(goal=0.75, warn=0.73))

    assert by_provider(found.results).note == ""


def test_a_provider_that_does_worse_by_its_own_figures_fails():
    """The contract is about both views: neither may hide the other."""
    assert verdict(peak(590, 600, by_provider=300)).decision is Decision.NO_GO


def test_each_queue_is_judged_by_itself():
    """A fine total must not hide the queue nobody answers."""
    found = verdict(peak(560, 600), objective(each=Each.QUEUE))

    assert {each.scope for each in found.results} == {"billing", "support"}
    assert found.decision is Decision.INCONCLUSIVE  # nobody called support


def test_held_contacts_are_not_judged():
    """They keep the load up while the gate is decided; they are due after the phase's end."""
    late = calls_of([False] * 60, start_s=600.0)
    held = [replace(each, id=f"hold/{i}", held=True) for i, each in enumerate(late)]
    fine = peak(560, 600)

    assert by_callers(verdict(replace(fine, contacts=[*fine.contacts, *held])).results).n == 600


def test_a_verdict_says_what_it_is_about():
    """A GO on the mock is a GO on the mock."""
    assert verdict(peak(560, 600)).text == "GO (mock only)"


def test_a_contact_that_several_objectives_leave_out_is_counted_once():
    """Five callers wait still, whatever is asked of them; both queues have some of them."""
    contacts = [answered(f"peak/calls/{n}", due_s=2.0 * n) for n in range(250)]
    contacts += [
        waiting(f"peak/calls/{900 + n}", due_s=590.0 + n, queue="support" if n % 2 else "billing")
        for n in range(5)
    ]
    asked = (
        objective(each=Each.QUEUE, intervals_met=IntervalsMet(Bound(0.5, 0.5), 300.0)),
        objective(each=Each.QUEUE, threshold_s=60.0, goal_text="80/60"),
        objective(each=Each.LINE, threshold_s=60.0, goal_text="80/60"),
        objective("abandonment", 0.05, 0.07, threshold_s=None),
        objective("abandonment_net", 0.05, 0.07, threshold_s=None),
    )
    found = verdict(FakeEvidence(contacts=contacts, phase_runs=(phase_run(held_s=1.0),)), *asked)

    assert "; 5 contacts left out, the clock still running" in found.subject


def test_an_explored_run_has_no_decision_to_show():
    """Numbers and charts only."""
    assert verdict(peak(560, 600, facts=facts(explored=True))).text == "EXPLORED"


# ---------------------------------------------------------------------- worse is never better

HITS = st.lists(st.booleans(), min_size=1, max_size=150)
LEVEL = objective(kinds=IN_FAULTS)


@examples(16)
@given(HITS, st.randoms(use_true_random=False))
def test_a_worse_history_never_gets_a_better_verdict(hits: list[bool], rng):
    """Whatever hits become misses, the verdict only falls (in a phase that is a census)."""
    worse = [hit and rng.random() < 0.9 for hit in hits]
    better_found, worse_found = verdict(loss(hits), LEVEL), verdict(loss(worse), LEVEL)

    assert RANK[worse_found.decision] <= RANK[better_found.decision]


def test_a_worse_history_never_turns_inconclusive_into_go():
    """At a goal of 90 % and a warn limit of 82 %, where the first table gave 82 of 100 a GO."""
    level = objective(goal=0.90, warn=0.82, kinds=IN_FAULTS)
    better_found, worse_found = (verdict(loss(spread(good, 100)), level) for good in (90, 82))

    assert RANK[worse_found.decision] <= RANK[better_found.decision]


# ---------------------------------------------------------------------- gates


@examples(16)
@given(st.integers(0, 150), st.integers(0, 150), st.integers(1, 150))
def test_a_gate_never_fails_what_the_run_would_not(callers: int, provider: int, n: int):
    """A gate that shuts ends the run: its reason must still stand in the verdict."""
    run = peak(min(callers, n), n, by_provider=min(provider, n))
    contract = sla(objective(), objective("abandonment", 0.05, 0.06))
    gate = judge_phase(run, contract, phase_run())
    whole = {
        (each.kpi, each.view): each.status for each in verdict(run, *contract.objectives).results
    }

    assert all(
        whole[each.kpi, each.view] is Status.FAIL for each in gate if each.status is Status.FAIL
    )


def test_a_recovery_takes_no_certainty_from_the_shares():
    """Its error bar is no matter of chance: judged beside one, gate and run still say the same.

    65.8 % of 600 has an upper end of 70.03 % as one of two claims and 70.30 % as one of three.
    """
    run = loss(
        [True] * 100 + [False] * 205 + [True] * 295, fault_runs=[fault_run(injected_s=130.0)]
    )
    contract = sla(objective(goal=0.7015, warn=0.70, kinds=IN_FAULTS), RECOVERY)
    gate = by_callers(judge_phase(run, contract, LOSS_RUN))
    whole = verdict(run, *contract.objectives)
    (level,) = [each for each in whole.results if each.kpi == gate.kpi and each.view is gate.view]

    assert gate.status is level.status


@pytest.mark.parametrize(
    ("phases", "expected"),
    [((phase(),), Status.FAIL), ((phase(), phase("second")), Status.INCONCLUSIVE)],
)
def test_a_gate_is_judged_as_part_of_all_that_the_run_will_judge(phases, expected: Status):
    """65.8 % against 70.15 %: sure enough as one of two claims, not as one of four."""
    run = peak(395, 600, scenario=scenario(*phases))
    gate = judge_phase(run, sla(objective(goal=0.7015, warn=0.70)), phase_run())

    assert by_callers(gate).status is expected


def test_a_gate_waits_for_the_last_caller_of_its_phase():
    """Whoever was due at the border can be answered 20 s later: decided sooner it would flatter."""
    assert settle_s(sla(objective()), PhaseKind.STEADY) == 20.0


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (objective(), PhaseKind.FAULT),
        (objective("ticket_first_reply", threshold_s=900.0), PhaseKind.STEADY),
    ],
)
def test_a_gate_waits_for_nobody_else(asked: Objective, kind: PhaseKind):
    """Not for objectives of other kinds, nor a quarter of an hour for a ticket's reply."""
    assert settle_s(sla(asked), kind) == 0.0


@pytest.mark.parametrize(("good", "n"), [(330, 400), (308, 400)])
def test_the_contacts_that_are_still_needed_decide(good: int, n: int):
    """'Needs 310 more calls' is a promise of the verdict: at the same share they are enough."""
    before = by_callers(verdict(loss(spread(good, n)), LEVEL).results)
    assert before.more_contacts is not None
    more = n + before.more_contacts
    whole = loss(spread(round(good / n * more), more))
    long_run = phase_run("loss", PhaseKind.FAULT, end_s=float(more), held_s=float(more))
    whole.phase_runs, whole.scraped = (
        [long_run],
        {"edge": every_second([long_run], counted_waits(good / n * more, more))},
    )
    after = by_callers(verdict(whole, LEVEL).results)

    assert (before.status, after.status != Status.INCONCLUSIVE) == (Status.INCONCLUSIVE, True)


def test_contacts_that_resemble_their_neighbours_are_said_to_need_more():
    """What passes is judged by the wary interval (decision 018), so it is that one that shrinks."""
    hits = [number // 150 % 2 == 0 or number % 5 < 3 for number in range(600)]
    run = peak(sum(hits), len(hits), contacts=calls_of(hits))
    result = by_callers(verdict(run, objective()).results)
    plain = Tally.of(hits, census=False).to_decide(0.78, 0.975)

    assert result.status is Status.INCONCLUSIVE
    assert plain is not None
    assert (result.more_contacts or 0) > 1.5 * (plain - len(hits))


# ---------------------------------------------------------------------- lines, recovery, audit

LINES = phase("lines", PhaseKind.LINES, load=Load(0.0, 0.0), duration_s=0.0)
LINES_RUN = phase_run("lines", PhaseKind.LINES, end_s=0.0, held_s=0.0)
GOOD_LINES = tuple(
    LineCheck(each.name, each.queue, each.queue, 3.0, ok=True, kind=each.kind)
    for each in handed_over(scenario(), peak(1, 1).target)
)


def with_lines(*checks: LineCheck, **changes: Any) -> FakeEvidence:
    """Return a fine peak after a phase of lines in which *checks* were made."""
    changes = {"phase_runs": [LINES_RUN, phase_run()]} | changes
    return peak(560, 600, scenario=scenario(LINES, phase()), line_checks=checks, **changes)


def test_all_lines_right_is_a_pass():
    """The interface inventory, done."""
    assert verdict(with_lines(*GOOD_LINES)).decision is Decision.GO


def test_a_wrong_line_is_a_no_go_and_named():
    """One number that rings in the wrong queue is a customer who never gets help."""
    wrong = replace(GOOD_LINES[1], ok=False, reached="support", note="reached support, not billing")
    found = verdict(with_lines(GOOD_LINES[0], wrong, *GOOD_LINES[2:]))

    assert found.decision is Decision.NO_GO
    assert found.of_phase("lines")[0].ids == ("+441632960102",)


def test_a_source_of_metrics_that_is_silent_is_a_no_go_and_named():
    """All that is handed over has to answer before the first customer, not the lines alone."""
    *others, last = GOOD_LINES
    silent = replace(last, ok=False, note="it did not answer")
    found = verdict(with_lines(*others, silent))

    assert last.kind is InterfaceKind.METRICS
    assert found.decision is Decision.NO_GO
    assert found.of_phase("lines")[0].ids == (last.line,)


def test_a_line_that_was_never_probed_is_not_right():
    """No data is never a pass."""
    (result,) = verdict(with_lines(*GOOD_LINES[:2])).of_phase("lines")

    assert result.status is not Status.PASS


def test_a_run_interrupted_before_its_lines_were_probed_is_inconclusive():
    """`rehearse` promises: INCONCLUSIVE, because the run was interrupted."""
    run = with_lines(phase_runs=[], ending=Ending.INTERRUPTED, contacts=())

    assert verdict(run).decision is Decision.INCONCLUSIVE


def test_a_recovery_within_its_limit_passes():
    """Thirty seconds of three minutes."""
    found = verdict(loss([True] * 100 + [False] * 30 + [True] * 470), RECOVERY)

    assert by_callers(found.results).status is Status.PASS


def test_service_that_never_came_back_fails_its_recovery():
    """We watched for 700 s, longer than the limit: it is at least that long."""
    found = verdict(loss([True] * 100 + [False] * 500), RECOVERY)

    assert by_callers(found.results).status is Status.FAIL


@pytest.mark.parametrize(
    ("hits", "expected"),
    [([True] * 600, Status.INCONCLUSIVE), ([True] * 100 + [False] * 500, Status.FAIL)],
)
def test_a_fault_that_was_not_shown_proves_no_recovery(hits: list[bool], expected: Status):
    """It would close the finding of the run before; harm that callers met counts all the same."""
    dud = fault_run(proven_s=None)
    found = verdict(loss(hits, fault_runs=[dud]), RECOVERY)

    assert by_callers(found.results).status is expected


def test_service_that_was_not_watched_for_long_enough_is_open():
    """Sixty seconds of watching cannot fail a limit of three minutes."""
    short = phase_run("loss", PhaseKind.FAULT, end_s=160.0, held_s=0.0)
    found = verdict(loss([True] * 100 + [False] * 60, phase_runs=[short]), RECOVERY)

    assert by_callers(found.results).status is Status.INCONCLUSIVE


def test_a_recovery_fails_by_what_is_proven_alone():
    """Injected between 100 and 400 s, last felt at 449 s: 49 s are proven, 349 s are not.

    Callers of the time before it may have been hurt by nothing that was injected.
    """
    struck = {"injected_from_s": 100.0, "injected_s": 400.0, "proven_s": 401.0}
    healed = {"healed_from_s": 430.0, "healed_s": 431.0, "heal_proven_s": 432.0}
    run = loss(
        [True] * 400 + [False] * 50 + [True] * 50,
        phase_runs=[phase_run("loss", PhaseKind.FAULT, end_s=500.0, held_s=0.0)],
        fault_runs=[fault_run(**struck, **healed)],
    )

    assert by_callers(verdict(run, RECOVERY).results).status is Status.INCONCLUSIVE


@pytest.mark.parametrize("threshold_s", [20.0, 30.0])
def test_each_recovery_is_judged_by_its_own_level(threshold_s: float):
    """Seven in ten are served after the fault: three in five soon enough, 95 in 100 never.

    Whoever asks both in one contract must not get the answer of the easier one twice.
    """
    hits = [True] * 100 + spread(350, 500)
    easy = replace(RECOVERY, restored_share=0.6)
    hard = objective(
        "recovery", 180.0, 198.0, kinds=IN_FAULTS, restored_share=0.95, threshold_s=threshold_s
    )
    found = [verdict(loss(hits), *asked) for asked in ((easy, hard), (hard, easy))]

    assert [[each.status for each in told.results] for told in found] == [
        [Status.PASS, Status.FAIL],
        [Status.FAIL, Status.PASS],
    ]
    assert [len({each.subject for each in told.results}) for told in found] == [2, 2]
    told_of = [each.recoveries[0].recovered_s for each in found]
    assert told_of == [1.0, None], "the report tells that of the first"


def test_a_recovery_timed_too_coarsely_does_not_decide():
    """One wall second of bracket at speed 20 is twenty of 180 centre seconds: more than a tenth."""
    run = loss(
        [True] * 100 + [False] * 30 + [True] * 470,
        fault_runs=[fault_run(injected_s=120.0)],
        facts=facts(speed=20.0),
    )
    result = by_callers(verdict(run, RECOVERY).results)

    assert result.status is Status.INCONCLUSIVE
    assert "too coarse at speed 20" in result.note


@pytest.mark.parametrize(
    ("speed", "status"), [(25.0, Status.FAIL), (60.0, Status.PASS)], ids=["caller", "stamps"]
)
def test_a_recovery_too_fast_for_callers_clocks_is_judged_by_the_sites_stamps(speed, status):
    """At speed 60 half a wall second of a busy machine is half a minute: no word of the site's."""
    slow_to_reach = [
        answered(
            f"loss/calls/{i}",
            due_s=i,
            wait_s=30.0,
            queued_s=i + 29.0,
            site_queued_s=i + 29.0,
            site_answered_s=i + 30.0,
        )
        for i in range(600)
    ]
    run = loss([True] * 600, contacts=slow_to_reach, facts=facts(speed=speed))

    assert by_callers(verdict(run, RECOVERY).results).status is status


WRITTEN = [ticket(f"peak/tickets/{i}", due_s=float(i)) for i in range(5)]
STORED = [stored(site, each.id) for each in WRITTEN for site in ("north", "south")]


def audited(**changes: Any) -> FakeEvidence:
    """Return a fine peak with five tickets, all of them in both stores."""
    run = peak(560, 600, scenario=scenario(phase(), tickets=TICKETS))
    fields: dict[str, Any] = {"contacts": [*run.contacts, *WRITTEN], "stores": STORED}
    return replace(run, **fields | changes)


def test_every_ticket_where_it_should_be_is_a_pass():
    """Nothing lost, nothing doubled."""
    assert verdict(audited(), NO_LOSS, NO_DOUBLES).decision is Decision.GO


def test_one_lost_ticket_is_a_no_go():
    """A count needs no statistics."""
    found = verdict(audited(stores=STORED[2:]), NO_LOSS)

    assert found.decision is Decision.NO_GO
    assert found.results[0].ids == ("peak/tickets/0",)


def test_one_doubled_ticket_is_a_no_go():
    """The customer is called back twice."""
    run = audited(stores=[*STORED, stored("north", "peak/tickets/0", "T-again")])

    assert verdict(run, NO_DOUBLES).decision is Decision.NO_GO


def test_an_unread_store_leaves_the_losses_open():
    """Neither a loss nor its absence can be claimed."""
    found = verdict(audited(stores_read=("north",), stores=STORED[::2]), NO_LOSS)

    assert found.results[0].value is None
    assert found.decision is Decision.INCONCLUSIVE


def test_no_ticket_acknowledged_is_no_proof_that_none_is_lost():
    """No data is never a pass: a provider that refuses every ticket loses none."""
    run = audited(contacts=peak(560, 600).contacts, stores=[])

    assert verdict(run, NO_LOSS).results[0].status is Status.INCONCLUSIVE


NO_LOST_UPDATES = objective("lost_updates", 0.0, 0.0, threshold_s=None)
LIVELY = replace(TICKETS, writers=Writers(replies=Habit(0.9, Delay(300.0))))
ANSWERED_ONCE = TicketStep(StepKind.WROTE, 50.0, WriteOutcome.ACKNOWLEDGED)


def lively(comments: int | None, **changes: Any) -> FakeEvidence:
    """Return a run whose customers answer once each; the stores count so many *comments*."""
    run = audited(scenario=scenario(phase(), tickets=LIVELY))
    written = [replace(each, steps=(ANSWERED_ONCE,)) for each in WRITTEN]
    stores = [
        replace(each, comments=comments, reopened=0 if comments is not None else None)
        for each in STORED
    ]
    if comments is not None:
        stores = [replace(each, escalated=False) for each in stores]
    contacts = [*peak(560, 600).contacts, *written]
    return replace(run, contacts=contacts, stores=stores, **changes)


@pytest.mark.parametrize(
    ("comments", "decision", "because"),
    [
        (1, Decision.GO, "each answer is there"),
        (0, Decision.NO_GO, "each was promised to be kept"),
        (None, Decision.INCONCLUSIVE, "a listing without counts says nothing"),
    ],
)
def test_what_customers_answered_is_audited(comments: int | None, decision: Decision, because: str):
    """A ticket that is there without the customer's answer is half lost."""
    assert verdict(lively(comments), NO_LOST_UPDATES, NO_LOSS).decision is decision, because


def test_updates_are_not_asked_about_where_nobody_writes_any():
    """One contract serves all scenarios: what cannot happen leaves nothing open."""
    found = verdict(audited(), NO_LOST_UPDATES, NO_LOSS)

    assert [each.kpi for each in found.results] == ["lost_tickets"]
    assert found.decision is Decision.GO


def test_updates_that_nobody_acknowledged_leave_the_question_open():
    """No data is never a pass."""
    run = audited(scenario=scenario(phase(), tickets=LIVELY))
    stores = [replace(each, comments=0, reopened=0, escalated=False) for each in STORED]
    (result,) = verdict(replace(run, stores=stores), NO_LOST_UPDATES).results

    assert result.status is Status.INCONCLUSIVE
    assert "no update" in result.note


def test_a_run_of_which_nothing_was_asked_is_no_go_ahead():
    """No data is never a pass; an SLA with gates for soaks alone proves nothing of a peak."""
    soak_only = objective(kinds=(PhaseKind.SOAK,))

    assert verdict(peak(560, 600), soak_only).decision is Decision.INCONCLUSIVE
