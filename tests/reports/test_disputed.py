"""``disputed.csv`` and GitHub's lines: what is behind a failed objective, for those who argue."""

import csv
import io
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from harness.kpi.catalogue import CATALOGUE
from harness.kpi.measure import Counted
from harness.model.contact import EndedBy, Outcome, StepKind, TicketStep, WriteOutcome
from harness.model.scenario import PhaseKind
from harness.model.sla import Clock, Direction, Each, Formula
from harness.model.verdict import Decision, Status, View
from harness.record.run_record import RunRecord
from harness.verdict.judge import judge
from harness.verdict.reach import STARTED
from reports import annotations, disputed
from tests.fakes import (
    FakeEvidence,
    abandoned,
    answered,
    call,
    cut_off,
    facts,
    objective,
    phase,
    phase_run,
    scenario,
    scrape,
    sla,
    ticket,
    waiting,
)
from tests.reports.made_up_verdicts import Run

ASKED = sla(
    objective(),
    objective("blocked", goal=0.01, warn=0.02, threshold_s=None),
    objective("dropped", goal=0.01, warn=0.02, threshold_s=None),
    objective("ticket_first_reply", goal=0.9, warn=0.88, threshold_s=60.0),
)
CONTACTS = (
    *(
        answered(f"peak/calls/{n}", due_s=5.0 * n, wait_s=5.0, ended_by=EndedBy.CALLER)
        for n in range(100)
    ),
    *(
        answered(
            f"late/{n}", due_s=2.0 * n, wait_s=45.0, provider_id=f"P-{n}", ended_by=EndedBy.CALLER
        )
        for n in range(290)
    ),
    *(abandoned(f"gone/{n}", due_s=200.0 + n, wait_s=30.0) for n in range(10)),
    *(call(f"blocked/{n}", due_s=9.0 * n, outcome=Outcome.BLOCKED) for n in range(60)),
    *(
        answered(f"dropped/{n}", due_s=8.5 * n, wait_s=5.0, ended_by=EndedBy.DROPPED)
        for n in range(60)
    ),
    answered("held/1", due_s=605.0, wait_s=90.0, held=True),
)


def kept(
    make_record,
    *contacts,
    kind: PhaseKind = PhaseKind.STEADY,
    speed: float = 20.0,
    held_s: float = 200.0,
    away: range = range(0),
) -> RunRecord:
    """Return the record of a run of *contacts*; its one source was *away*, and lived on."""

    def fill(record: RunRecord) -> None:
        run = FakeEvidence()
        told = replace(facts(), run="run-1", reference_prefix="run-1/", speed=speed)
        record.put_plan(scenario(phase(kind=kind)), ASKED, run.target, told)
        record.put_epoch(1_795_000_000.0)
        record.put_phase(phase_run(kind=kind, held_s=held_s))
        record.put_contacts(contacts)
        for at in range(610 if away else 0):
            values = {} if at in away else {STARTED: 1_000.0}
            record.put_scrape(scrape(float(at), values, ok=at not in away))

    return make_record(fill)


def rows(record: RunRecord) -> list[dict[str, str]]:
    verdict = judge(record, ASKED, about="")
    return list(csv.DictReader(io.StringIO(disputed.render(record, verdict))))


def test_each_failed_objective_has_its_contacts_and_no_others(make_record):
    """With the provider's id and the moment in UTC, so that both sides look at the same call."""
    found = rows(kept(make_record, *CONTACTS))
    by = {name: [each for each in found if each["objective"] == name] for name in
          {each["objective"] for each in found}}  # fmt: skip

    late = by["service_level"]
    assert {each["contact"].partition("/")[0] for each in late} == {"late", "gone"}
    assert len(late) == 300
    assert late[0]["provider_id"] == "P-0"
    assert late[0]["our_reference"] == "run-1/late/0"
    assert late[0]["wait_s"] == "45.0"
    assert late[0]["due_utc"] == "2026-11-18T11:06:40Z"
    assert {each["contact"].partition("/")[0] for each in by["blocked"]} == {"blocked"}
    assert len(by["blocked"]) == 60
    assert {each["outcome"] for each in by["dropped"]} == {"answered, ended by dropped"}


def test_tickets_are_disputed_by_their_own_clock(make_record):
    """Never replied to is as late as can be."""
    tickets = (
        *(ticket(f"t/{n}", due_s=float(n), replied_s=n + 20.0) for n in range(40)),
        *(ticket(f"slow/{n}", due_s=float(n), replied_s=n + 400.0) for n in range(40)),
        *(ticket(f"never/{n}", due_s=float(n)) for n in range(40)),
    )
    found = [each for each in rows(kept(make_record, *tickets)) if each["kind"] == "ticket"]

    assert {each["contact"].partition("/")[0] for each in found} == {"slow", "never"}
    assert len(found) == 80


