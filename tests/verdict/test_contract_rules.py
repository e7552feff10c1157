"""What an SLA asks beside a goal: waivers, minimum contacts, intervals, clocks, gaps, baseline."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.contact import StepKind, TicketStep, WriteOutcome
from harness.model.event import PhaseRun
from harness.model.scenario import PhaseKind
from harness.model.sla import (
    Baseline,
    BaselineValue,
    Bound,
    Clock,
    Each,
    Formula,
    Hours,
    IntervalsMet,
    Progression,
    Sla,
    Waiver,
)
from harness.model.target import Opening
from harness.model.verdict import Aspect, Decision, ObjectiveResult, Status, Verdict, View
from harness.verdict.judge import judge, judge_phase
from harness.verdict.sentence import account
from tests.effort import examples
from tests.fakes import (
    OWNER,
    TICKETS,
    FakeEvidence,
    answered,
    calls_of,
    counted_waits,
    every_second,
    facts,
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
)

BOARD = replace(OWNER, name="Quality Board")
RUN_DAY = date(2026, 11, 18)
"""Of the made-up runs, in UTC."""
WAIVER = Waiver("service_level", date(2026, 12, 31), BOARD, "the second site opens in January")
RANK = {Decision.NO_GO: 0, Decision.INCONCLUSIVE: 1, Decision.GO: 2}


def run_of(hits: list[bool], *, told: int | None = None, **changes: Any) -> FakeEvidence:
    """Return a steady phase of these calls, of which the provider counted *told* in time."""
    counted = counted_waits(sum(hits) if told is None else told, len(hits))
    fields: dict[str, Any] = {
        "contacts": calls_of(hits),
        "scraped": {"edge": every_second([phase_run()], counted)},
    }
    return FakeEvidence(**fields | changes)


def verdict(run: FakeEvidence, contract: Sla) -> Verdict:
    return judge(run, contract, about="mock only")


def results(found: Verdict, aspect: Aspect = Aspect.VALUE) -> list[ObjectiveResult]:
    return [each for each in found.results if each.aspect is aspect]


def only(found: Verdict, aspect: Aspect = Aspect.VALUE, view: View = View.CALLERS):
    (result,) = [each for each in results(found, aspect) if each.view is view]
    return result


BAD = run_of(spread(300, 600))

# ---------------------------------------------------------------------- waivers


def test_a_waived_failure_is_told_first_and_blocks_nothing():
    """With who approved it, until when and why: a waiver nobody sees is a lie."""
    found = verdict(BAD, replace(sla(), waivers=(WAIVER,)))

    assert {each.status for each in found.results} == {Status.WAIVED}
    assert found.decision is Decision.GO
    assert found.subject.startswith("1 objective waived (service_level in peak, waived by Quality")
    assert "until 2026-12-31: the second site opens in January" in only(found).waiver
    assert only(found).note.startswith("otherwise FAIL")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"until": date(2026, 11, 1)}, "it had ended before the run"),
        ({"kpi": "asa"}, "another objective"),
        ({"scope": "billing"}, "one queue only, and all are judged at once"),
        ({"kind": PhaseKind.FAULT}, "another kind of phase"),
    ],
)
def test_a_waiver_excuses_only_what_it_names(changes: dict[str, Any], because: str):
    """And only while it lasts, by the day of the run."""
    found = verdict(BAD, replace(sla(), waivers=(replace(WAIVER, **changes),)))

    assert found.decision is Decision.NO_GO, because


def test_a_waiver_opens_the_gate_too():
    """Else the run ends where the verdict would not."""
    gate = judge_phase(BAD, replace(sla(), waivers=(WAIVER,)), phase_run())

    assert {each.status for each in gate} == {Status.WAIVED}


def test_what_is_met_is_not_waived():
    """A waiver that is no longer needed is seen to be so."""
    found = verdict(run_of(spread(580, 600)), replace(sla(), waivers=(WAIVER,)))

    assert only(found).status is Status.PASS


@examples(16)
@given(st.integers(0, 600), st.integers(0, 600), st.floats(0.01, 0.5))
def test_a_waiver_changes_nothing_for_any_other_objective(good: int, told: int, limit: float):
    """Neither its status nor how sure one is of it: the family they are judged in stays as it is."""
    run = run_of(spread(good, 600), told=told)
    contract = sla(objective(), objective("abandonment", limit, limit, threshold_s=None))
    excused = replace(contract, waivers=(WAIVER,))
    before, after = (
        [each for each in verdict(run, each_sla).results if each.kpi == "abandonment"]
        for each_sla in (contract, excused)
    )

    assert before == after


# ---------------------------------------------------------------------- how many, how counted


def test_fewer_contacts_than_the_contract_asks_for_decide_nothing():
    """And it is said how many more: not even a disaster of thirty calls is a NO-GO."""
    found = verdict(run_of([False] * 30), sla(objective(min_contacts=400)))
    result = only(found)

    assert (result.status, result.more_contacts) == (Status.INCONCLUSIVE, 370)
    assert result.note == "30 of the 400 contacts that the contract asks for"
    assert found.decision is Decision.INCONCLUSIVE


@pytest.mark.parametrize(
    ("talks", "least", "status", "more"),
    [
        (12, 0, Status.INCONCLUSIVE, None),
        (12, 400, Status.INCONCLUSIVE, 388),
        (300, 0, Status.FAIL, None),
        (300, 400, Status.INCONCLUSIVE, 100),
    ],
)
def test_a_dozen_talks_of_which_the_provider_alone_tells_decide_nothing(
    talks: int, least: int, status: Status, more: int | None
):
    """Its counters do not tell how far they are apart; a mean of twelve is off by a third."""
    told = {
        series("cc_talk_seconds_sum"): 330.0 * talks,
        series("cc_hold_seconds_sum"): 0.0,
        series("cc_wrap_up_seconds_sum"): 20.0 * talks,
        series("cc_talk_seconds_count"): float(talks),
    }
    run = FakeEvidence(
        contacts=calls_of([True] * talks), scraped={"edge": every_second([phase_run()], told)}
    )
    asked = objective("aht", 300.0, 330.0, threshold_s=None, min_contacts=least)
    result = only(verdict(run, sla(asked)), view=View.PROVIDER)

    assert (result.status, result.value, result.more_contacts) == (status, 350.0, more)
    assert result.note.startswith("12 of the 100 contacts") is (talks == 12)


def test_the_formula_is_the_contracts():
    """The same calls: 60 % of those offered, 100 % of those answered."""
    calls = [
        answered(f"peak/calls/{i}", due_s=float(i), wait_s=5.0)
        if i % 5 < 3
        else replace(
            answered(f"peak/calls/{i}", due_s=float(i)),
            outcome="abandoned", answered_s=None, ended_s=i + 30.0,
        )
        for i in range(100)
    ]  # fmt: skip
    run = FakeEvidence(contacts=calls)
    shares = [
        only(verdict(run, sla(objective(formula=formula)))).value
        for formula in (Formula.OFFERED, Formula.ANSWERED)
    ]

    assert shares == [0.6, 1.0]


@pytest.mark.parametrize(
    ("each", "scopes"),
    [
        (Each.QUEUE, {"billing", "support"}),
        (Each.LINE, {"+441632960101", "+441632960102", "+441632960201"}),
        (Each.SITE, {"north", "south"}),
    ],
)
def test_each_queue_line_or_site_is_judged_by_itself(each: Each, scopes: set[str]):
    """A fine total must not hide the one that nobody answers."""
    found = verdict(run_of(spread(580, 600)), sla(objective(each=each)))

    assert {result.scope for result in found.results} == scopes
    assert found.decision is Decision.INCONCLUSIVE  # all calls went to one of them


LINES = [line for lines in scenario().lines.values() for line in lines]


def over_all_lines(told: dict) -> FakeEvidence:
    """Return 1,200 calls to each line in turn, all of them answered in time."""
    contacts = [
        answered(f"peak/calls/{i}", due_s=i * 0.5, wait_s=5.0, line=LINES[i % len(LINES)])
        for i in range(1200)
    ]
    counted = counted_waits(1200, 1200) | told
    return FakeEvidence(contacts=contacts, scraped={"edge": every_second([phase_run()], counted)})


def accepted(line: str, n: float = 400.0) -> dict:
    return {series("cc_call_attempts_total", line=line, result="accepted"): n}


def test_what_no_metrics_tell_by_line_its_callers_alone_decide():
    """Else a contract for each line could never be met; the report says whose word it was."""
    found = verdict(over_all_lines({}), sla(objective(each=Each.LINE)))

    assert found.decision is Decision.GO
    assert {(each.scope, each.view) for each in found.results} == {
        (line, View.CALLERS) for line in LINES
    }
    assert "no figures of the provider's own for service_level by line" in found.subject


def test_a_line_that_a_page_counts_with_others_is_decided_by_its_callers():
    """A page of metrics has room for so many; one that is missing otherwise stays open."""
    asked = objective("blocked", 0.05, 0.07, threshold_s=None, each=Each.LINE)
    named = accepted(LINES[0])
    with_others, missing = (
        verdict(over_all_lines(told), sla(asked))
        for told in (named | accepted("other", 800.0), named)
    )

    assert with_others.decision is Decision.GO
    assert {e.scope for e in with_others.results if e.view is View.PROVIDER} == {LINES[0]}
    assert "no figures of the provider's own for blocked of 2 lines" in with_others.subject
    assert missing.decision is Decision.INCONCLUSIVE
    assert "no figures" not in missing.subject


def test_a_queue_called_other_is_no_catch_all():
    """Billing, of which the page tells nothing, would pass by its callers alone, and unsaid."""
    queues = ("billing", "other")
    contacts = [
        answered(f"peak/calls/{i}", due_s=i * 0.5, wait_s=5.0, queue=queues[i % 2])
        for i in range(1200)
    ]
    counted = {
        series("cc_wait_seconds_bucket", queue="other", outcome="answered", le="20.0"): 600.0,
        series("cc_wait_seconds_count", queue="other", outcome="answered"): 600.0,
    }
    run = FakeEvidence(contacts=contacts, scraped={"edge": every_second([phase_run()], counted)})
    found = verdict(run, sla(objective(each=Each.QUEUE, only=queues)))

    assert found.decision is Decision.INCONCLUSIVE
    assert [(e.scope, e.status) for e in found.results if e.view is View.PROVIDER] == [
        ("billing", Status.INCONCLUSIVE),
        ("other", Status.PASS),
    ]


def test_some_sites_only():
    """Where the contract names them."""
    found = verdict(run_of(spread(580, 600)), sla(objective(each=Each.SITE, only=("north",))))

    assert {result.scope for result in found.results} == {"north"}


# ---------------------------------------------------------------------- clocks per priority

CLOCKS = {"P1": Clock(600.0), "P3": Clock(3600.0, Hours.BUSINESS)}


def replied(after_s: float) -> FakeEvidence:
    """Return 300 tickets of each priority, all replied to after so long."""
    tickets = [
        ticket(f"peak/tickets/{p}{i}", due_s=float(i), priority=p, replied_s=i + after_s)
        for p in CLOCKS
        for i in range(300)
    ]
    return FakeEvidence(
        contacts=tickets,
        scenario=scenario(phase(), tickets=TICKETS),
        phase_runs=[phase_run(held_s=7_500.0)],
    )


@pytest.mark.parametrize(
    ("after_s", "urgent", "ordinary", "because"),
    [
        (300.0, Status.PASS, Status.PASS, "five minutes"),
        (1800.0, Status.FAIL, Status.PASS, "too late for P1, in time for P3"),
        (7200.0, Status.FAIL, Status.INCONCLUSIVE, "it may have been night: who knows"),
    ],
)
def test_each_priority_is_judged_by_its_own_clock(
    after_s: float, urgent: Status, ordinary: Status, because: str
):
    """A clock of business hours that ran around the clock can prove, not refute."""
    asked = objective("ticket_first_reply", 0.95, 0.90, clocks=CLOCKS, threshold_s=None)
    found = verdict(replied(after_s), sla(asked))
    statuses = {r.scope: r.status for r in found.results if r.view is View.CALLERS}

    assert statuses == {"P1": urgent, "P3": ordinary}, because


def test_in_business_hours_their_clock_is_one_around_the_clock():
    """A run that lies within the target's opening hours can refute, too: no night is in it."""
    run = replied(7200.0)
    weekdays = (Opening(0, 4, time(8), time(18)),)
    run.target = replace(run.target, mock={}, opening_hours={"billing": weekdays})
    asked = objective("ticket_first_reply", 0.95, 0.90, clocks=CLOCKS, threshold_s=None)
    statuses = {
        r.scope: r.status for r in verdict(run, sla(asked)).results if r.view is View.CALLERS
    }

    assert statuses["P3"] is Status.FAIL


