"""Everything that is up during a run, and what the steps of a run do with it."""

import asyncio
import math
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

from harness import interfaces
from harness.adapter.driver import Driver
from harness.clock import ClockWatch, RunClock, wall_now
from harness.disk import Disk
from harness.errors import TargetError
from harness.faults.alarms import AlarmWatch
from harness.faults.injector import Injector
from harness.faults.timeline import FaultWindow, fault_windows
from harness.generator import Generator
from harness.guard.wire import Wire
from harness.handover import Handover
from harness.inventory import check_lines, consumer_of
from harness.kpi.stamps import StampWatch
from harness.memory import give_back
from harness.model.alarm import AlarmRun
from harness.model.contact import WriteOutcome
from harness.model.event import (
    ClockStep,
    Event,
    GeneratorHealth,
    Level,
    LineCheck,
    PhaseRun,
    Trial,
)
from harness.model.inventory import InterfaceKind
from harness.model.scenario import OpenOn, Phase
from harness.model.staffing import ShiftTally, merged
from harness.model.units import format_duration
from harness.model.verdict import ObjectiveResult, Status
from harness.preflight import Plan
from harness.record.contact_log import ContactLog
from harness.record.run_record import RunRecord
from harness.rereading import read_again, settled_store
from harness.scrape.scraper import Scraper
from harness.verdict.gate import gate_note, gate_status, opens
from harness.verdict.judge import judge_phase, settle_s
from harness.verdict.reread import share_of
from harness.verdict.self_check import doubts_of_the_generator, generator_health, limits, together
from harness.verdict.stop import stop_reason
from harness.watching import Stand, Watcher

LEAD_WALL_S = 0.3
"""How long before its start a phase is announced, so that no contact of it comes late."""
DRAIN_WALL_S = 3.0
"""How long those who are still there when the load ends have for hanging up politely."""
_INGEST_EVERY_WALL_S = 0.25
_JUDGE_EVERY_WALL_S = 3.0
_JUDGE_SHARE = 20.0
"""Showing how the run stands may take a twentieth of the time, not more."""
_RECHECK_EVERY_S = 10.0
STOP_FILE = "STOP"
"""Whoever puts a file of this name into the run's folder ends the run, in good order."""
_LOOK_WALL_S = 0.25
_TIDY_EVERY_WALL_S = 10.0
_LATE_NEWS_WALL_S = 30.0
"""So long after a fault news may still be late because of it."""