def test_each_priority_is_disputed_by_the_objective_that_has_its_clock(make_record):
    """The desk for P1 and the one for P3 may have an owner each."""
    asked = sla(
        *(
            objective(
                "ticket_first_reply", 0.9, 0.88, threshold_s=None, clocks={name: Clock(within_s)}
            )
            for name, within_s in (("P1", 10.0), ("P3", 60.0))
        )
    )
    tickets = [
        ticket(f"{name}/{took}/{n}", due_s=float(n), priority=name, replied_s=n + took)
        for name in ("P1", "P3")
        for took in (30.0, 90.0)
        for n in range(40)
    ]
    record = kept(make_record, *tickets)
    text = disputed.render(record, judge(record, asked, about=""))
    found = {each["contact"].rpartition("/")[0] for each in csv.DictReader(io.StringIO(text))}

    assert found == {"P1/30.0", "P1/90.0", "P3/90.0"}


def test_two_clocks_of_one_priority_have_a_list_each(make_record):
    """Whoever waited 90 s is behind both; each is a figure of its own, in the gap of views too."""
    asked = sla(
        *(
            objective(
                "ticket_first_reply", 0.9, 0.88, threshold_s=None, clocks={"P1": Clock(within_s)}
            )
            for within_s in (10.0, 60.0)
        )
    )
    tickets = [
        ticket(f"{took}/{n}", due_s=float(n), priority="P1", replied_s=n + took)
        for took in (30.0, 90.0)
        for n in range(40)
    ]
    record = kept(make_record, *tickets)
    verdict = judge(record, asked, about="")
    found = csv.DictReader(io.StringIO(disputed.render(record, verdict)))

    assert {each.threshold_s for each in verdict.results} == {10.0, 60.0}
    assert Counter(each["contact"].partition("/")[0] for each in found) == {"30.0": 40, "90.0": 80}


def test_two_goals_of_one_kpi_that_fail_have_a_list_each(make_record):
    """Whoever waited 95 s is behind both, and whoever waited 45 s behind the one of 20 s alone."""
    asked = sla(
        objective(),
        objective(goal=0.95, warn=0.93, threshold_s=60.0, goal_text="95/60"),
    )
    contacts = (
        *(answered(f"fair/{n}", due_s=2.0 * n, wait_s=45.0) for n in range(100)),
        *(answered(f"late/{n}", due_s=2.0 * n + 1, wait_s=95.0) for n in range(200)),
    )
    record = kept(make_record, *contacts)
    text = disputed.render(record, judge(record, asked, about=""))
    found = list(csv.DictReader(io.StringIO(text)))

    assert Counter(each["goal"] for each in found) == {"80/20": 300, "95/60": 200}


def test_two_formulas_of_one_goal_have_the_contacts_that_each_counts(make_record):
    """Whoever hung up early is behind the level of all that were offered, not of those answered."""
    asked = sla(objective(), objective(formula=Formula.ANSWERED))
    contacts = (
        *(answered(f"fair/{n}", due_s=2.0 * n) for n in range(100)),
        *(answered(f"late/{n}", due_s=2.0 * n + 1, wait_s=95.0) for n in range(100)),
        *(abandoned(f"gone/{n}", due_s=2.0 * n + 1.5) for n in range(50)),
    )
    record = kept(make_record, *contacts)
    text = disputed.render(record, judge(record, asked, about=""))
    found = list(csv.DictReader(io.StringIO(text)))

    assert Counter(each["contact"].partition("/")[0] for each in found) == {"late": 200, "gone": 50}


def test_a_contract_that_asks_the_same_twice_disputes_by_what_the_phase_was_asked(make_record):
    """60/60 while a fault lasts: whoever waited 45 s is no contact behind its failure."""
    lasting = (PhaseKind.FAULT,)
    asked = sla(
        objective(),
        objective(goal=0.6, warn=0.58, threshold_s=60.0, goal_text="60/60", kinds=lasting),
        objective("asa", goal=9.0, warn=9.0, threshold_s=None, goal_text="<= 9s"),
        objective("asa", 50.0, 50.0, threshold_s=None, goal_text="<= 50s", kinds=lasting),
    )
    contacts = (
        *(answered(f"fair/{n}", due_s=2.0 * n, wait_s=45.0) for n in range(100)),
        *(answered(f"late/{n}", due_s=2.0 * n + 1, wait_s=95.0) for n in range(200)),
    )
    record = kept(make_record, *contacts, kind=PhaseKind.FAULT)
    text = disputed.render(record, judge(record, asked, about=""))
    found = list(csv.DictReader(io.StringIO(text)))

    assert {each["goal"] for each in found} == {"60/60", "<= 50s"}
    assert {each["contact"].partition("/")[0] for each in found} == {"late"}


