"""The run itself: the sentence of the architecture, as code.

``scenario → guard → target up → phases (traffic + faults) → scrape → KPIs → verdict → reports``
"""

import asyncio
import contextlib
import os
import platform
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from harness import __version__, generator
from harness.adapter.driver import Driver
from harness.adapter.find import find_adapter
from harness.adapter.protocol import marks
from harness.clock import RunClock, wall_now
from harness.disk import Disk
from harness.errors import HarnessError, Problem, Refused, UsageError
from harness.faults.alarms import AlarmWatch
from harness.faults.contract import Means
from harness.faults.guarded import Guardianship
from harness.faults.injector import Injector
from harness.faults.kinds import for_a_run
from harness.faults.ordered import refuse_broken
from harness.faults.probe import Probe
from harness.generator import Crew
from harness.guarding import (
    GROUND,
    NOT_ARMED,
    Admission,
    Armed,
    Arrived,
    Ground,
    Load,
    Lookout,
    about,
    level_of,
    look_around,
    plan_hash,
)
from harness.handover import Handover
from harness.memory import set_aside
from harness.model.control import Start
from harness.model.event import Ending, Event, FaultRun, Level, RunFacts
from harness.model.guard import Level as TargetLevel
from harness.model.health import ProcessHealth
from harness.model.sample import Series
from harness.model.scenario import OnGateFailure, Phase, PhaseKind
from harness.model.staffing import StaffedBy, staffing_of
from harness.model.target import Endpoints
from harness.model.verdict import Verdict
from harness.preflight import Plan
from harness.record.evidence import Signing, keep_files
from harness.record.run_record import RunRecord
from harness.record.store import RESERVE_BYTES
from harness.resuming import Earlier
from harness.scrape.exposition import Exposition
from harness.scrape.scraper import Scraper
from harness.seeking import seek
from harness.stage import Stage
from harness.target import mock, remote
from harness.target.admin import Admin
from harness.verdict.judge import judge
from harness.verdict.self_check import limits
from harness.verdict.words import in_both_times
from harness.watching import Watcher

_SPEED_METRIC = "cc_speed"
_VERSIONED = ("locust", "gevent", "geventhttpclient", "aiohttp", "pydantic", "faker")


async def rehearse(
    plan: Plan,
    folder: Path,
    *,
    crew: Crew,
    explore: bool,
    watcher: Watcher,
    armed: Armed = NOT_ARMED,
    ground: Ground = GROUND,
    earlier: Earlier | None = None,
    signing: Signing | None = None,
    disk: Disk | None = None,
) -> Verdict:
    """Run *plan* in *folder* (new and empty but for ``logs/``) and return its verdict.

    If *earlier* is a run that was cut, go on with it: what it has measured counts too.

    1. The record is opened and the plan kept, before anything is started.
    2. The target comes up, and the guard asks it what it is.
    3. The generator comes up and listens to the target's events.
    4. Every line is called once.
    5. Phase by phase: load, faults on the timeline, a gate at the end.
    6. The load ends, callers finish, every site's store is read.
    7. The verdict is drawn from the record alone.

    Cancelled at any point it heals what it broke, ends what it started, and still returns the
    verdict on what it has: INCONCLUSIVE, because the run was interrupted.

    *armed* is what was said to be run and who approved it; *ground* what the guard stands on;
    *signing* who is to sign the evidence: the record tells, and whoever calls us does it. A run
    ends before it takes more of *disk* than it may, or than there is.

    Raises:
        HarnessError: the guard refused, or the target or the generator broke.
    """
    with _begun(folder, earlier) as record:
        level = level_of(plan.target, here=ground.here)
        facts = _facts(plan, folder.name, level, explore=explore)
        if signing is not None:
            facts = replace(facts, signer=signing.name, signer_key=signing.public_key)
        guarding = _Guarding(armed, ground, plan)
        phases = plan.scenario.phases
        if earlier is not None:
            facts = replace(facts, reference_prefix=record.facts.reference_prefix)
            plan, phases = earlier.rest_of(plan), earlier.to_play
        record.put_plan(plan.scenario, plan.sla, plan.target, facts, plan.known, plan.earlier)
        keep_files(folder, plan.files)
        ending, halted_by = Ending.BROKEN, ""
        try:
            on = disk or Disk(folder)
            async with _staged(plan, record, on, crew, watcher, guarding) as stage:
                with set_aside():
                    ending = await _play(stage, phases)
                halted_by = stage.halted_by
        except asyncio.CancelledError:
            ending = Ending.INTERRUPTED
            _uncancel()
        except Refused as no:
            ending, halted_by = Ending.REFUSED, str(no)
            raise
        finally:
            record.put_ending(ending, halted_by)
        verdict = judge(record, plan.sla, about=facts.about)
        watcher.judged(verdict)
        return verdict


