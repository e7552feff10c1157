"""The run's own figures: what they cost a second, sent elsewhere too, and the export of a run."""

import asyncio
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median

from aiohttp import web

from bench.contact_log import _lines
from bench.ratio import ROUNDS, Ratio
from harness.clock import RunClock, wall_now
from harness.exporter import wire
from harness.exporter.figures import Figures
from harness.exporter.server import Server
from harness.model.contact import from_json
from harness.model.sample import Scrape, Series
from harness.record.run_record import RunRecord
from reports.openmetrics import openmetrics
from tests.exporter.watched import ENDPOINTS, RESULT, kept_record, stand

CALLS_PER_S, SECONDS, LOOKS_PER_S, OBJECTIVES = 300, 60, 4, 25
SAMPLES, SERIES = 2_000_000, 200
_READ = "import sys, urllib.request as u\nfor _ in range({}): u.urlopen('{}').read()"


def measure() -> Iterator[Ratio]:
    """Measure the exporter by CPU seconds, the export by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = _drawn(Path(folder))
        served, size = asyncio.run(_served(Path(folder)))
    yield Ratio(
        f"share of one core that the exporter takes at {CALLS_PER_S} calls/s, read every second",
        "one core", drawn + served, 0.02,
        f"{drawn * 1000:.1f} ms to count and draw, {served * 1000:.1f} to tell; {size} series",
    )  # fmt: skip
    took, written = _sent()
    yield Ratio(
        "share of one core that remote write takes for 4 sources of 200 series",
        "one core", took, 0.02,
        f"{took * 1000:.1f} ms and {written / 1000:.0f} kB a second",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        took, lines = _exported(Path(folder))
    yield Ratio(
        f"exporting {SAMPLES:,} samples as OpenMetrics", "ten seconds", took / 10, 1,
        f"{took:.1f} s for {lines:,} lines",
    )  # fmt: skip


def _watched(record: RunRecord) -> Figures:
    """Return figures of a run with as many objectives as a large contract has."""
    figures = Figures()
    figures.began(record, RunClock(wall_now(), 20.0), ENDPOINTS)
    return figures


def _stand(second: int) -> object:
    results = [replace(RESULT, scope=f"queue {number}") for number in range(OBJECTIVES)]
    return stand(at_s=20.0 * second, results=tuple(results))


def _drawn(folder: Path) -> float:
    """Return the CPU seconds that a second of a run costs: contacts counted, a picture kept."""
    lines = [from_json(line) for line in _lines_of(CALLS_PER_S * SECONDS)]
    per_look = len(lines) // (SECONDS * LOOKS_PER_S)
    took = []
    for number in range(ROUNDS):
        with kept_record(folder / f"drawn-{number}") as record:
            figures = _watched(record)
            at, now = 0, 0.0
            began = time.process_time()
            for second in range(SECONDS):
                for _ in range(LOOKS_PER_S):
                    figures.contacts(lines[at : at + per_look])
                    at, now = at + per_look, now + 1 / LOOKS_PER_S
                figures._due_wall = 0.0  # a second has gone by
                figures.stand(_stand(second))  # type: ignore[arg-type]
            took.append((time.process_time() - began) / SECONDS)
    return median(took)


def _lines_of(calls: int) -> list[str]:
    found = []
    for line in _lines():
        found.append(line)
        if len(found) == calls * 4:
            break
    return found


async def _served(folder: Path) -> tuple[float, int]:
    """Return the CPU seconds that telling a page costs, and how many series are on it."""
    with kept_record(folder / "served") as record:
        figures = _watched(record)
        figures.stand(_stand(1))  # type: ignore[arg-type]
        assert figures.latest is not None
        size = len(figures.latest.values)
        runner = web.AppRunner(Server(figures).app(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
        took = []
        for _ in range(ROUNDS):
            reader = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _READ.format(SECONDS, url)
            )
            began = time.process_time()
            await reader.wait()
            took.append((time.process_time() - began) / SECONDS)
        await runner.cleanup()
    return median(took), size


def _sent() -> tuple[float, int]:
    """Return the CPU seconds and the bytes that a second of remote write costs."""
    heads = [
        wire.head(Series("cc_calls_total", (("queue", f"{number}"), ("site", source))), source, "r")
        for source in ("edge", "north", "south", "(harness)")
        for number in range(SERIES)
    ]
    took, size = [], 0
    for _ in range(ROUNDS):
        began = time.process_time()
        for batch in range(SECONDS // 5):
            rows = [
                (head, [(wire.value_of(float(batch)), 1000 * second) for second in range(5)])
                for head in heads
            ]
            size = len(wire.snappy(wire.request(rows))) // 5
        took.append((time.process_time() - began) / SECONDS)
    return median(took), size


def _exported(folder: Path) -> tuple[float, int]:
    """Return the seconds that an export of a long run takes, and how many lines it has."""
    rng = Random(1)
    names = [Series("cc_calls_total", (("queue", f"{number}"),)) for number in range(SERIES)]
    counts = array("d", [0.0]) * SERIES
    with kept_record(folder / "run") as record:
        for second in range(SAMPLES // SERIES):
            for number in range(SERIES):
                counts[number] += rng.random() < 0.1
            values = dict(zip(names, counts, strict=True))
            record.put_scrape(Scrape("north", 20.0 * second, True, values))
        began = time.perf_counter()
        with (folder / "run.om").open("w", encoding="utf-8") as file:
            lines = 0
            for piece in openmetrics(record):
                file.write(piece)
                lines += piece.count("\n")
        return time.perf_counter() - began, lines