def test_who_found_no_way_in_is_behind_a_failure_of_blocking_too(make_record):
    """The KPI counts them as blocked: in an outage they are all that there is."""
    contacts = [
        call(f"{outcome}/{n}", due_s=3.0 * n, outcome=outcome, ended_s=3.0 * n + 1)
        for outcome in (Outcome.FAILED, Outcome.UNKNOWN)
        for n in range(60)
    ]
    found = [each for each in rows(kept(make_record, *contacts)) if each["objective"] == "blocked"]

    assert len(found) == 120


def disputed_of(kpi: str, record: RunRecord, **of: Any) -> list[str]:
    """Return the contacts behind a failure of *kpi*, which is asked alone."""
    verdict = judge(record, sla(objective(kpi, **of)), about="")
    found = csv.DictReader(io.StringIO(disputed.render(record, verdict)))
    return [each["contact"] for each in found]


def test_who_waits_still_and_too_long_is_behind_a_service_level_too(make_record):
    """They count as missed; a list without them does not add up to the percentage."""
    queued = [waiting(f"peak/calls/{n}", due_s=float(n)) for n in range(300)]

    assert disputed_of("service_level", kept(make_record, *queued)) == [each.id for each in queued]


def test_beyond_speed_25_a_wait_is_disputed_by_the_sites_stamps(make_record):
    """By callers' clocks it would list calls that counted as served, and leave out those that did not."""
    calls = [
        answered(
            f"peak/calls/{n}", due_s=float(n), wait_s=30.0 if n % 2 else 5.0,
            site_queued_s=float(n), site_answered_s=n + (5.0 if n % 2 else 30.0),
        )
        for n in range(300)
    ]  # fmt: skip
    found = disputed_of("service_level", kept(make_record, *calls, speed=60.0))

    assert found == [each.id for each in calls[::2]]


def test_calls_lost_in_the_queue_and_in_a_talk_are_behind_lost_calls(make_record):
    """Whose end nobody saw is not among them: nobody knows that it was lost."""
    ends = (EndedBy.DROPPED, EndedBy.CALLER)
    talks = [answered(f"peak/calls/{n}", due_s=float(n), ended_by=ends[n % 2]) for n in range(100)]
    cut = [cut_off(f"cut/{n}", due_s=float(n), phase="peak") for n in range(5)]
    found = disputed_of(
        "lost_calls", kept(make_record, *talks, *cut), goal=0.0, warn=0.0, threshold_s=None
    )

    assert sorted(found) == sorted(each.id for each in (*talks[::2], *cut))


ASKS = (
    TicketStep(StepKind.REPLIED, 401.0),
    TicketStep(StepKind.WROTE, 402.0, WriteOutcome.ACKNOWLEDGED),
    TicketStep(StepKind.SOLVED, 500.0),
    TicketStep(StepKind.REOPENED, 501.0, WriteOutcome.ACKNOWLEDGED),
)
VARIED = (
    *(answered(f"prompt/{n}", due_s=float(n), ended_by=EndedBy.CALLER) for n in range(100)),
    *(answered(f"late/{n}", due_s=float(n), wait_s=45.0, ended_by=None) for n in range(50)),
    *(abandoned(f"short/{n}", due_s=float(n), wait_s=3.0) for n in range(75)),
    *(abandoned(f"quick/{n}", due_s=float(n), wait_s=15.0) for n in range(75)),
    *(abandoned(f"long/{n}", due_s=float(n), wait_s=40.0) for n in range(25)),
    *(cut_off(f"cut/{n}", due_s=float(n)) for n in range(25)),
    *(waiting(f"stays/{n}", due_s=float(n)) for n in range(25)),
    *(waiting(f"young/{n}", due_s=599.0) for n in range(25)),
    *(
        call(f"back/{n}", due_s=float(n), queued_s=float(n), ended_s=n + n % 2 * 30.0 + 1.0,
             outcome=Outcome.CALLBACK)
        for n in range(50)
    ),
    *(call(f"blocked/{n}", due_s=float(n), outcome=Outcome.BLOCKED) for n in range(40)),
    *(call(f"refused/{n}", due_s=float(n), outcome=Outcome.REFUSED) for n in range(40)),
    *(call(f"menu/{n}", due_s=float(n), outcome=Outcome.CONTAINED, ivr_s=5.0) for n in range(9)),
    *(ticket(f"t/{n}", due_s=float(n), replied_s=n + 20.0, solved_s=n + 30.0) for n in range(30)),
    *(ticket(f"slow/{n}", due_s=float(n), replied_s=n + 400.0) for n in range(60)),
    *(ticket(f"new/{n}", due_s=590.0) for n in range(90)),
    *(ticket(f"asks/{n}", due_s=400.0, replied_s=401.0, steps=ASKS) for n in range(9)),
    *(answered(f"lost/{n}", due_s=float(n), ended_by=EndedBy.DROPPED) for n in range(20)),
)  # fmt: skip
"""Something of everything: who left early and late, young tickets, callbacks taken late."""