def _begun(folder: Path, earlier: Earlier | None) -> RunRecord:
    """Make and return the record of the run in *folder*, which may go on with *earlier*."""
    if earlier is None:
        return RunRecord.create(folder, reserve_bytes=RESERVE_BYTES)
    return earlier.record_in(folder, reserve_bytes=RESERVE_BYTES)


class _Guarding(NamedTuple):
    """What the guard is told by whoever runs, what it stands on, and the plan that was armed."""

    armed: Armed
    ground: Ground
    plan: Plan


def _uncancel() -> None:
    """Take the cancellation as dealt with: what follows is short and has to happen."""
    task = asyncio.current_task()
    while task is not None and task.uncancel():
        pass


async def _play(stage: "Stage", phases: Sequence[Phase]) -> Ending:
    """Steps 4 to 6: the lines, the *phases*, the end of the load; return how it ended.

    A halt in the last of these is one too: what came after it was not asked, or not believed. Not
    after a shut gate: what that decided stands, and no run goes on behind it.
    """
    if stage.plan.scenario.search is not None:
        ending = await seek(stage, stage.plan.scenario.search)
    else:
        ending = await _phase_by_phase(stage, phases)
    await stage.end_of_load()
    await stage.read_stores()
    await stage.look_at_the_wires()
    if ending is Ending.COMPLETE and stage.halted_by and not stage.stopped_by_rule:
        return Ending.HALTED
    return ending


async def _phase_by_phase(stage: "Stage", phases: Sequence[Phase]) -> Ending:
    ending = Ending.COMPLETE
    for phase in phases:
        opened = await (stage.lines if phase.kind is PhaseKind.LINES else stage.phase)(phase)
        if stage.halted_by:
            ending = Ending.HALTED
            break
        stop = stage.plan.scenario.on_gate_failure is OnGateFailure.STOP and not stage.explore
        if stop and not opened:
            ending = Ending.GATE
            break
    return ending