# ---------------------------------------------------------------------- intervals

DAY = phase_run(end_s=14_400.0, held_s=200.0)


def day(bad_quarters: int, **changes: Any) -> FakeEvidence:
    """Return four hours, a call each 12 s; of the sixteen quarters some are bad throughout."""
    calls = [
        answered(
            f"peak/calls/{i}",
            due_s=i * 12.0,
            wait_s=100.0 if i * 12.0 < bad_quarters * 900.0 else 5.0,
        )
        for i in range(1200)
    ]
    return FakeEvidence(contacts=calls, phase_runs=[DAY], **changes)


BY_QUARTERS = sla(objective(goal=0.5, warn=0.4, intervals_met=IntervalsMet(Bound(0.9, 0.8), 900.0)))


@pytest.mark.parametrize(
    ("bad", "status"), [(0, Status.PASS), (2, Status.INCONCLUSIVE), (7, Status.FAIL)]
)
def test_a_good_day_does_not_hide_bad_quarters(bad: int, status: Status):
    """The volume-weighted total is fine in each of these; 16, 14 and 9 quarters of 16 are."""
    found = verdict(day(bad), BY_QUARTERS)
    result = only(found, Aspect.INTERVALS)

    assert (result.status, result.n) == (status, 16)
    assert result.value == pytest.approx((16 - bad) / 16)
    assert result.note == f"{16 - bad} of 16 intervals of 15m"
    assert result.name == "service_level intervals met"


