"""A run that stands still for tests: figures that were told of everything once."""

from dataclasses import replace
from pathlib import Path

from harness.clock import RunClock, wall_now
from harness.exporter.figures import Figures
from harness.model.contact import Outcome
from harness.model.control import Progress
from harness.model.event import Event
from harness.model.health import ProcessHealth
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Unit
from harness.model.target import Endpoints, Target
from harness.model.verdict import ObjectiveResult, Status, View
from harness.record.run_record import RunRecord
from harness.watching import Stand
from tests import fakes

SCENARIO = fakes.scenario(
    fakes.phase(),
    fakes.phase("loss", PhaseKind.FAULT, faults=(fakes.fault_plan(),)),
    speed=20.0,
    tickets=fakes.TICKETS,
)
ENDPOINTS = Endpoints("http://127.0.0.1:1", {"north": "http://127.0.0.1:2"})
RESULT = ObjectiveResult(
    kpi="service_level",
    scope="billing",
    view=View.CALLERS,
    phase="loss",
    kind=PhaseKind.FAULT,
    status=Status.WARN,
    goal=0.8,
    warn=0.78,
    goal_text="80/20",
    unit=Unit.SHARE,
    direction=Direction.MORE,
    owner=fakes.OWNER,
    must_pass=True,
    decisive_here=True,
    value=0.79,
    low=0.75,
    high=None,
    n=400,
)


def stand(**changes) -> Stand:
    """Return the run half-way through the loss of a site, at speed 20."""
    health = ProcessHealth("worker 1", cpu=0.3, start_lag_p99_s=0.01, memory_bytes=2**27)
    made = Stand(
        at_s=700.0,
        phase=SCENARIO.phases[1],
        phase_start_s=600.0,
        share_of_phase=0.5,
        progress=Progress(started=5, dropped=1, pending=2, processes=(health,)),
        scrapes={
            "edge": fakes.scrape(690.0, source="edge"),
            "north": fakes.scrape(680.0, source="north", ok=False),
        },
        results=(RESULT,),
        faults=(fakes.fault_run(healed_from_s=None, healed_s=None, heal_proven_s=None),),
        speed=20.0,
    )
    return replace(made, **changes)


def kept_record(folder: Path) -> RunRecord:
    """Return the new record of the run, its plan in it."""
    folder.mkdir(parents=True, exist_ok=True)
    record = RunRecord.create(folder)
    target = Target("mock", "adapter", True, {}, {})
    record.put_plan(SCENARIO, fakes.sla(), target, fakes.facts(speed=20.0))
    return record


def begun(record: RunRecord) -> Figures:
    """Return figures of a run that has just begun, which know nothing yet."""
    figures = Figures()
    figures.began(record, RunClock(wall_now() - 35.0, 20.0), ENDPOINTS)
    return figures


def watched(record: RunRecord, now: Stand | None = None) -> Figures:
    """Return figures that have seen contacts, events and one moment of the run."""
    figures = begun(record)
    figures.contacts(
        [
            fakes.answered("a"),
            fakes.call("b", started_s=3.0),
            fakes.ticket("t"),
            fakes.blocked("c", outcome=Outcome.BLOCKED),
        ]
    )
    figures.event(Event(600.0, "phase_began", (("phase", "loss"),)))
    figures.event(Event(599.0, "gate_decided", (("phase", "peak"), ("gate", "pass"))))
    figures.stand(now or stand())
    return figures
