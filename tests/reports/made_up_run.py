"""A made-up run that looks like a real one: an hour with a site lost on the way.

It is drawn from a seed by a toy centre, so that charts have shapes, and stored in a real
``RunRecord``: the reports read what they will read in earnest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from harness.kpi.figures import content_of
from harness.model.callers import Delay
from harness.model.contact import Call, EndedBy, Exchange, Outcome, Ticket, WriteOutcome
from harness.model.event import (
    Ending,
    Event,
    FaultRun,
    GeneratorHealth,
    Level,
    LineCheck,
    PhaseRun,
    RunFacts,
    StoredTicket,
)
from harness.model.health import ProcessHealth
from harness.model.patience import exponential
from harness.model.sample import Scrape, Series
from harness.model.scenario import (
    CallTraffic,
    FaultPlan,
    Load,
    OnGateFailure,
    Owner,
    Phase,
    PhaseKind,
    Scenario,
    TicketTraffic,
)
from harness.model.sla import Bound, Each, Objective, Sla
from harness.model.target import Target
from harness.model.verdict import Status
from harness.model.writers import Habit, Writers
from harness.record.run_record import RunRecord

HOSTILE = "</script><b>&\x00\x1b[31m\u202egnilib\u2066|`*@all\n# x\ud800"
"""All at once: markup, control characters, direction marks, Markdown, half a character."""

LOSS_S, HEAL_S = 3060.0, 3540.0
OPERATIONS = Owner("Operations", "operations@client.example")
PROVIDER = Owner("Provider, service delivery", "delivery@provider.example")
KINDS = (PhaseKind.STEADY, PhaseKind.SOAK, PhaseKind.RECOVERY)

SCENARIO = Scenario(
    name="pre-cutover",
    proves="A GO shows that this target carries full volume and survives losing its primary site.",
    owner=Owner("Service Transition", "transition@client.example"),
    seed="2026",
    speed=20.0,
    lines={"billing": ("+441632960101", "+441632960102"), "support": ("+441632960201",)},
    calls=CallTraffic(
        per_hour=1440.0, mix={"billing": 0.6, "support": 0.4}, patience=exponential(120.0, "2m")
    ),
    tickets=TicketTraffic(
        per_hour=600.0,
        priorities={"P1": 0.05, "P2": 0.15, "P3": 0.8},
        writers=Writers(
            replies=Habit(0.9, Delay(300.0, 0.8)), chases=Habit(0.2, Delay(900.0)), attachments=0.2
        ),
    ),
    phases=(
        Phase("lines", PhaseKind.LINES),
        Phase("pilot", PhaseKind.STEADY, Load(0.1, 0.1), 600.0),
        Phase("ramp", PhaseKind.RAMP, Load(0.1, 1.0), 600.0),
        Phase("peak", PhaseKind.STEADY, Load(1.0, 1.0), 1800.0),
        Phase(
            "site-loss",
            PhaseKind.FAULT,
            Load(1.0, 1.0),
            900.0,
            faults=(
                FaultPlan("site_down", "north", 120.0, 480.0, "scenarios/runbooks/site_down.md"),
            ),
        ),
        Phase("settle", PhaseKind.RECOVERY, Load(1.0, 1.0), 600.0),
    ),
    on_gate_failure=OnGateFailure.STOP,
    path=Path("scenarios/pre_cutover.yaml"),
)
SLA = Sla(
    name="Outsourced care",
    confidence=0.95,
    objectives=(
        Objective(
            kpi="service_level",
            goal_text="80/20",
            each=Each.QUEUE,
            gates={
                **{kind: Bound(0.8, 0.78) for kind in KINDS},
                PhaseKind.FAULT: Bound(0.6, 0.58),
            },
            owner=PROVIDER,
            threshold_s=20.0,
        ),
        Objective(
            kpi="recovery",
            goal_text="5m",
            each=Each.ALL,
            gates={PhaseKind.FAULT: Bound(300.0, 330.0)},
            owner=PROVIDER,
            threshold_s=20.0,
            restored_share=0.8,
        ),
    ),
    path=Path("scenarios/sla/outsourced_care.yaml"),
)
TARGET = Target(
    name="mock",
    adapter="harness.adapter.reference:Reference",
    virtual_clock=True,
    staffing={
        "north": {"billing": 40, "support": 26, "tickets": 12},
        "south": {"billing": 40, "support": 26, "tickets": 12},
    },
    mock={"replication": "sync", "defects": [], "channels": {"voice": True, "trunks": 240}},
)
FACTS = RunFacts(
    run="20261122T104500Z-pre-cutover",
    started_wall=1795344300.0,
    speed=20.0,
    seed="2026",
    target="mock",
    about="mock only",
    explored=False,
    scenario_sha256="3f" * 32,
    reference_prefix="",
    versions=(("harness", "0.1.0"), ("locust", "2.47.0"), ("python", "3.11.9")),
    machine="Linux x86_64, 8 cores, 32 GB",
)
PHASES = (
    PhaseRun("lines", PhaseKind.LINES, Load(0, 0), 0.0, 60.0, 60.0, Status.PASS, "3 of 3 lines"),
    PhaseRun("pilot", PhaseKind.STEADY, Load(0.1, 0.1), 60.0, 660.0, 690.0, Status.PASS, "open"),
    PhaseRun("ramp", PhaseKind.RAMP, Load(0.1, 1.0), 690.0, 1290.0, 1290.0),
    PhaseRun(
        "peak",
        PhaseKind.STEADY,
        Load(1, 1),
        1290.0,
        2910.0,
        2940.0,
        Status.WARN,
        "service_level[support] 79.2 % is within its margin",
    ),
    PhaseRun(
        "site-loss",
        PhaseKind.FAULT,
        Load(1, 1),
        2940.0,
        3840.0,
        3870.0,
        Status.FAIL,
        "service_level[billing] 41.3 % (37–46) < 60 %",
    ),
)
FAULT = FaultRun(
    kind="site_down",
    site="north",
    phase="site-loss",
    lease_wall_s=48.0,
    runbook="scenarios/runbooks/site_down.md",
    injected_from_s=LOSS_S - 0.8,
    injected_s=LOSS_S,
    proven_s=LOSS_S + 6.0,
    proof="north refused 3 of 3 connections",
    healed_from_s=HEAL_S - 0.8,
    healed_s=HEAL_S,
    heal_proven_s=HEAL_S + 42.0,
    heal_proof="north answers, caught up with south, and took a call",
)


LINES = (
    LineCheck("+441632960101", "billing", "billing", 3.2, ok=True),
    LineCheck("+441632960102", "billing", "support", 4.1, False, "wrong queue"),
)


def _load_at(at_s: float) -> tuple[str, float]:
    for phase in PHASES:
        if phase.start_s <= at_s < phase.held_until_s:
            length_s = phase.end_s - phase.start_s
            return phase.name, phase.load.at(min(1.0, (at_s - phase.start_s) / length_s))
    return "", 0.0


def _stress(at_s: float) -> float:
    """Return how badly a lost site hurts at *at_s*: 0 not at all, 1 the most."""
    if at_s < LOSS_S:
        return 0.0
    if at_s < HEAL_S:
        return min(1.0, 0.35 + (at_s - LOSS_S) / 240)
    return max(0.0, 1.0 - (at_s - HEAL_S) / 160)


def _due_times(rng: Random, per_hour: float) -> Iterator[tuple[float, str]]:
    at_s = 0.0
    while (at_s := at_s + rng.expovariate(per_hour / 3600)) < PHASES[-1].held_until_s:
        phase, load = _load_at(at_s)
        if rng.random() < load:
            yield at_s, phase


def made_up_calls(rng: Random, *, hurt: float = 1.0) -> Iterator[Call]:
    """Yield calls whose waits grow with load and explode while the site is lost, *hurt* as badly."""
    for i, (due_s, phase) in enumerate(_due_times(rng, 1440.0)):
        queue = "billing" if rng.random() < 0.6 else "support"
        stress = hurt * _stress(due_s)
        wait_s = rng.expovariate(1 / (2 + 7 * _load_at(due_s)[1] + 60 * stress))
        call = Call(
            id=f"c{i:06d}",
            phase=phase,
            queue=queue,
            line=SCENARIO.lines[queue][0],
            customer=f"k{i % 997}",
            due_s=due_s,
            started_s=due_s + rng.expovariate(1 / 0.06),
            exchanges=(Exchange("place", 201, rng.lognormvariate(-3.6, 0.4) * (1 + 4 * stress)),),
        )
        yield _ended(call, wait_s, rng)


def _ended(call: Call, wait_s: float, rng: Random) -> Call:
    queued_s = call.started_s + 1.2
    if LOSS_S <= call.due_s < LOSS_S + 12:
        return replace(call, outcome=Outcome.FAILED, error="reset", ended_s=call.started_s)
    patience_s = rng.expovariate(1 / 120)
    if patience_s < wait_s:
        left_s = queued_s + patience_s
        return replace(call, outcome=Outcome.ABANDONED, queued_s=queued_s, ended_s=left_s)
    talk_s = rng.lognormvariate(5.2, 0.5)
    talking_at_loss = call.due_s + wait_s < LOSS_S < call.due_s + wait_s + talk_s
    dropped = talking_at_loss and rng.random() < 0.5
    return replace(
        call,
        outcome=Outcome.ANSWERED,
        ended_by=EndedBy.DROPPED if dropped else EndedBy.CALLER,
        queued_s=queued_s,
        answered_s=call.due_s + wait_s,
        site_queued_s=queued_s,
        site_answered_s=call.due_s + max(wait_s, 1.5),
        ended_s=LOSS_S if dropped else call.due_s + wait_s + talk_s,
        site=rng.choice(["north", "south"]),
    )


def made_up_tickets(rng: Random) -> Iterator[Ticket]:
    """Yield tickets that are acknowledged but for the moments of the failover."""
    for i, (due_s, phase) in enumerate(_due_times(rng, 600.0)):
        lost_answer = LOSS_S <= due_s < LOSS_S + 20
        yield Ticket(
            id=f"t{i:06d}",
            phase=phase,
            priority=rng.choices(["P1", "P2", "P3"], [0.05, 0.15, 0.8])[0],
            customer=f"k{i % 997}",
            due_s=due_s,
            started_s=due_s + 0.05,
            acknowledged_s=None if lost_answer else due_s + 0.9,
            replied_s=None if lost_answer else due_s + rng.lognormvariate(5.6, 0.6),
            outcome=WriteOutcome.UNKNOWN if lost_answer else WriteOutcome.ACKNOWLEDGED,
            exchanges=(
                Exchange("create", None if lost_answer else 201, rng.lognormvariate(-3.2, 0.4)),
            ),
        )


def made_up_scrapes(site: str, calls: Sequence[Call]) -> Iterator[Scrape]:
    """Yield a scrape every ten centre seconds; a lost site does not answer."""
    here = [call for call in calls if call.site in (site, None) and call.queued_s is not None]
    for at in range(0, int(PHASES[-1].held_until_s), 10):
        if site == "north" and LOSS_S <= at < HEAL_S:
            yield Scrape(site, float(at), False, {})
            continue
        values: dict[Series, float] = {}
        now = [c for c in here if (c.queued_s or 0.0) <= at < (c.ended_s or 0.0)]
        for queue in SCENARIO.lines:
            mine = [call for call in now if call.queue == queue]
            talking = sum(c.answered_s is not None and c.answered_s <= at for c in mine)
            labels = (("queue", queue),)
            values[Series("cc_calls_in_queue", labels)] = float(len(mine) - talking)
            values[Series("cc_calls_in_talk", labels)] = float(talking)
        yield Scrape(site, float(at), True, values)


@cache
def _made_up_contacts(hurt: float, until_s: float) -> tuple[tuple[Call, ...], tuple[Ticket, ...]]:
    """Return the contacts of the run until *until_s*: hundreds of tests want the same."""
    rng = Random(2026)
    calls = tuple(each for each in made_up_calls(rng, hurt=hurt) if each.due_s < until_s)
    return calls, tuple(each for each in made_up_tickets(rng) if each.due_s < until_s)


@cache
def _made_up_scrapes(site: str, hurt: float, until_s: float) -> tuple[Scrape, ...]:
    calls, _ = _made_up_contacts(hurt, until_s)
    return tuple(each for each in made_up_scrapes(site, calls) if each.at_s < until_s)


def fill(
    record: RunRecord,
    *,
    ending: Ending = Ending.GATE,
    scenario: Scenario = SCENARIO,
    phases: Sequence[PhaseRun] = PHASES,
    fault: FaultRun | None = FAULT,
    lines: Sequence[LineCheck] = LINES,
    hurt: float = 1.0,
) -> None:
    """Put the made-up run into *record*: as far as its *phases*, *hurt* as badly by its *fault*."""
    until_s = phases[-1].held_until_s
    calls, tickets = _made_up_contacts(hurt, until_s)
    record.put_plan(scenario, SLA, TARGET, FACTS)
    record.put_contacts(calls)
    record.put_contacts(tickets)
    for site in TARGET.sites:
        for scrape in _made_up_scrapes(site, hurt, until_s):
            record.put_scrape(scrape)
    for phase in phases:
        record.put_phase(phase)
    if fault is not None:
        record.put_fault(fault)
    for line in lines:
        record.put_line(line)
    record.put_health(
        GeneratorHealth(
            1204, 0, 0.041, 0.38, 1.21, 2, 0, 0, ("GC paused 41 ms",), processes=PROCESSES
        )
    )
    record.put_stored_tickets(
        StoredTicket("south", t.id, f"T{t.id}", content=content_of(t)) for t in tickets
    )
    record.put_stores_read(TARGET.sites)
    for at_s, name, fields, level in (
        (0.0, "run_began", (("speed", "20"), ("seed", "2026")), Level.INFO),
        (60.0, "phase_began", (("phase", "pilot"), ("load", "10%")), Level.INFO),
        (2940.0, "gate_decided", (("phase", "peak"), ("status", "warn")), Level.WARNING),
        (LOSS_S, "fault_injected", (("kind", "site_down"), ("site", "north")), Level.INFO),
        (HEAL_S, "fault_healed", (("kind", "site_down"), ("site", "north")), Level.INFO),
        (3870.0, "gate_decided", (("phase", "site-loss"), ("status", "fail")), Level.ERROR),
    ):
        if at_s < until_s or ending is Ending.GATE:
            record.log(Event(at_s, name, fields, level))
    record.put_ending(ending)


PROCESSES = (
    ProcessHealth("master", "hill", 0.04, None, 0.001, 0.004),
    ProcessHealth("worker 1", "hill", 0.31, 0.002, 0.003, 0.041, 0.0001, 0.0002),
    ProcessHealth("worker 2", "dale", 0.29, 0.002, 0.003, 0.044, -0.012, 0.001),
)


def fill_twice_broken(record: RunRecord) -> None:
    """Put the made-up run into *record*, with a second fault that was never proven."""
    fill(record)
    record.put_fault(SECOND_FAULT)


SECOND_FAULT = FaultRun("latency", "south", "site-loss", 12.0, injected_from_s=3600.0)


def fill_hostile(record: RunRecord) -> None:
    """Put a run into *record* whose every text is hostile."""
    # A lone surrogate cannot enter the record's own JSON; it can come with a verdict's ids.
    name = HOSTILE.replace("\ud800", "")
    owner = Owner(name, name)
    phase = Phase(name, PhaseKind.STEADY, Load(1, 1), 60.0)
    scenario = replace(
        SCENARIO, name=name, proves=name, owner=owner, lines={name: (name,)}, phases=(phase,)
    )
    sla = replace(SLA, name=name, objectives=(replace(SLA.objectives[0], owner=owner),))
    mock = {name: [name, True, 1, {}, []]}
    target = replace(TARGET, name=name, staffing={name: {name: 3}}, mock=mock)
    facts = replace(FACTS, run=name, target=name, machine=name, versions=((name, name),))
    record.put_plan(scenario, sla, target, facts)
    record.put_phase(PhaseRun(name, phase.kind, phase.load, 0.0, 60.0, 60.0, Status.PASS, name))
    record.put_fault(replace(FAULT, kind=name, site=name, phase=name, proof=name, runbook=name))
    record.put_line(LineCheck(name, name, name, None, False, name))
    record.put_health(GeneratorHealth(notes=(name,), processes=(ProcessHealth(name, name),)))
    record.log(Event(1.0, name, ((name, name),)))
    record.put_contacts(
        Call(
            id=f"{name}{i}", phase=name, queue=name, line=name, customer=name, due_s=i, started_s=i
        )
        for i in range(9)
    )
    gauge = Series("cc_calls_in_queue", ((name, name),))
    record.put_scrape(Scrape(name, 5.0, True, {gauge: 2.0}))


def fill_empty(record: RunRecord) -> None:
    """Put a run into *record* that got no further than its plan."""
    record.put_plan(SCENARIO, SLA, TARGET, FACTS)