@pytest.mark.parametrize(
    ("start_s", "end_s", "whole"), [(0.0, 1200.0, 1), (0.0, 1799.5, 1), (900.0, 2700.0, 2)]
)
def test_what_is_left_of_a_phase_is_no_interval(start_s: float, end_s: float, whole: int):
    """Twenty minutes hold one quarter of an hour, wherever in the run they lie."""
    short: PhaseRun = phase_run(start_s=start_s, end_s=end_s)
    found = verdict(replace(day(0), phase_runs=[short]), BY_QUARTERS)

    assert only(found, Aspect.INTERVALS).n == whole


def test_a_phase_whose_load_moves_is_not_judged_by_its_intervals():
    """The first minutes of a ramp are not those of its end: it has its total alone."""
    ramp = replace(DAY, kind=PhaseKind.RAMP)
    (asked,) = BY_QUARTERS.objectives
    everywhere = replace(
        BY_QUARTERS, objectives=(replace(asked, gates={PhaseKind.RAMP: Bound(0.5, 0.4)}),)
    )
    aspects = {
        each.aspect for each in verdict(replace(day(2), phase_runs=[ramp]), everywhere).results
    }

    assert Aspect.VALUE in aspects
    assert Aspect.INTERVALS not in aspects


def test_a_quarter_in_which_nobody_called_is_neither_good_nor_bad():
    """No data is never a pass."""
    found = verdict(replace(day(0), contacts=()), BY_QUARTERS)
    result = only(found, Aspect.INTERVALS)

    assert (result.status, result.n, result.value) == (Status.INCONCLUSIVE, 0, None)