class _Halted(Exception):
    """A stop rule holds: the phase ends here."""


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
        handover: Handover,
        watcher: Watcher,
        disk: Disk,
        alarms: AlarmWatch | None = None,
        wire: Wire | None = None,
    ) -> None:
        self.plan = plan
        self.record = record
        self.explore = record.facts.explored
        self._clock = clock
        self._generator = generator
        self._scraper = scraper
        self._injector = injector
        self._driver = driver
        self._handover = handover
        self._watcher = watcher
        self._alarms = alarms
        self._wire = wire
        self._log = ContactLog(generator.contact_log)
        self._disk = disk
        self._our_clock = ClockWatch()
        skew_s = limits(plan.scenario.generator, plan.sla).skew_s
        self._stamps = StampWatch(speed=clock.speed, least_wall_s=skew_s / clock.speed)
        self._tidy_at = 0.0
        self._all_kept = True
        self._phase: Phase | None = None
        self._phase_run: PhaseRun | None = None
        self._results: tuple[ObjectiveResult, ...] = ()
        self._staff: tuple[ShiftTally, ...] = ()
        self._staff_before = record.staff()  # of the run that this one goes on with, if it does
        self._halting = asyncio.Event()
        self._guard_halted = False
        self._by_rule = False
        self._decided: tuple[ObjectiveResult, ...] = ()
        self.halted_by = ""

    # ------------------------------------------------------------------ the steps

    async def lines(self, phase: Phase) -> bool:
        """Probe every line and every other interface once; return whether all are right."""
        self._begin(phase, self._clock.now_s())
        try:
            async with asyncio.TaskGroup() as group:
                halt = group.create_task(self._halt())
                async for check in self._interfaces(phase.name):
                    self.record.put_line(check)
                    self._tell_line(check)
                halt.cancel()
        except* _Halted:
            pass
        return await self._close(self._clock.now_s())

    async def _interfaces(self, phase: str) -> AsyncIterator[LineCheck]:
        """Yield the check of everything that is handed over, as probed in *phase*."""
        scenario, sites = self.plan.scenario, self.plan.target.sites
        prefix, driver = self.record.facts.reference_prefix, self._driver
        consumer = consumer_of(prefix, phase)
        async with interfaces.hooked(driver, scenario.webhooks, consumer) as hooks:
            async for check in check_lines(
                scenario.lines, driver, self._clock, prefix=prefix, phase=phase
            ):
                yield check
            yield await interfaces.check_news(driver, consumer)
            if scenario.tickets is not None:
                yield await interfaces.check_tickets(
                    driver, sites, prefix=prefix, phase=phase, consumer=consumer
                )
            for check in await hooks.checks(scenario.webhooks):
                yield check
        await self._scraper.scrape("interfaces")
        for check in interfaces.check_metrics(self.plan.target.sources, self._scraper.latest):
            yield check

    async def phase(self, phase: Phase) -> bool:
        """Run one phase of load with its faults, hold the load, return whether its gate opens."""
        start_s = self._clock.now_s() + LEAD_WALL_S * self._clock.speed
        await self._generator.begin(phase.name, start_s, phase.load)
        await self._until(start_s)
        run = self._begin(phase, start_s)
        await self._scraper.scrape(f"start of {phase.name}")
        await self._take_step(phase)
        try:
            await self._load(phase, run)
        except* _Halted:
            # Whatever was broken is healed by now: each fault mends itself on its way out.
            await self._scraper.scrape(f"halt in {phase.name}")
        if self.halted_by:
            return await self._close(min(self._clock.now_s(), run.end_s))
        return await self._gate(phase, run.end_s)

    async def drain(self, phase: Phase, *, at_least_s: float, usual: float | None) -> str:
        """Let nobody come until nobody waits any more; return what is left of them, in words.

        Empty if nothing is. It takes *at_least_s* and at most the length of *phase*. Where tickets
        wait too, it goes on until no more than the *usual* number are open. Where the provider's
        metrics do not tell, the whole of *phase* has to do. Nor is it over while a source is
        silent: nobody knows who waits at a site that does not answer.
        """
        start_s = self._clock.now_s() + LEAD_WALL_S * self._clock.speed
        await self._generator.begin(phase.name, start_s, phase.load)
        await self._until(start_s)
        run = self._begin(phase, start_s)
        while not self.halted_by and self._clock.now_s() < run.end_s:
            waiting, tickets = self.told("cc_calls_in_queue"), self.told("cc_tickets_open")
            calm = tickets is None or usual is None or tickets <= usual
            if waiting == 0 and calm and self._clock.now_s() >= start_s + at_least_s:
                break
            await self._until_or_halt(self._clock.now_s() + _LOOK_WALL_S * self._clock.speed)
        self.ingest()
        now_s = self._clock.now_s()
        self._phase_run = replace(run, end_s=now_s, held_until_s=now_s, gate=Status.PASS)
        self.record.put_phase(self._phase_run)
        waiting = self.told("cc_calls_in_queue")
        left = f"{waiting:g} callers of the trial before were still waiting" if waiting else ""
        if silent := self._silent():
            left = f"nobody knows who of the trial before was still waiting: no word of {silent}"
        self._tell("queues_empty" if not left else "queues_not_empty", phase=phase.name, left=left)
        return left

    def told(self, gauge: str) -> float | None:
        """Return the sum of what the provider's sources last told of *gauge*; None if none did.

        And None if one of them was silent: the sum of the others is not that of all.
        """
        if self._silent():
            return None
        values = [
            value
            for scrape in self._scraper.latest.values()
            for series, value in scrape.values.items()
            if series.name == gauge
        ]
        return sum(values) if values else None

    def _silent(self) -> str:
        """Return the sources that did not answer when they were last asked, in words."""
        return ", ".join(name for name, each in self._scraper.latest.items() if not each.ok)

    @property
    def decided(self) -> tuple[ObjectiveResult, ...]:
        """The results by which the last gate was decided."""
        return self._decided

    @property
    def stopped_by_rule(self) -> bool:
        """Whether it was a stop rule of the SLA that ended the phase, and nothing graver."""
        return self._by_rule and not self._guard_halted

    def go_on(self) -> None:
        """Take a stop rule's halt as dealt with: the load that it stopped is over."""
        self.halted_by, self._by_rule = "", False
        self._halting.clear()

    def tell_trial(self, trial: Trial) -> None:
        """Tell people what a search made of one load."""
        why = trial.doubt or trial.stopped or gate_note(self._decided) or "all met"
        level = Level.INFO if trial.status is Status.PASS else Level.WARNING
        load = f"{trial.multiple:g} ×"
        self._tell("load_tried", level=level, load=load, answer=str(trial.status), why=why)

    def generator_doubt(self) -> str:
        """Return why our own generator is not fit for the load, by what it says of itself."""
        limit = limits(self.plan.scenario.generator, self.plan.sla)
        found = doubts_of_the_generator(self._health(), limit, speed=self._clock.speed)
        return next((doubt.what for doubt in found), "")

    async def _take_step(self, phase: Phase) -> None:
        """Move shares and people as *phase* has it, and keep how that went."""
        if not phase.step:
            return
        taken = await self._handover.take(phase)
        self.record.put_step(taken)
        shares = ", ".join(f"{site} {share:.0%}" for site, share in phase.step.split.items())
        level = Level.INFO if taken.done_s is not None else Level.ERROR
        self._tell("step_taken", level=level, phase=phase.name, split=shares, why=taken.why or "-")

    async def end_of_load(self) -> None:
        """Let nobody new come, have who is still there leave, and take in the last contacts."""
        self._tell("load_ending")
        await self._generator.stop(self._clock.now_s(), drain_wall_s=DRAIN_WALL_S)
        self.ingest()

    async def read_stores(self) -> None:
        """Read every site's ticket store until two reads agree: nothing is on its way any more."""
        if self.plan.scenario.tickets is None or (self._wire is not None and self._wire.shut):
            return  # nothing is asked any more where it is not certain who answers
        read = []
        late: set[str] = set()
        prefix = self.record.facts.reference_prefix
        for site in self.plan.target.sites:
            store = await settled_store(self._driver, site, prefix=prefix)
            if store is not None:
                late |= store.late
                if self.record.put_stored_tickets(store.ours):
                    read.append(site)
                self._tell("store_read", site=site, tickets=str(store.count))
        self.record.put_stores_read(read)
        self.record.put_seen_late(self.record.seen_late() | late)
        await self._reread()

    async def _reread(self) -> None:
        """Read a sample of tickets by themselves, unless a listing told what all of them say."""
        if any(each.content for each in self.record.stored_tickets()):
            return
        kept = (t for t in self.record.tickets() if t.outcome is WriteOutcome.ACKNOWLEDGED)
        ids = {each.id: each.provider_id for each in kept if each.provider_id}
        plan, wire, read = self.plan, self._wire, 0
        async for ticket in read_again(
            self._driver,
            ids,
            share=share_of(plan.scenario, plan.target),
            seed=plan.scenario.seed,
            shut=lambda: wire is not None and wire.shut,
        ):
            self.record.put_reread(ticket)
            read += 1
        self._tell("tickets_reread", tickets=str(read), of=str(len(ids)))

    # ------------------------------------------------------------------ within a phase

    async def _load(self, phase: Phase, run: PhaseRun) -> None:
        """Let *phase* have its time and its faults; a stop rule ends it early by an error."""
        async with asyncio.TaskGroup() as group:
            halt = group.create_task(self._halt())
            async with asyncio.TaskGroup() as faults:
                for window in fault_windows(phase, run.start_s, speed=self._clock.speed):
                    faults.create_task(self._fault(window, phase))
                await self._until(run.end_s)
                await self._scraper.scrape(f"end of {phase.name}")
            halt.cancel()

    async def _halt(self) -> None:
        """Wait until a stop rule holds, then raise."""
        await self._halting.wait()
        raise _Halted

    async def _fault(self, window: FaultWindow, phase: Phase) -> None:
        await self._until(window.start_s)
        await self._scraper.scrape(f"before {window.plan.kind}")
        alert = window.plan.expect_alert
        before = await self._alarms.before(alert.name) if alert and self._alarms else None
        async with AsyncExitStack() as held:
            fault = await held.enter_async_context(
                self._injector.injected(window, phase=phase.name)
            )
            if alert is not None and self._alarms is not None and before is not None:
                expected = AlarmRun(
                    fault.id, phase.name, fault.title, alert.name, alert.within_wall_s
                )
                watched = self._alarms.watched(expected, before=before, tell=self.record.put_alarm)
                await held.enter_async_context(watched)
            await self._until(window.end_s)
        await self._scraper.scrape(f"after {window.plan.kind}")

    async def _gate(self, phase: Phase, end_s: float) -> bool:
        """Decide the gate once the last caller of *phase* can have been answered in time.

        A gate that opens on a pass alone holds the load while it is undecided, for as long again as
        the phase; the contacts of the hold then count too.
        """
        settle = settle_s(self.plan.sla, phase.kind)
        await self._until_or_halt(end_s + settle)
        decide_by_s = end_s + phase.duration_s
        holds = phase.open_on is OpenOn.PASS and not self.explore
        while holds and not self.halted_by and end_s < decide_by_s:
            self._see(end_s)
            if gate_status(await self._judged()) is not Status.INCONCLUSIVE:
                break
            end_s += _RECHECK_EVERY_S
            await self._until_or_halt(end_s)
            await self._scraper.scrape(f"gate of {phase.name}")
            await self._until_or_halt(end_s + settle)
        return await self._close(end_s)

    def _begin(self, phase: Phase, start_s: float) -> PhaseRun:
        end_s = start_s + phase.duration_s
        self.ingest()  # who of our virtual agents has logged in
        self._phase, self._results = phase, ()
        run = self._phase_run = PhaseRun(
            phase.name, phase.kind, phase.load, start_s, end_s, held_until_s=start_s
        )
        self.record.put_phase(run)
        self._tell("phase_began", phase=phase.name, kind=phase.kind)
        return run

    def _see(self, end_s: float | None = None) -> None:
        """Keep how far the phase that is on has come; *end_s* moves the end of what is judged."""
        run = self._phase_run
        if run is not None and run.gate is None:
            now_s = self._clock.now_s()
            run = replace(run, held_until_s=now_s, end_s=run.end_s if end_s is None else end_s)
            self._phase_run = run
            self.record.put_phase(run)

    async def _close(self, end_s: float) -> bool:
        """Decide the gate of the phase that is on, as it stands; return whether it opens."""
        self._see(end_s)
        results = await self._judged()
        self._decided = tuple(results)
        status = gate_status(results)
        assert self._phase is not None
        assert self._phase_run is not None
        run = replace(self._phase_run, gate=status, gate_note=gate_note(results))
        self._phase_run = run
        self.record.put_phase(run)
        opened = opens(status, self._phase.open_on)
        why = run.gate_note or "all met"
        level = Level.INFO if opened else Level.WARNING
        self._tell("gate_decided", level=level, phase=run.name, gate=status, why=why)
        return opened

    async def _judged(self) -> list[ObjectiveResult]:
        """Return the results of the phase that is on, judged on what has been seen of it."""
        self.ingest()
        run = self._phase_run
        assert run is not None
        seen = replace(run, end_s=min(run.end_s, run.held_until_s))
        # In a thread and by a connection of its own: at speed 1 a phase holds thousands of scrapes,
        # and a loop that stands still misses the next ones.
        return await asyncio.to_thread(self._judge_apart, seen)

    def _judge_apart(self, run: PhaseRun) -> list[ObjectiveResult]:
        with RunRecord.open(self.record.folder, goes_on=True) as record:
            results = judge_phase(record, self.plan.sla, run)
        give_back()
        return results

    async def _look_for_a_halt(self) -> None:
        """End the phase that is on if one of the SLA's stop rules says so; once is enough."""
        run = self._phase_run
        if self.halted_by or run is None or run.gate is not None or not self.plan.sla.stop_early:
            return
        now_s = min(self._clock.now_s(), run.end_s)
        why = await asyncio.to_thread(self._stop_reason_apart, run, now_s)
        if why and not self.halted_by:  # nobody else did while we looked
            self._by_rule = True
            self._halt_by(why)

    def _look_for_a_stop_file(self) -> None:
        """End the run if somebody put a file named STOP into its folder."""
        if not self.halted_by and (self.record.folder / STOP_FILE).exists():
            self._halt_by(f"somebody put a file named {STOP_FILE} into the run's folder")

    def _look_at_the_disk(self) -> None:
        """End the run if too little of the disk is left, or nothing."""
        why = self._disk.short()
        if full := self.record.full or self._generator.log_full:
            why = f"the disk was full ({full})"
        if why and not self.halted_by:
            self._halt_by(f"{why}, at {format_duration(round(self._clock.now_s()))}")

    def _look_at_our_clock(self) -> None:
        """Tell if the machine's clock was set, or the machine slept."""
        if jump := self._our_clock.jump():
            now_s = self._clock.now_s()
            self._keep_step(ClockStep("", now_s, now_s, jump.set_s, jump.slept_s))

    def _keep_step(self, step: ClockStep) -> None:
        self.record.put_clock_step(step)
        event = step.told()
        self.record.log(event)
        self._watcher.event(event)

    def _broken(self) -> list[tuple[float, float]]:
        """Return when something is broken, and until its late news has come."""
        late_s = _LATE_NEWS_WALL_S * self._clock.speed
        return [
            (each.injected_from_s, (each.heal_proven_s or math.inf) + late_s)
            for each in self.record.faults()
            if each.injected_from_s is not None
        ]

    def _tidy(self) -> None:
        """Keep journal and logs short, now and then."""
        if wall_now() >= self._tidy_at:
            self._tidy_at = wall_now() + _TIDY_EVERY_WALL_S
            self.record.checkpoint()
            self._disk.shorten_logs()

    async def halt(self, why: str) -> None:
        """End the run because of *why*, a halt of the guard's: at once, and everywhere."""
        if self._wire is not None:
            self._wire.trip(why)
            self._scraper.hushed = self._wire.shut
        if not self.halted_by or self.stopped_by_rule:  # the guard's word is the graver one
            self._halt_by(why)
        self._guard_halted = True
        with suppress(TargetError):  # it is gone, and sends nothing
            await self._generator.halt(why)

    async def look_at_the_wires(self) -> None:
        """End the run if a request of anybody's was not let out, or an answer not believed."""
        why = self._generator.tripped or (self._wire.tripped if self._wire else "")
        if why and not self._guard_halted:
            await self.halt(why)

    def _look_at_the_generator(self) -> None:
        """End the run if its own generator is beyond a limit and the scenario wants it ended then.

        What is known at once counts: contacts that could not be started, workers that were lost,
        and what each process measures of itself.
        """
        if not self.plan.scenario.generator.stops or self.halted_by or self._phase is None:
            return
        if doubt := self.generator_doubt():
            self._halt_by(f"the generator is beyond its limits: {doubt}")

    def _halt_by(self, why: str) -> None:
        """Keep *why* the run is ended, and end the phase that is on."""
        self.halted_by = why
        phase = self._phase_run.name if self._phase_run else ""
        self._tell("stopped_early", level=Level.ERROR, phase=phase, why=why)
        self._halting.set()

    def _stop_reason_apart(self, run: PhaseRun, now_s: float) -> str:
        with RunRecord.open(self.record.folder, goes_on=True) as record:
            reason = stop_reason(record, self.plan.sla, run, now_s=now_s)
        give_back()
        return reason

    async def _until(self, at_s: float) -> None:
        """Sleep until the run reaches *at_s*."""
        await asyncio.sleep(max(0.0, self._clock.wall(at_s) - wall_now()))

    async def _until_or_halt(self, at_s: float) -> None:
        """Sleep until the run reaches *at_s*, or is halted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._clock.wall(at_s) - wall_now())):
                await self._halting.wait()

    def _tell_line(self, check: LineCheck) -> None:
        level = Level.INFO if check.ok else Level.ERROR
        if check.kind is InterfaceKind.LINE:
            why = check.note or "reached and answered"
            self._tell("line_checked", level=level, line=check.line, queue=check.queue, why=why)
        else:
            what = f"{check.kind} {check.line}"
            self._tell("interface_checked", level=level, what=what, why=check.note or "answered")

    def _tell(self, name: str, *, level: Level = Level.INFO, **fields: str) -> None:
        event = Event(self._clock.now_s(), name, tuple(fields.items()), level)
        self.record.log(event)
        self._watcher.event(event)

    # ------------------------------------------------------------------ in the background

    def ingest(self) -> None:
        """Take into the record what the generator has logged since the last time."""
        while self._ingest_some():
            pass

    def _ingest_some(self) -> bool:
        """Take in the next piece of the log; return whether there may be more."""
        contacts = self._log.read()
        if contacts:
            self._all_kept &= self.record.put_contacts(contacts)
            self._watcher.contacts(contacts)
            for step in self._stamps.add(contacts, broken=self._broken()):
                self._keep_step(step)
        # Only what is on the disk for good may go from the log.
        if self._log.has_read_out and self._all_kept and self.record.checkpoint():
            self._log.forget()
        if self._generator.staff != self._staff:
            self._staff = self._generator.staff
            for tally in merged((*self._staff_before, *self._staff)):
                self.record.put_staff(tally)
        return bool(contacts)

    async def keep_taking_in(self) -> None:
        """Ingest for ever, and show how the run stands."""
        judge_at = 0.0
        while True:
            while self._ingest_some():  # noqa: ASYNC110  not for an event: to let scrapes go on
                await asyncio.sleep(0)
            self._see()
            self._look_for_a_stop_file()
            self._look_at_the_disk()
            self._look_at_our_clock()
            self._tidy()
            await self.look_at_the_wires()
            self._look_at_the_generator()
            if self._phase is not None and wall_now() >= judge_at:
                began = wall_now()
                self._results = tuple(await self._judged())
                await self._look_for_a_halt()
                self._keep_health()
                took = wall_now() - began
                judge_at = began + max(_JUDGE_EVERY_WALL_S, _JUDGE_SHARE * took)
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
            speed=self._clock.speed,
        )

    def finish(self) -> None:
        """Keep what is known of the load; called however the run ends, when nothing is running."""
        self.ingest()
        cuts = self.record.cuts()
        since_s = cuts[-1].goes_on_s if cuts else 0.0
        self._keep_health(array("d", self.record.lags_s(since_s)))

    def _health(self, lags_s: Sequence[float] | None = None) -> GeneratorHealth:
        """Return how the generator of this run does, by what it says and by *lags_s*."""
        progress, planned = self._generator.progress, self._generator.workers
        return generator_health(lags_s, progress, planned=planned)

    def _keep_health(self, lags_s: Sequence[float] | None = None) -> None:
        """Keep how the generator does, with that of the run that this one goes on with.

        *lags_s* are those of all contacts, once everything is over.
        """
        health = self._health(lags_s)
        before = [cut.health for cut in self.record.cuts()[-1:]]
        self.record.put_health(together([*before, health]))
