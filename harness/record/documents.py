"""What a run record tells in documents: the plan, its facts, and all that happened, as JSON."""

import json
import math
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from harness.clock import RunClock
from harness.errors import Problem, UsageError
from harness.model.alarm import AlarmRun
from harness.model.cut import Cut
from harness.model.event import (
    ClockStep,
    Ending,
    Event,
    FaultRun,
    GeneratorHealth,
    LineCheck,
    PhaseRun,
    RunFacts,
    Trial,
)
from harness.model.finding import Finding
from harness.model.handover import StepRun
from harness.model.history import RunSummary
from harness.model.notify import Delivery
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.staffing import ShiftTally
from harness.model.target import Target
from harness.record.store import FILE_NAME, Access, Store

_T = TypeVar("_T")
_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (
        Scenario, Sla, Target, RunFacts, PhaseRun, FaultRun, LineCheck, StepRun, Event,
        GeneratorHealth, ShiftTally, Finding, AlarmRun, ClockStep, Cut, Delivery, RunSummary,
        Trial,
    )
}  # fmt: skip


def _key(fault: FaultRun) -> str:
    return f"{fault.phase}/{fault.kind}/{fault.site}/{fault.injected_from_s}"


class Documents(Store):
    """The documents of one run, each of a kind and under a key of its own."""

    def __init__(
        self, database: sqlite3.Connection, folder: Path, *, access: Access = Access.READ
    ) -> None:
        super().__init__(database, folder, access=access)
        self._counts: dict[str, int] = {}
        self._clocks: list[tuple[float, RunClock]] = []

    def _go_on(self) -> None:
        super()._go_on()
        self._counts["event"] = len(self.events())

    # ------------------------------------------------------------------ the plan and its facts

    def put_plan(
        self,
        scenario: Scenario,
        sla: Sla,
        target: Target,
        facts: RunFacts,
        known: Iterable[Finding] = (),
        earlier: Iterable[RunSummary] = (),
    ) -> None:
        """Keep what was planned, and what was known of it before anything is started.

        *known* are the findings of it until then, *earlier* the runs to draw a progression by.
        """
        for document in (scenario, sla, target, facts):
            self._put(document, key="")
        for finding in known:
            self._put(finding, key=finding.id)
        for run in earlier:
            self._put(run, key=run.run)

    def earlier_runs(self) -> tuple[RunSummary, ...]:
        """Return the runs of this scenario that were known when this one began, in their order."""
        return tuple(sorted(self._all(RunSummary), key=lambda run: (run.started_wall, run.run)))

    def known_findings(self) -> tuple[Finding, ...]:
        """Return the findings of this scenario as they were known when the run began."""
        return tuple(self._all(Finding))

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was run."""
        return self._only(Scenario)

    @property
    def sla(self) -> Sla:
        """The SLA the run was judged against when it was made."""
        return self._only(Sla)

    @property
    def target(self) -> Target:
        """The target profile as it was used."""
        return self._only(Target)

    @property
    def facts(self) -> RunFacts:
        """Where the run's numbers come from."""
        return self._only(RunFacts)

    def put_epoch(self, epoch: float, *, from_s: float = 0.0) -> None:
        """Keep the wall time (seconds since 1970) of centre second 0, as it is from *from_s* on.

        It moves where the run was cut: the centre's clock stood still until it went on.
        """
        epochs = [*(each for each in self._epochs() if each[0] < from_s), (from_s, epoch)]
        self._put_meta("epoch", json.dumps(epochs))
        self._clocks = []

    def wall(self, at_s: float) -> float:
        """Return the wall time (seconds since 1970) at which the run was at *at_s*."""
        if not self._clocks:
            speed = self.facts.speed
            epochs = self._epochs() or [(0.0, self.facts.started_wall)]
            self._clocks = [(from_s, RunClock(epoch, speed)) for from_s, epoch in epochs]
        later = [clock for from_s, clock in self._clocks if from_s <= at_s]
        return (later or [self._clocks[0][1]])[-1].wall(at_s)

    def _epochs(self) -> list[tuple[float, float]]:
        row = self._database.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        return [(from_s, epoch) for from_s, epoch in json.loads(row[0])] if row else []

    def put_ending(self, ending: Ending, why: str = "") -> None:
        """Keep how the run ended, and by which stop rule if by one."""
        self._put_meta("ending", ending.value)
        self._put_meta("halted_by", why)

    @property
    def halted_by(self) -> str:
        """By which stop rule the run was ended early, in words; empty if by none."""
        row = self._database.execute("SELECT value FROM meta WHERE key = 'halted_by'").fetchone()
        return str(row[0]) if row else ""

    @property
    def ending(self) -> Ending:
        """How the run ended; ``broken`` if it never came to say so."""
        query = "SELECT value FROM meta WHERE key = 'ending'"
        row = self._database.execute(query).fetchone()
        return Ending(row[0]) if row else Ending.BROKEN

    # ------------------------------------------------------------------ what happened

    def put_phase(self, phase: PhaseRun) -> None:
        """Keep a phase; one of the same name is replaced in its place."""
        self._put(phase, key=phase.name)

    def phases(self) -> tuple[PhaseRun, ...]:
        """Return the phases that ran, in order."""
        return tuple(sorted(self._all(PhaseRun), key=lambda phase: phase.start_s))

    def put_scenario(self, scenario: Scenario) -> None:
        """Keep what is really run, where that is decided on the way: the loads of a search."""
        self._put(scenario, key="")

    def put_trial(self, trial: Trial) -> None:
        """Keep what a search made of one load."""
        self._put(trial, key=trial.phase)

    def trials(self) -> tuple[Trial, ...]:
        """Return the loads that a search tried, in order; empty if the run was none."""
        order = {phase.name: phase.start_s for phase in self.phases()}
        return tuple(sorted(self._all(Trial), key=lambda trial: order.get(trial.phase, math.inf)))

    def put_cut(self, cut: Cut) -> None:
        """Keep where the run was cut, and leave out of it what is to be done again.

        The contacts of what is left out stay in the record; no phase has them any more.
        """
        for phase in cut.left_out:
            for kind in (PhaseRun, StepRun):
                self._drop(kind, phase.name)
        for fault in cut.faults:
            self._drop(FaultRun, _key(fault))
            self._drop(AlarmRun, fault.id)
        self._put(cut, key=f"{len(self.cuts()):04d}")

    def cuts(self) -> tuple[Cut, ...]:
        """Return where the run was cut and went on later, in order; empty for most runs."""
        return tuple(self._all(Cut))

    def put_fault(self, fault: FaultRun) -> None:
        """Keep a fault; the same kind at the same place in the same phase is replaced."""
        self._put(fault, key=_key(fault))

    def faults(self) -> tuple[FaultRun, ...]:
        """Return the faults, in the order of their injection."""
        return tuple(sorted(self._all(FaultRun), key=lambda fault: fault.injected_from_s or 0.0))

    def put_alarm(self, alarm: AlarmRun) -> None:
        """Keep what became of the alert that a fault was to raise, as it is known now."""
        self._put(alarm, key=alarm.fault)

    def alarms(self) -> tuple[AlarmRun, ...]:
        """Return what became of the alerts that faults were to raise."""
        return tuple(self._all(AlarmRun))

    def put_line(self, check: LineCheck) -> None:
        """Keep the probe of one phone number."""
        self._put(check, key=check.line)

    def lines(self) -> tuple[LineCheck, ...]:
        """Return the probes of all phone numbers."""
        return tuple(self._all(LineCheck))

    def put_step(self, step: StepRun) -> None:
        """Keep how a step of the handover was taken."""
        self._put(step, key=step.phase)

    def steps(self) -> tuple[StepRun, ...]:
        """Return the steps of the handover, in order."""
        return tuple(sorted(self._all(StepRun), key=lambda step: step.ordered_s))

    def put_health(self, health: GeneratorHealth) -> None:
        """Keep how well the generator did, replacing what was known before."""
        self._put(health, key="")

    @property
    def health(self) -> GeneratorHealth:
        """How well the generator kept its schedule; nothing started if it never reported."""
        return next(iter(self._all(GeneratorHealth)), GeneratorHealth())

    def put_staff(self, tally: ShiftTally) -> None:
        """Keep what our virtual agents of one site and skill went through."""
        self._put(tally, key=f"{tally.site}/{tally.skill}")

    def staff(self) -> tuple[ShiftTally, ...]:
        """Return what our virtual agents went through, by site and skill; empty without any."""
        return tuple(self._all(ShiftTally))

    def put_clock_step(self, step: ClockStep) -> None:
        """Keep that a clock was set."""
        self._put(step, key=f"{step.site}/{step.at_s}")

    def clock_steps(self) -> tuple[ClockStep, ...]:
        """Return the clocks that were set meanwhile, the target's and ours, by when it was seen."""
        return tuple(sorted(self._all(ClockStep), key=lambda step: step.at_s))

    def log(self, event: Event) -> None:
        """Append one event to the run's log."""
        number = self._counts["event"] = self._counts.get("event", 0) + 1
        self._put(event, key=f"{number:08d}")

    def events(self) -> tuple[Event, ...]:
        """Return the run's log, in order."""
        return tuple(self._all(Event))

    def put_seen_late(self, references: Iterable[str]) -> None:
        """Keep which tickets a store did not return at first, and did at last."""
        self._put_meta("seen_late", json.dumps(sorted(references)))

    def seen_late(self) -> frozenset[str]:
        """Return the keys of tickets that some store did not return at first, and did at last."""
        query = "SELECT value FROM meta WHERE key = 'seen_late'"
        row = self._database.execute(query).fetchone()
        return frozenset(json.loads(row[0])) if row else frozenset()

    def put_stores_read(self, sites: Iterable[str]) -> None:
        """Keep which sites' stores were read to their end."""
        self._put_meta("stores_read", "\n".join(sites))

    @property
    def stores_read(self) -> tuple[str, ...]:
        """The sites whose stores were read to their end."""
        query = "SELECT value FROM meta WHERE key = 'stores_read'"
        row = self._database.execute(query).fetchone()
        return tuple(row[0].split("\n")) if row and row[0] else ()

    def add_delivery(self, delivery: Delivery) -> None:
        """Add what became of telling others of this run, which is over: a record that is only read.

        Raises:
            sqlite3.Error: nothing can be written there.
        """
        key = f"{len(self.deliveries()):08d}"
        text = _ADAPTERS[Delivery].dump_json(delivery).decode()
        with closing(sqlite3.connect(self.folder / FILE_NAME, isolation_level=None)) as writing:
            row = (Delivery.__name__, key, text)
            writing.execute("REPLACE INTO document VALUES (?, ?, ?)", row)

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return what became of telling others of the run, each time that was tried, in order."""
        return tuple(self._all(Delivery))

    # ------------------------------------------------------------------ within

    def _put(self, document: object, *, key: str) -> None:
        kind = type(document)
        text = _ADAPTERS[kind].dump_json(document).decode()
        row = (kind.__name__, key, text)
        put = "REPLACE INTO document VALUES (?, ?, ?)"
        self._keep(lambda: self._database.execute(put, row), last_words=True)

    def _put_meta(self, key: str, value: str) -> None:
        put = "REPLACE INTO meta VALUES (?, ?)"
        self._keep(lambda: self._database.execute(put, (key, value)), last_words=True)

    def _drop(self, kind: type, key: str) -> None:
        self._database.execute(
            "DELETE FROM document WHERE kind = ? AND key = ?", (kind.__name__, key)
        )

    def _all(self, kind: type[_T]) -> list[_T]:
        query = "SELECT json FROM document WHERE kind = ? ORDER BY rowid"
        rows = self._database.execute(query, (kind.__name__,))
        return [_ADAPTERS[kind].validate_json(text) for (text,) in rows]

    def _only(self, kind: type[_T]) -> _T:
        found = self._all(kind)
        if not found:
            want = "a run that got as far as its plan"
            raise UsageError([Problem(str(self.folder), f"no {kind.__name__} in it", want)])
        return found[0]
