"""Everything that is up during a run, and what the steps of a run do with it."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from harness.adapter.driver import Driver
from harness.clock import RunClock, wall_now
from harness.faults.injector import Injector
from harness.faults.timeline import FaultWindow, fault_windows
from harness.generator import Generator
from harness.inventory import check_lines
from harness.model.contact import Contact, from_json
from harness.model.control import Progress
from harness.model.event import Event, FaultRun, Level, LineCheck, PhaseRun
from harness.model.sample import Scrape
from harness.model.scenario import OpenOn, Phase
from harness.model.verdict import ObjectiveResult, Status
from harness.preflight import Plan
from harness.record.run_record import RunRecord
from harness.scrape.scraper import Scraper
from harness.verdict.judge import judge_phase, settle_s
from harness.verdict.self_check import generator_health

LEAD_WALL_S = 0.3
"""How long before its start a phase is announced, so that no contact of it comes late."""
DRAIN_WALL_S = 3.0
"""How long callers have, once the load has ended, to finish by themselves."""
_INGEST_EVERY_WALL_S = 0.25
_JUDGE_EVERY_WALL_S = 3.0
_RECHECK_EVERY_S = 10.0
_STORE_READS = 10
_STORE_READ_EVERY_WALL_S = 0.5


class Watcher:
    """Whoever wants to see the run while it goes on. All methods may be called at any time."""

    def event(self, event: Event) -> None:
        """Something happened that a person would tell."""

    def stand(self, stand: "Stand") -> None:
        """The run stands like this now; called several times a second."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How the run stands at one moment. ``share_of_phase`` is 0..1; more in the hold."""

    at_s: float
    phase: Phase | None
    phase_start_s: float
    share_of_phase: float
    progress: Progress
    scrapes: dict[str, Scrape]
    results: tuple[ObjectiveResult, ...]
    faults: tuple[FaultRun, ...]


class Stage:
    """Everything that is up during a run, and what the steps do with it."""

    def __init__(
        self,
        plan: Plan,
        record: RunRecord,
        clock: RunClock,
        generator: Generator,
        scraper: Scraper,
        injector: Injector,
        driver: Driver,
        watcher: Watcher,
    ) -> None:
        self.plan = plan
        self.record = record
        self.explore = record.facts.explored
        self._clock = clock
        self._generator = generator
        self._scraper = scraper
        self._injector = injector
        self._driver = driver
        self._watcher = watcher
        self._log = LogReader(generator.contact_log)
        self._phase: Phase | None = None
        self._phase_run: PhaseRun | None = None
        self._results: tuple[ObjectiveResult, ...] = ()

    # ------------------------------------------------------------------ the steps

    async def lines(self, phase: Phase) -> Status:
        """Call every line once; the gate is open only if all are right."""
        run = self._begin(phase, self._clock.now_s())
        for check in await check_lines(self.plan.scenario.lines, self._driver, self._clock):
            self.record.put_line(check)
            self._tell_line(check)
        end_s = self._clock.now_s()
        return self._close(replace(run, end_s=end_s, held_until_s=end_s))

    async def phase(self, phase: Phase) -> Status:
        """Run one phase of load with its faults, hold the load, decide the gate."""
        start_s = self._clock.now_s() + LEAD_WALL_S * self._clock.speed
        await self._generator.begin(phase.name, start_s)
        await self._until(start_s)
        run = self._begin(phase, start_s)
        await self._scraper.scrape(f"start of {phase.name}")
        async with asyncio.TaskGroup() as faults:
            for window in fault_windows(phase, start_s, speed=self._clock.speed):
                faults.create_task(self._fault(window, phase))
            await self._until(run.end_s)
            await self._scraper.scrape(f"end of {phase.name}")
        return await self._gate(phase, run)

    async def end_of_load(self) -> None:
        """Let nobody new come, give callers time to finish, and take in the last contacts."""
        self._tell("load_ending")
        await self._generator.stop(self._clock.now_s(), drain_wall_s=DRAIN_WALL_S)
        self.ingest()

    async def read_stores(self) -> None:
        """Read every site's ticket store until two reads agree: nothing is on its way any more."""
        if self.plan.scenario.tickets is None:
            return
        read = []
        for site in self.plan.target.sites:
            before = None
            for _ in range(_STORE_READS):
                found = await self._driver.carry(self._driver.adapter.read_tickets(site))
                if found is not None and found == before:
                    self.record.put_stored_tickets(found)
                    read.append(site)
                    self._tell("store_read", site=site, tickets=str(len(found)))
                    break
                before = found
                await asyncio.sleep(_STORE_READ_EVERY_WALL_S)
        self.record.put_stores_read(read)

    # ------------------------------------------------------------------ within a phase

    async def _fault(self, window: FaultWindow, phase: Phase) -> None:
        await self._until(window.start_s)
        await self._scraper.scrape(f"before {window.plan.kind}")
        async with self._injector.injected(window, phase=phase.name):
            await self._until(window.end_s)
        await self._scraper.scrape(f"after {window.plan.kind}")

    async def _gate(self, phase: Phase, run: PhaseRun) -> Status:
        """Decide *phase*'s gate once the last of its callers can have been answered in time."""
        await self._until(run.end_s + settle_s(self.plan.sla, phase.kind))
        decide_by_s = run.end_s + phase.duration_s
        while True:
            run = replace(run, held_until_s=self._clock.now_s())
            self._keep(run)
            status = _gate_status(self.results())
            waits = phase.open_on is OpenOn.PASS and status is Status.INCONCLUSIVE
            if not waits or run.held_until_s >= decide_by_s:
                return self._close(run)
            await self._until(run.held_until_s + _RECHECK_EVERY_S)

    def _begin(self, phase: Phase, start_s: float) -> PhaseRun:
        end_s = start_s + phase.duration_s
        run = PhaseRun(phase.name, phase.kind, phase.load, start_s, end_s, end_s)
        self._phase, self._results = phase, ()
        self._keep(run)
        self._tell("phase_began", phase=phase.name, kind=phase.kind)
        return run

    def _close(self, run: PhaseRun) -> Status:
        self._keep(run)
        results = self.results()
        status = _gate_status(results)
        run = replace(run, gate=status, gate_note=_gate_note(results))
        self._keep(run)
        level = Level.WARNING if status is Status.FAIL else Level.INFO
        why = run.gate_note or "all met"
        self._tell("gate_decided", level=level, phase=run.name, gate=status, why=why)
        return status

    def _keep(self, run: PhaseRun) -> None:
        self._phase_run = run
        self.record.put_phase(run)

    def results(self) -> list[ObjectiveResult]:
        """Return the results of the phase that is on, as they stand now."""
        self.ingest()
        assert self._phase_run is not None
        return judge_phase(self.record, self.plan.sla, self._phase_run)

    async def _until(self, at_s: float) -> None:
        """Sleep until the run reaches *at_s*."""
        await asyncio.sleep(max(0.0, self._clock.wall(at_s) - wall_now()))

    def _tell_line(self, check: LineCheck) -> None:
        level = Level.INFO if check.ok else Level.ERROR
        why = check.note or "reached and answered"
        self._tell("line_checked", level=level, line=check.line, queue=check.queue, why=why)

    def _tell(self, name: str, *, level: Level = Level.INFO, **fields: str) -> None:
        event = Event(self._clock.now_s(), name, tuple(fields.items()), level)
        self.record.log(event)
        self._watcher.event(event)

    # ------------------------------------------------------------------ in the background

    def ingest(self) -> None:
        """Take into the record what the generator has logged since the last time."""
        contacts = self._log.read()
        if contacts:
            self.record.put_contacts(contacts)

    async def keep_taking_in(self) -> None:
        """Ingest for ever, and show how the run stands."""
        judged_at = 0.0
        while True:
            self.ingest()
            if self._phase is not None and wall_now() - judged_at > _JUDGE_EVERY_WALL_S:
                self._results = tuple(self.results())
                judged_at = wall_now()
            self._watcher.stand(self._stand())
            await asyncio.sleep(_INGEST_EVERY_WALL_S)

    def _stand(self) -> Stand:
        now_s, run, phase = self._clock.now_s(), self._phase_run, self._phase
        start_s = run.start_s if run else 0.0
        duration_s = phase.duration_s if phase else 0.0
        return Stand(
            at_s=now_s,
            phase=phase,
            phase_start_s=start_s,
            share_of_phase=(now_s - start_s) / duration_s if duration_s else 0.0,
            progress=self._generator.progress,
            scrapes=dict(self._scraper.latest),
            results=self._results,
            faults=self.record.faults(),
        )

    def finish(self) -> None:
        """Keep what is known of the generator; called however the run ends."""
        self.ingest()
        lags = [call.lag_s for call in self.record.calls()]
        lags += [ticket.lag_s for ticket in self.record.tickets()]
        progress = self._generator.progress
        self.record.put_health(generator_health(lags, progress, planned=self._generator.workers))