@pytest.mark.parametrize(
    ("kpi", "of"),
    [
        *(("service_level", {"formula": formula}) for formula in Formula),
        ("service_level", {"each": Each.QUEUE, "only": ("billing",)}),
        *(
            (name, {} if kpi.needs_threshold else {"threshold_s": None})
            for name, kpi in CATALOGUE.items()
            if isinstance(kpi.callers, Counted) and name != "service_level"
        ),
        ("dropped", {"threshold_s": None}),
    ],
    ids=str,
)
def test_who_is_listed_is_who_counted(kpi: str, of: dict[str, Any], make_record):
    """A list that does not add up to the percentage is one that the provider need not read."""
    impossible = {Direction.MORE: 1.1, Direction.LESS: -0.1}[CATALOGUE[kpi].direction]
    record = kept(make_record, *VARIED, held_s=1.0)
    verdict = judge(record, sla(objective(kpi, impossible, impossible, **of)), about="")
    (result,) = [each for each in verdict.results if each.view is View.CALLERS]
    failed = replace(verdict, results=(replace(result, status=Status.FAIL),))
    found = csv.DictReader(io.StringIO(disputed.render(record, failed)))
    listed = [each["contact"] for each in found if each["contact"]]
    hits = round((result.value or 0.0) * result.n)

    assert len(listed) == (result.n - hits if impossible > 1 else hits)
    assert len(set(listed)) == len(listed)


def test_whom_the_verdict_left_out_for_a_dead_network_is_not_listed(make_record):
    """They prove nothing of the provider, so there is nothing to dispute."""
    lost = range(100, 160)
    contacts = [
        answered(f"c/{at}", due_s=float(at), wait_s=1.0, ended_s=at + 2.0)
        if at not in lost
        else call(f"c/{at}", due_s=float(at), ended_s=float(at), outcome=Outcome.FAILED)
        for at in range(600)
    ]
    contacts += [call(f"full/{n}", due_s=9.0 * n, outcome=Outcome.BLOCKED) for n in range(60)]
    record = kept(make_record, *contacts, away=lost, speed=1.0)
    found = disputed_of("blocked", record, goal=0.01, warn=0.02, threshold_s=None)

    assert {each.partition("/")[0] for each in found} == {"full"}


def test_a_run_in_which_nothing_failed_disputes_nothing(go_run: Run):
    """A header, so that whoever reads it knows that it was looked at."""
    assert disputed.render(go_run.record, go_run.verdict).count("\n") == 1


def test_many_contacts_are_counted_and_not_listed_for_ever(make_record, monkeypatch):
    """A spreadsheet of a million rows is opened by nobody."""
    monkeypatch.setattr(disputed, "MOST", 25)
    late = [
        each for each in rows(kept(make_record, *CONTACTS)) if each["objective"] == "service_level"
    ]

    assert len(late) == 26
    assert late[-1]["note"] == "and 275 more"


def test_an_objective_without_single_contacts_says_so(make_record):
    """An occupancy is nobody's call."""
    record = kept(make_record, *CONTACTS)
    verdict = judge(record, ASKED, about="")
    busy = replace(verdict.results[0], kpi="occupancy", view=View.PROVIDER, status=Status.FAIL)
    text = disputed.render(record, replace(verdict, results=(busy,)))

    assert "it is no sum of single contacts" in text


@pytest.mark.parametrize("decision", list(Decision))
def test_github_is_told_of_what_failed_and_of_nothing_else(decision: Decision, no_go_run: Run):
    """At most ten lines, each whole: a colon or a line end would cut it off."""
    verdict = replace(no_go_run.verdict, decision=decision)
    hostile = replace(
        verdict.results[0], scope="a,b:c%\nd", status=Status.FAIL, kind=PhaseKind.STEADY
    )
    many = replace(verdict, results=(hostile,) * 30)
    told = list(annotations.annotations(many))

    if decision is Decision.GO:
        assert told == []
        return
    assert len(told) == (10 if decision is Decision.NO_GO else 1)
    for line in told:
        assert "\n" not in line
        kind, _, rest = line.removeprefix("::").partition(" title=")
        title, _, message = rest.partition("::")
        assert kind == ("error" if decision is Decision.NO_GO else "warning")
        assert "a,b:c" not in title
        assert title
        assert message
