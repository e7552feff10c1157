"""Verdicts that fit the made-up run: one of each decision, and one from an enemy."""

from dataclasses import dataclass, replace
from typing import Any

from harness.model.runbook import Mishap
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import Direction, Unit
from harness.model.verdict import (
    Away,
    Decision,
    Doubt,
    Failback,
    InProgress,
    Interruption,
    ObjectiveResult,
    Outage,
    Recovery,
    Status,
    Surprise,
    TicketAudit,
    Verdict,
    View,
)
from harness.record.run_record import RunRecord
from tests.reports.made_up_run import FAULT, HOSTILE, OPERATIONS, PROVIDER, SLA


def objective(**changes: Any) -> ObjectiveResult:
    """Return a result that passed, but for *changes*."""
    passed = ObjectiveResult(
        kpi="service_level",
        scope="billing",
        view=View.CALLERS,
        phase="peak",
        kind=PhaseKind.STEADY,
        status=Status.PASS,
        goal=0.8,
        warn=0.78,
        goal_text="80/20",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        owner=PROVIDER,
        must_pass=True,
        decisive_here=True,
        value=0.862,
        low=0.831,
        high=0.889,
        n=571,
        threshold_s=20.0,
    )
    return replace(passed, **changes)


def left_open(**changes: Any) -> ObjectiveResult:
    """Return a result of the pilot that need not be decided there, and is not."""
    undecided = objective(
        kpi="abandonment",
        phase="pilot",
        status=Status.INCONCLUSIVE,
        goal=0.05,
        warn=0.07,
        goal_text="<= 5%",
        direction=Direction.LESS,
        decisive_here=False,
        value=0.0,
        low=0.0,
        high=0.21,
        n=14,
        more_contacts=110,
        more_s=11_200.0,
    )
    return replace(undecided, **changes)


TOO_BUSY = "billing in peak, expected: 91.0 % of the agents' time is taken, beyond the hard limit"
FAULT_PHASE: dict[str, Any] = {
    "phase": "site-loss",
    "kind": PhaseKind.FAULT,
    "goal": 0.6,
    "warn": 0.58,
}
RECOVERY_TIME: dict[str, Any] = {
    "kpi": "recovery",
    "scope": "",
    "goal_text": "5m",
    "unit": Unit.SECONDS,
    "direction": Direction.LESS,
    "goal": 300.0,
    "warn": 330.0,
}
LOST_TICKETS: dict[str, Any] = {
    "phase": "run",
    "kind": None,
    "kpi": "lost_tickets",
    "scope": "",
    "goal_text": "0",
    "unit": Unit.COUNT,
    "direction": Direction.LESS,
    "goal": 0.0,
    "warn": 0.0,
    "low": None,
    "high": None,
    "owner": OPERATIONS,
}


AWAY = (
    Interruption(
        Away.PROCESS,
        ("north",),
        1200.0,
        1260.0,
        "the process of north was started anew",
        "counts as its customers met it",
    ),
    Interruption(Away.TARGET, ("edge", "north"), 2400.0, None, "nothing of it answered", "counts"),
)