# ---------------------------------------------------------------------- the gap between the views

TOLERANT = sla(objective(goal=0.5, warn=0.4, tolerance=0.03))


@pytest.mark.parametrize(
    ("told", "status", "because"),
    [
        (426, Status.PASS, "callers 71 %, provider 71 %"),
        (438, Status.PASS, "two points of three"),
        (504, Status.FAIL, "84 % reported where callers experienced 71 %"),
        (348, Status.WARN, "58 %: worse than it was, which is told and harms nobody"),
    ],
)
def test_a_gap_between_the_views_is_an_objective_of_its_own(
    told: int, status: Status, because: str
):
    """The provider's own numbers flatter it; by how much it may is in the contract."""
    found = verdict(run_of(spread(426, 600), told=told), TOLERANT)

    assert only(found, Aspect.GAP, View.PROVIDER).status is status, because


def test_the_gap_is_told_in_words():
    """As the sentence that everybody quotes."""
    found = verdict(run_of(spread(426, 600), told=504), TOLERANT)
    gap = only(found, Aspect.GAP, View.PROVIDER)

    assert gap.note == "the provider reports 84 %, callers experienced 71 %"
    assert found.decision is Decision.NO_GO
    assert "service_level gap 13 points > 3 points in peak" in found.sentence


def test_a_metric_that_is_missing_is_no_agreement():
    """Without the provider's figure there is nothing to compare: its own result stays open."""
    found = verdict(
        run_of(spread(580, 600), scraped={"edge": every_second([phase_run()])}), TOLERANT
    )

    assert results(found, Aspect.GAP) == []
    assert only(found, view=View.PROVIDER).status is Status.INCONCLUSIVE
    assert found.decision is Decision.INCONCLUSIVE


