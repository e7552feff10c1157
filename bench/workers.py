"""A whole generator, started as ``harness run`` starts it: alone, and as a master with workers."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from bench.ratio import Ratio
from bench.sides import provider
from harness.clock import wall_now
from harness.generator import Crew, running
from harness.model.control import Start
from harness.model.patience import exponential
from harness.model.scenario import (
    CallTraffic,
    Load,
    OnGateFailure,
    Owner,
    Phase,
    PhaseKind,
    Scenario,
)
from harness.model.target import Endpoints

PER_S, SECONDS, WORKERS = 1000.0, 5.0, 2
_LONGER_S = 86_400.0
"""The phase, which nobody waits out."""
_ADAPTER = "harness.adapter.reference:ReferenceAdapter"


def measure() -> Iterator[Ratio]:
    """Measure the CPU of all processes together, and of the busiest, at the same rate."""
    alone, shared = (asyncio.run(_cpu_s(workers)) for workers in (1, WORKERS))
    yield Ratio(
        f"CPU per call of a master and {WORKERS} workers together",
        "one process, the same calls", sum(shared) / sum(alone), 1.8,
        f"{sum(shared) * 1e6:.0f} µs against {sum(alone) * 1e6:.0f}",
    )  # fmt: skip
    yield Ratio(
        f"CPU per call of the busiest of those {1 + WORKERS} processes",
        "one process, the same calls", max(shared) / max(alone), 0.75,
        f"{', '.join(f'{each * 1e6:.0f}' for each in shared)} µs: master first",
    )  # fmt: skip


async def _cpu_s(workers: int) -> list[float]:
    """Return the CPU seconds per call of each generator process, by process id."""
    with (
        provider() as stub,
        tempfile.TemporaryDirectory() as folder,
    ):
        edge = f"http://127.0.0.1:{stub.answer()}"
        async with running(Path(folder), crew=Crew(workers), tell=lambda *_: None) as generator:
            listening = asyncio.create_task(generator.listen())
            start = Start(
                _scenario(), Endpoints(edge, {}), _ADAPTER, wall_now(), 1.0, "bench", "bench-"
            )
            await generator.start(start)
            await generator.begin("peak", wall_now() - start.epoch + 0.5)
            await asyncio.sleep(1.0)
            processes = _below(stub.pid)
            before = [_used_s(each) for each in processes]
            log = generator.contact_log
            first = len(_ids(log))
            await asyncio.sleep(SECONDS)
            used = [_used_s(each) - was for each, was in zip(processes, before, strict=True)]
            calls = len(_ids(log)) - first
            await generator.stop(0.0, drain_wall_s=1.0)
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
    return [each / calls for each in used]


def _below(*others: int) -> list[psutil.Process]:
    """Return the generator's processes, the master (the oldest) first."""
    found = psutil.Process().children(recursive=True)
    mine = [each for each in found if each.pid not in others and "locust" in str(each.cmdline())]
    return sorted(mine, key=lambda each: (each.create_time(), each.pid))


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _ids(log: Path) -> set[str]:
    with log.open(encoding="utf-8") as lines:
        return {json.loads(line)["id"] for line in lines if line.endswith("\n")}


def _scenario() -> Scenario:
    phase = Phase("peak", PhaseKind.STEADY, Load(1.0, 1.0), _LONGER_S)
    lines = {"billing": ("+441632960101",)}
    return Scenario(
        name="bench", proves="", owner=Owner("", ""), seed="2026", speed=1.0, lines=lines,
        calls=CallTraffic(PER_S * 3600, {"billing": 1.0}, exponential(1e6, "bench")),
        tickets=None, phases=(phase,),
        on_gate_failure=OnGateFailure.STOP, path=Path(),
    )  # fmt: skip