def no_go() -> Verdict:
    """Return a verdict with a result of every status."""
    results = (
        objective(phase="pilot", value=0.931, low=0.83, high=0.97, n=58, decisive_here=False),
        left_open(),
        left_open(view=View.PROVIDER),
        objective(expected=0.9731),
        objective(view=View.PROVIDER, value=0.874, low=0.845, high=0.90, expected=0.9731),
        objective(
            scope="support",
            status=Status.WARN,
            value=0.792,
            low=0.781,
            high=0.812,
            n=377,
            note="provider reports 84.0 %, callers experienced 79.2 %",
        ),
        objective(
            kpi="first_reply",
            scope="",
            goal_text="90 % in 15m",
            goal=0.9,
            warn=0.88,
            status=Status.INCONCLUSIVE,
            value=0.905,
            low=0.868,
            high=0.933,
            n=268,
            censored=31,
            more_contacts=310,
            more_s=1860.0,
            owner=OPERATIONS,
        ),
        objective(
            **FAULT_PHASE,
            status=Status.FAIL,
            expected=0.685,
            value=0.413,
            low=0.372,
            high=0.456,
            n=201,
            ids=tuple(f"c{i:06d}" for i in range(740, 790)),
        ),
        objective(**FAULT_PHASE | RECOVERY_TIME, value=248.0, low=228.0, high=268.0, n=131),
        objective(**LOST_TICKETS, value=0.0, n=447),
        objective(
            **LOST_TICKETS | FAULT_PHASE | {"kpi": "dropped_calls", "goal": 0.0, "warn": 0.0},
            status=Status.WAIVED,
            value=23.0,
            n=61,
            must_pass=False,
            note="waived until 2027-01-31 by Service Transition: drops are known, CR-118",
        ),
    )
    return Verdict(
        decision=Decision.NO_GO,
        about="mock only",
        sentence="service_level[billing] 41.3 % (37–46) < 60 % in site-loss",
        sla=SLA,
        results=results,
        recoveries=(
            Recovery(
                kind="site_down",
                site="north",
                phase="site-loss",
                recovered_s=248.0,
                at_least_s=231.0,
                error_s=20.0,
                wall_error_s=1.0,
                watched_s=810.0,
                dropped=tuple(f"c{i:06d}" for i in range(700, 723)),
                cut_off=tuple(f"c{i:06d}" for i in range(723, 728)),
                turned_away=tuple(f"c{i:06d}" for i in range(728, 733)),
                fault=FAULT.id,
                outage=Outage(
                    attempts=610,
                    failed=38,
                    first_failure_s=1.2,
                    site_told_s=14.0,
                    site_told_error_s=5.0,
                    by_arrival_s=228.0,
                    by_completion_s=231.0,
                    blocked_s=12.0,
                    blocked_error_s=6.0,
                    extra_wait_s=4.2,
                    extra_wait_total_s=2436.0,
                    budget_burnt=0.61,
                    in_progress=(InProgress("north", 24, 23), InProgress("south", 31, 0)),
                    failback=Failback(0.0, (), 400),
                ),
            ),
        ),
        audit=TicketAudit(
            attempted=452,
            acknowledged=447,
            unknown=5,
            sites_read=("north", "south"),
            sites_unread=(),
            recovered=("t000231", "t000232"),
        ),
        notes=(TOO_BUSY,),
        surprises=(
            Surprise("site-loss", Mishap.CUT_OFF, tuple(f"c{i:06d}" for i in range(723, 728))),
            Surprise("site-loss", Mishap.TICKET_REFUSED, ("t000044",)),
        ),
    )


def go() -> Verdict:
    """Return a verdict in which everything passed, but for what the pilot left open."""
    passed = tuple(
        r for r in no_go().results if r.status in (Status.PASS, Status.WARN) or not r.decisive_here
    )
    sentence = "all 6 objectives hold, 1 with a warning"
    return replace(no_go(), decision=Decision.GO, sentence=sentence, results=passed, surprises=())


def inconclusive() -> Verdict:
    """Return a verdict that nobody can rely on, with the reasons."""
    kept = tuple(r for r in no_go().results if r.status is not Status.FAIL)
    audit = TicketAudit(452, 447, 5, ("south",), ("north",))
    return replace(
        no_go(),
        decision=Decision.INCONCLUSIVE,
        sentence="first_reply 90.5 % (87–93) is not decided against 90 % in peak",
        results=kept,
        doubts=(
            Doubt("the fault site_down at north was not proven", "site-loss"),
            Doubt("the generator started 2.1 % of contacts more than 1 s late"),
        ),
        audit=audit,
        interruptions=AWAY,
    )


def hostile() -> Verdict:
    """Return a verdict in which every text came from somebody who means us harm."""
    owner = Owner(HOSTILE, HOSTILE)
    result = objective(
        scope=HOSTILE, phase=HOSTILE, goal_text=HOSTILE, owner=owner, note=HOSTILE, ids=(HOSTILE,)
    )
    statuses = tuple(replace(result, status=status) for status in Status)
    audit = TicketAudit(3, 1, 1, (HOSTILE,), (), lost=(HOSTILE,), phantom=(HOSTILE,))
    recovery = Recovery(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        None,
        0.0,
        1.0,
        0.1,
        60.0,
        dropped=(HOSTILE,),
        flaps=2,
        overlaps=(HOSTILE,),
    )
    return Verdict(
        Decision.NO_GO,
        HOSTILE,
        HOSTILE,
        SLA,
        statuses,
        doubts=(Doubt(HOSTILE, HOSTILE),),
        recoveries=(recovery,),
        audit=audit,
        notes=(HOSTILE,),
        interruptions=(Interruption(Away.METRICS, (HOSTILE,), 1.0, 2.0, HOSTILE, HOSTILE),),
    )


def nothing_measured() -> Verdict:
    """Return the verdict of a run that ended before its first phase."""
    sentence = "the run ended before anything was measured"
    return Verdict(Decision.INCONCLUSIVE, "mock only", sentence, SLA, ())


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A record and a verdict that fits it; what is made of one can be kept by it."""

    record: RunRecord
    verdict: Verdict