def answered_later(in_time: int, n: int, *, told: int, waiting: int = 0) -> FakeEvidence:
    """Return *n* tickets with a later reply, *in_time* of them within a minute.

    The provider *told* that many in time. So many more were *waiting* for theirs when the phase
    ended, and had it in time.
    """
    took_s = [30.0] * in_time + [200.0] * (n - in_time)
    asked_s = [*(float(number % 300) for number in range(n)), *[590.0] * waiting]
    tickets = [
        ticket(
            f"peak/tickets/{number}",
            steps=(
                TicketStep(StepKind.REPLIED, 0.0),
                TicketStep(StepKind.WROTE, at_s, WriteOutcome.ACKNOWLEDGED),
                TicketStep(StepKind.REPLIED, at_s + reply_s),
            ),
        )
        for number, (at_s, reply_s) in enumerate(
            zip(asked_s, [*took_s, *[30.0] * waiting], strict=True)
        )
    ]
    name = "cc_ticket_next_reply_seconds"
    rises = {series(f"{name}_bucket", le="60.0"): told, series(f"{name}_count"): n}
    return FakeEvidence(
        scenario=scenario(phase(), tickets=TICKETS),
        contacts=tickets,
        scraped={"north": every_second([phase_run()], rises, source="north")},
    )


NEXT_REPLY = sla(
    objective("ticket_next_reply", 0.5, 0.4, threshold_s=60.0, tolerance=0.03),
)


