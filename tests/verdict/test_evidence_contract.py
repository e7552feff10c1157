"""The fake evidence keeps the contract of the run record: the same data, the same answers."""

from collections.abc import Callable, Iterator
from dataclasses import fields

import pytest

from harness.model.contact import EndedBy
from harness.model.event import Ending, GeneratorHealth, LineCheck, Trial
from harness.model.scenario import PhaseKind
from harness.model.search import Purpose
from harness.model.verdict import Status
from harness.record.run_record import RunRecord
from harness.verdict.evidence import Evidence
from harness.verdict.judge import judge
from tests.fakes import (
    TICKETS,
    FakeEvidence,
    answered,
    calls_of,
    counted_waits,
    cut_off,
    every_second,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    scrape,
    sla,
    spread,
    stored,
    ticket,
)

RUNS = (phase_run("loss", PhaseKind.FAULT, start_s=800.0), phase_run())
FAKE = FakeEvidence(
    scenario=scenario(
        phase(), phase("loss", PhaseKind.FAULT, faults=(fault_plan(),)), tickets=TICKETS
    ),
    health=GeneratorHealth(started=700, lag_p50_s=0.01, lag_p99_s=0.2, lag_max_s=0.5),
    ending=Ending.COMPLETE,
    stores_read=("north", "south"),
    phase_runs=RUNS,
    fault_runs=(
        fault_run(injected_from_s=1100.0, injected_s=1101.0),
        fault_run(injected_from_s=900.0, injected_s=901.0),
    ),
    tries=(
        Trial("peak", 1.0, Purpose.VOLUME, Status.PASS),
        Trial("loss", 1.3, Purpose.VOLUME, Status.FAIL, stopped="blocked > 20%"),
    ),
    line_checks=(LineCheck("+441632960101", "billing", "billing", 3.0, ok=True),),
    contacts=[
        *calls_of(spread(70, 100), phase="loss", start_s=800.0),
        *calls_of(spread(560, 600)),
        answered(
            "loss/dropped", phase="loss", due_s=790.0, ended_by=EndedBy.DROPPED, ended_s=905.0
        ),
        cut_off("loss/cut-off", phase="loss", due_s=895.0, ended_s=903.5, ivr_s=2.0),
        *(ticket(f"peak/tickets/{i}", due_s=10.0 * i, replied_s=10.0 * i + 60) for i in range(5)),
    ],
    stores=[stored(site, f"peak/tickets/{i}") for i in range(5) for site in ("north", "south")],
    scraped={
        "edge": every_second(RUNS, counted_waits(630, 700)),
        "north": [scrape(5.0, source="north", ok=False), scrape(1.0, source="north")],
    },
)
CONTRACT = sla(
    objective(), objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,), restored_share=0.6)
)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunRecord]:
    """Return a run record into which everything of ``FAKE`` was put."""
    folder = tmp_path_factory.mktemp("run")
    with RunRecord.create(folder) as writer:
        writer.put_plan(FAKE.scenario, CONTRACT, FAKE.target, FAKE.facts)
        for each in FAKE.phase_runs:
            writer.put_phase(each)
        for each in FAKE.fault_runs:
            writer.put_fault(each)
        for each in FAKE.line_checks:
            writer.put_line(each)
        for each in reversed(FAKE.tries):
            writer.put_trial(each)
        for source in FAKE.sources():
            for each in FAKE.scrapes(source):
                writer.put_scrape(each)
        writer.put_contacts(FAKE.contacts)
        writer.put_stored_tickets(FAKE.stores)
        for each in FAKE.rereads():
            writer.put_reread(each)
        writer.put_stores_read(FAKE.stores_read)
        for step in FAKE.set_clocks:
            writer.put_clock_step(step)
        writer.put_health(FAKE.health)
        writer.put_ending(FAKE.ending)
    with RunRecord.open(folder) as reader:
        yield reader


def flat(columns: object) -> list[list[object]]:
    """Return what stands in *columns*: which byte stands for a word is nobody's business."""
    names = [each.name for each in fields(columns) if each.name != "_of"]
    return [list(getattr(columns, name)) for name in names]


QUESTIONS: dict[str, Callable[[Evidence], object]] = {
    "scenario": lambda run: run.scenario,
    "target": lambda run: run.target,
    "facts": lambda run: run.facts,
    "health": lambda run: run.health,
    "ending": lambda run: run.ending,
    "stores_read": lambda run: run.stores_read,
    "phases, in order": lambda run: run.phases(),
    "faults, by injection": lambda run: run.faults(),
    "cuts": lambda run: run.cuts(),
    "when it was by the clock": lambda run: [run.wall(at_s) for at_s in (0.0, 900.0)],
    "lines": lambda run: run.lines(),
    "clocks that were set, in order": lambda run: run.clock_steps(),
    "trials of a search, in order": lambda run: run.trials(),
    "calls, by due time": lambda run: [*run.calls()],
    "calls of a phase": lambda run: [*run.calls("loss")],
    "tickets": lambda run: [*run.tickets()],
    "tickets of a phase without any": lambda run: [*run.tickets("loss")],
    "figures of a phase's calls": lambda run: flat(run.call_figures("peak", 500.0)),
    "figures of tickets": lambda run: flat(run.ticket_figures("peak", 600.0)),
    "figures of talks": lambda run: flat(run.talk_figures(0.0, 400.0)),
    "talks that go on at a moment": lambda run: flat(run.talks_at(900.0)),
    "attempts between two moments": lambda run: flat(run.attempts(880.0, 1000.0)),
    "calls that were lost": lambda run: [*run.lost_calls(0.0, 2000.0)],
    "ticket writes": lambda run: [*run.ticket_writes()],
    "stored tickets": lambda run: sorted(run.stored_tickets(), key=str),
    "tickets read again": lambda run: [*run.rereads()],
    "sources": lambda run: run.sources(),
    "scrapes, by time": lambda run: [*run.scrapes("north")],
    "scrapes with their values": lambda run: [*run.scrapes("edge")],
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_fake_and_record_answer_alike(question: str, record: RunRecord):
    """Else every test of the judge would judge something that no run looks like."""
    ask = QUESTIONS[question]

    assert ask(FAKE) == ask(record)


def test_fake_and_record_get_the_same_verdict(record: RunRecord):
    """The verdict is a function of the evidence and the SLA, and of nothing else."""
    assert judge(FAKE, CONTRACT, about="") == judge(record, CONTRACT, about="")