@contextlib.asynccontextmanager
async def _staged(
    plan: Plan,
    record: RunRecord,
    disk: Disk,
    crew: Crew,
    watcher: Watcher,
    guarding: "_Guarding",
) -> AsyncIterator[Stage]:
    """Bring up target, generator and scraper for the block (steps 2 and 3), and take them down."""
    scenario, logs = plan.scenario, record.folder / "logs"
    # What the generator logged last is taken in after it has ended, so `finishing` is outermost.
    async with contextlib.AsyncExitStack() as finishing, contextlib.AsyncExitStack() as up:
        # Workers from elsewhere join before anything else: a target that waits for them would have
        # its day go on meanwhile.
        from_s = max((cut.goes_on_s for cut in record.cuts()), default=0.0)
        tell = _WorkerTeller(record, watcher, from_s)
        load = await up.enter_async_context(generator.running(logs, crew=crew, tell=tell))
        endpoints = await up.enter_async_context(_target_up(plan, logs))
        admitted = await Admission(
            plan.target,
            guarding.plan,
            guarding.armed,
            guarding.ground,
            record.facts.run,
            crew.workers,
        ).admit(endpoints)
        endpoints, wire = admitted.endpoints, admitted.wire(plan)
        tell("guard_admitted", Level.INFO, admitted.facts)
        tell.clock = clock = RunClock(wall_now() - from_s / scenario.speed, scenario.speed)
        record.put_epoch(clock.epoch, from_s=from_s)
        watcher.began(record, clock, endpoints)
        driver = await up.enter_async_context(
            Driver(find_adapter(plan.target.adapter)(endpoints), endpoints, gate=wire)
        )
        up.push_async_callback(load.end)  # before the target that it calls
        scraper = await up.enter_async_context(
            Scraper(
                endpoints.scrape_urls(),
                clock,
                record.put_scrape,
                ca_file=endpoints.ca_file,
                pins=None if endpoints.watch is None else endpoints.pins,
                metrics=endpoints.metrics,
                headers=endpoints.metrics_headers,
            )
        )
        admin = await up.enter_async_context(Admin(endpoints)) if endpoints.admin else None
        if admin is not None:
            await refuse_broken(admin)
        injector = Injector(
            for_a_run(),
            Means(
                admin,
                await up.enter_async_context(Guardianship(record.folder)),
                _announcer(record, clock, watcher),
                endpoints.pins,
                endpoints.ca_file,
            ),
            await up.enter_async_context(
                Probe(
                    endpoints,
                    Exposition().parse,
                    gate=wire,
                    headers=None if endpoints.watch is None else marks(endpoints.watch.run),
                )
            ),
            clock,
            _fault_teller(record, clock, watcher),
        )
        alarms = None
        if scenario.operations is not None:
            alarms = await up.enter_async_context(AlarmWatch(scenario.operations))
        announce = _announcer(record, clock, watcher)
        handover = Handover(plan.scenario, plan.target, driver, admin, clock, announce)
        stage = Stage(
            plan,
            record,
            clock,
            load,
            scraper,
            injector,
            driver,
            handover,
            watcher,
            disk,
            alarms,
            wire,
        )
        finishing.callback(stage.finish)
        if admitted.asking is not None:
            await look_around(
                plan.target,
                driver,
                partial(_scraped, scraper),
                prefix=record.facts.reference_prefix,
                look_s=guarding.ground.look_s,
            )
        lookout = Lookout(admitted, plan.target, guarding.ground)
        before = record.calls_placed()
        standing = partial(_load, record, scraper, Arrived(), before=before)
        async with _in_background(
            load.listen(),
            scraper.run(),
            stage.keep_taking_in(),
            lookout.watch(stage.halt, standing, driver),
        ):
            await load.start(_start(plan, clock, endpoints, record.facts))
            _check_clocks(load.progress.processes, plan)
            await scraper.scrape("before the run")
            _check_speed(scraper, plan)
            yield stage


async def _scraped(scraper: Scraper) -> Mapping[str, Mapping[Series, float]]:
    await scraper.scrape("before anything is sent")
    return scraper.values


def _load(record: RunRecord, scraper: Scraper, arrived: Arrived, *, before: int) -> Load:
    """Return how the load stands, by the provider's counters and by our own log.

    The log held *before* calls already, of the run that this one goes on with.
    """
    broken = any(each.injected_s is not None and not each.healed for each in record.faults())
    ours = record.calls_placed() - before + len(record.lines())
    return Load(
        arrived.take(scraper.values), ours, record.facts.reference_prefix, under_fault=broken
    )


def _target_up(plan: Plan, logs: Path) -> AbstractAsyncContextManager[Endpoints]:
    """Return the block in which the target is up: our mock, or what somebody else runs."""
    if plan.target.remote is not None:
        return remote.reached(plan.target)
    scenario = plan.scenario
    return mock.running(
        plan.target,
        lines=scenario.lines,
        speed=scenario.speed,
        seed=scenario.seed,
        logs=logs,
        manned=staffing_of(scenario.staffed_by, plan.target).by is StaffedBy.TARGET,
    )


def _start(plan: Plan, clock: RunClock, endpoints: Endpoints, facts: RunFacts) -> Start:
    return Start(
        scenario=plan.scenario,
        # The generator plays customers: what breaks the centre is none of its business.
        endpoints=replace(endpoints, admin=None, admin_token=""),
        adapter=plan.target.adapter,
        epoch=clock.epoch,
        speed=clock.speed,
        run=facts.run,
        reference_prefix=facts.reference_prefix,
    )