@pytest.mark.parametrize(
    ("told", "waiting", "status", "because"),
    [
        (70, 0, Status.PASS, "both say 70 %"),
        (95, 0, Status.FAIL, "95 % reported where customers had 70 %"),
        (90, 60, Status.INCONCLUSIVE, "sixty that the provider has not counted may explain it"),
    ],
)
def test_later_replies_have_a_gap_of_their_own(
    told: int, waiting: int, status: Status, because: str
):
    """By the clocks of tickets, not of calls: of those there may be none."""
    found = verdict(answered_later(70, 100, told=told, waiting=waiting), NEXT_REPLY)

    assert only(found, Aspect.GAP, View.PROVIDER).status is status, because


# ---------------------------------------------------------------------- the baseline


def compared(base: float | None, months: int) -> Sla:
    """Return a contract that starts from an in-house service level of *base*."""
    values = () if base is None else (BaselineValue("service_level", "", "peak", base, 640, 20.0),)
    return replace(
        sla(objective(goal=0.5, warn=0.4)),
        progression=Progression("in-house", 0.05, 6, 0.05, months),
        baseline=Baseline("in-house", "a-run", "small", "0" * 64, values),
    )


@pytest.mark.parametrize(
    ("months", "goal", "status"),
    [(3, 0.855, Status.PASS), (12, 0.90, Status.FAIL), (24, 0.905, Status.FAIL)],
)
def test_a_run_is_held_against_the_baseline_as_it_stands_by_now(
    months: int, goal: float, status: Status
):
    """88 % is fine in the first months of somebody who takes over from 90 %, and then no more."""
    callers = spread(int(0.8667 * 6000), 6000)
    ran = phase_run(end_s=6000.0)
    run = run_of(callers, phase_runs=[ran], scraped={"edge": every_second([ran])})
    result = only(verdict(run, compared(0.90, months)), Aspect.BASELINE)

    assert result.goal == pytest.approx(goal)
    assert result.status is status
    assert result.name == "service_level against baseline"


def test_a_figure_that_the_baseline_lacks_is_open():
    """No data is never a pass."""
    found = verdict(run_of(spread(590, 600)), compared(None, 3))

    assert only(found, Aspect.BASELINE).status is Status.INCONCLUSIVE
    assert only(found, Aspect.BASELINE).note.startswith("the baseline in-house has no figure for")
    assert "to settle it" not in account(only(found, Aspect.BASELINE)), "more calls would not help"


# ---------------------------------------------------------------------- in words


def test_a_verdict_says_what_it_is_about_before_any_number():
    """Target, speed, what was skipped: a GO on the mock is a GO on the mock."""
    fault_only = objective("asa", 28.0, 31.0, kinds=(PhaseKind.FAULT,), threshold_s=None)
    found = verdict(run_of(spread(580, 600), facts=facts(speed=20.0)), sla(objective(), fault_only))

    assert found.subject == "mock (mock only) at speed 20; 2 objectives skipped (asa, lines)"


def test_a_control_run_is_called_one_before_anything_else():
    """A GO of a run in which nothing was broken says nothing of what its scenario is about."""
    run = run_of(spread(300, 600), facts=facts(control=True))
    found = verdict(run, replace(sla(), waivers=(WAIVER,)))

    assert found.subject.startswith("control run: its faults were left out; 1 objective waived (")


def test_a_contract_that_no_phase_is_asked_decides_nothing():
    """That of a soak, put to an hour's rehearsal: tickets kept are no proof of a service level."""
    of_soak = objective(kinds=(PhaseKind.SOAK,))
    kept = objective("lost_tickets", 0.0, 0.0)
    plan = scenario(tickets=TICKETS)
    written = [ticket(f"t-{i}", due_s=float(i)) for i in range(9)]
    run = run_of(
        spread(590, 600),
        scenario=plan,
        contacts=[*calls_of(spread(590, 600)), *written],
        stores=[stored("north", each.id) for each in written],
    )
    asked_in_vain = verdict(run, sla(of_soak, kept))
    of_tickets_alone = verdict(run, sla(kept))

    assert asked_in_vain.decision is Decision.INCONCLUSIVE
    assert "asks nothing of any phase" in asked_in_vain.sentence
    assert "asks nothing of any phase" not in of_tickets_alone.sentence