class LogReader:
    """Reads the contact log while it grows: each call returns the whole lines added since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[Contact]:
        """Return the new contacts; of one contact the later states replace the earlier ones."""
        try:
            with self._path.open("rb") as log:
                log.seek(self._offset)
                text = log.read()
        except FileNotFoundError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        latest = {contact.id: contact for contact in map(from_json, whole.splitlines())}
        return list(latest.values())


def fault_event(fault: FaultRun, clock: RunClock) -> Event:
    """Return what a person would tell of the last thing that happened to *fault*."""
    where = (("kind", fault.kind), ("site", fault.site))
    now_s = clock.now_s()
    if fault.heal_proven_s is not None:
        return Event(now_s, "fault_healed", (*where, ("proof", fault.heal_proof)))
    if fault.healed_from_s is not None:
        why = (("why", fault.heal_proof or "no proof came in time"),)
        return Event(now_s, "fault_not_healed", (*where, *why), Level.ERROR)
    if fault.proven_s is not None:
        return Event(now_s, "fault_proven", (*where, ("proof", fault.proof)))
    lease = ("lease", f"heals by itself after {fault.lease_wall_s:g} s of wall time")
    return Event(now_s, "fault_injected", (*where, lease))


def _gate_status(results: list[ObjectiveResult]) -> Status:
    """Return what a gate makes of its phase's *results*: the worst; PASS if nothing was asked."""
    found = {result.status for result in results}
    for status in (Status.FAIL, Status.INCONCLUSIVE, Status.WARN):
        if status in found:
            return status
    return Status.PASS


def _gate_note(results: list[ObjectiveResult]) -> str:
    """Return which objectives kept the gate from a plain pass, in words."""
    status = _gate_status(results)
    if status is Status.PASS:
        return ""
    named = sorted({result.name for result in results if result.status is status})
    more = len(named) - 3
    return f"{', '.join(named[:3])}{f' and {more} more' if more > 0 else ''}"