def _facts(plan: Plan, run: str, level: TargetLevel, *, explore: bool) -> RunFacts:
    guard = plan.target.remote.guard if plan.target.remote else None
    return RunFacts(
        run=run,
        started_wall=wall_now(),
        speed=plan.scenario.speed,
        seed=plan.scenario.seed,
        target=plan.target.name,
        about=about(level),
        explored=explore,
        # A centre that is ours alone is new in each run; any other remembers the runs before.
        reference_prefix="" if plan.target.mock is not None else f"{run}/",
        scenario_sha256=plan.scenario_sha256,
        versions=(
            ("harness", __version__),
            ("python", platform.python_version()),
            *((name, version(name)) for name in _VERSIONED),
        ),
        control=plan.control,
        level=str(level),
        environment=guard.environment if guard else "",
        armed=plan_hash(plan) if guard else "",
        machine=f"{platform.system()} {platform.release()} {platform.machine()},"
        f" {os.cpu_count()} cores",
    )


def _fault_teller(
    record: RunRecord, clock: RunClock, watcher: Watcher
) -> Callable[[FaultRun], None]:
    """Return what keeps every change of a fault's record and tells it to people."""

    def tell(fault: FaultRun) -> None:
        record.put_fault(fault)
        event = fault.told(clock.now_s())
        record.log(event)
        watcher.event(event)

    return tell


class _WorkerTeller:
    """Keeps everything that happens to a worker and tells it to people.

    Until the run has a clock, everything happens at its beginning.
    """

    def __init__(self, record: RunRecord, watcher: Watcher, begins_s: float) -> None:
        self.clock: RunClock | None = None
        self._begins_s = begins_s
        self._record = record
        self._watcher = watcher

    def __call__(self, name: str, level: Level, fields: dict[str, str]) -> None:
        at_s = self.clock.now_s() if self.clock is not None else self._begins_s
        event = Event(at_s, name, tuple(fields.items()), level)
        self._record.log(event)
        self._watcher.event(event)


def _check_clocks(processes: Sequence[ProcessHealth], plan: Plan) -> None:
    """Refuse workers whose clocks are too far from the master's to play one schedule.

    Raises:
        UsageError: some are; carries each of them.
    """
    most_s = limits(plan.scenario.generator, plan.sla).skew_s
    speed = plan.scenario.speed
    problems = [
        Problem(
            each.label,
            f"a clock that may be {in_both_times(each.worst_skew_s, speed)} off the master's",
            f"one within {most_s:g} s of centre time: set both by the same time server, or allow"
            " more under generator: skew",
        )
        for each in processes
        if each.worst_skew_s is not None and each.worst_skew_s * speed > most_s
    ]
    if problems:
        raise UsageError(problems)


def _announcer(record: RunRecord, clock: RunClock, watcher: Watcher) -> Callable[[str], None]:
    """Return what tells people what they are to do now, and keeps that it did."""

    def announce(what: str) -> None:
        event = Event(clock.now_s(), "please", (("do", what),), Level.WARNING)
        record.log(event)
        watcher.event(event)

    return announce


def _check_speed(scraper: Scraper, plan: Plan) -> None:
    """Refuse a target whose clock runs at another speed than the scenario's.

    Raises:
        UsageError: the speeds differ, or the target does not tell its speed and is not real time.
    """
    speed = plan.scenario.speed
    told = {
        source: scrape.values.get(Series(_SPEED_METRIC), 1.0)
        for source, scrape in scraper.latest.items()
    }
    want = f"the scenario's speed, {speed:g}"
    if plan.target.mock is None:
        # Whoever has no clock of its own to tell of, among its metrics or at all, is in real time.
        some = [value for value in told.values() if value != 1] or [1.0]
        told = {"its metrics": some[0]}
    for source, value in told.items():
        if value != speed:
            where = f"target: {source} {_SPEED_METRIC}"
            raise UsageError([Problem(where, f"{value:g}", want)])


@contextlib.asynccontextmanager
async def _in_background(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run *jobs* for the length of the block; one that fails ends the block with its error."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job) for job in jobs]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    except BaseExceptionGroup as errors:
        raise _gravest(errors) from None


def _gravest(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the one error that tells best what happened: one of ours if there is any."""
    found = [
        _gravest(error) if isinstance(error, BaseExceptionGroup) else error
        for error in errors.exceptions
    ]
    return next((error for error in found if isinstance(error, HarnessError)), found[0])