def test_the_account_of_a_failure_holds_all_that_one_asks_for():
    """Value, interval, limit, margin, n, phase, owner."""
    told = account(only(verdict(BAD, sla())))

    assert told.startswith("FAIL service_level 50 % (45–55) < 80 % in peak, n = 600")
    assert "margin −30.0 points, warn limit 78 %" in told
    assert told.endswith("owner: Service Transition, transition@client.example")


def test_the_account_of_what_is_open_says_what_would_settle_it():
    """So many more contacts, so much longer."""
    told = account(only(verdict(run_of(spread(480, 600)), sla())))

    assert told.startswith("INCONCLUSIVE service_level 80 %")
    assert "needs" in told
    assert "more contacts, about" in told


# ---------------------------------------------------------------------- wary where it passes


def test_a_collapse_is_a_failure_and_no_resemblance():
    """Half the agents: the first hundred callers are served, then hardly anybody."""
    found = verdict(run_of([True] * 100 + [False] * 500), sla())

    assert found.decision is Decision.NO_GO


def test_a_run_of_long_rushes_does_not_pass_as_independent_calls_would():
    """The same 90 % of 1,600: evenly spread they pass, in one long spell they prove less."""
    even, spell = spread(1440, 1600), [True] * 720 + [False] * 160 + [True] * 720
    ran = phase_run(end_s=1600.0)
    statuses = [
        only(
            verdict(run_of(hits, phase_runs=[ran], scraped={"edge": every_second([ran])}), sla())
        ).status
        for hits in (even, spell)
    ]

    assert statuses == [Status.PASS, Status.INCONCLUSIVE]


# ---------------------------------------------------------------------- worse is never better

CENSUS = (PhaseKind.FAULT,)
LOSS_RUN = phase_run("loss", PhaseKind.FAULT)
WHOLE = sla(
    objective(kinds=CENSUS, min_contacts=10, tolerance=0.03),
    objective("abandonment", 0.05, 0.07, kinds=CENSUS, threshold_s=None),
    objective("blocked", 0.01, 0.03, kinds=CENSUS, threshold_s=None),
)


def loss(hits: list[bool]) -> FakeEvidence:
    told = counted_waits(sum(hits), len(hits))
    return FakeEvidence(
        scenario=scenario(phase("loss", PhaseKind.FAULT)),
        phase_runs=[LOSS_RUN],
        contacts=calls_of(hits, phase="loss"),
        scraped={"edge": every_second([LOSS_RUN], told)},
        fault_runs=[fault_run()],
    )


@examples(16)
@given(st.lists(st.booleans(), min_size=1, max_size=200), st.randoms(use_true_random=False))
def test_a_worse_history_never_gets_a_better_verdict_by_a_whole_contract(hits: list[bool], rng):
    """With waiver or without: whatever hits become misses, the verdict only falls."""
    worse = [hit and rng.random() < 0.8 for hit in hits]
    for contract in (WHOLE, replace(WHOLE, waivers=(replace(WAIVER, kpi="abandonment"),))):
        before, after = verdict(loss(hits), contract), verdict(loss(worse), contract)

        assert RANK[after.decision] <= RANK[before.decision]


@examples(16)
@given(st.integers(1, 100), st.integers(0, 100), st.integers(2, 6))
def test_more_of_the_same_never_turns_a_pass_into_a_failure(n: int, good: int, times: int):
    """Nor a failure into a pass: it can only make one surer."""
    hits = spread(min(good, n), n)
    before, after = (
        only(verdict(loss(each), sla(objective(kinds=CENSUS)))).status
        for each in (hits, [hit for hit in hits for _ in range(times)])
    )

    assert (before, after) not in {(Status.PASS, Status.FAIL), (Status.FAIL, Status.PASS)}
    if before in (Status.PASS, Status.FAIL):
        assert after is before
