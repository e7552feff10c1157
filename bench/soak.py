"""Twelve hours of a contact centre in twelve minutes: what the tester's own processes gain.

The shipped soak at speed 60, run as a user runs it. What counts is what memory still gains after
a warm-up as long again, by the rule for a target's leaks, extrapolated to an hour of the clock on
the wall: the volume of an hour of that is sixty of the centre's. The warm-up is no matter of taste:
until each kind of fault has struck once and the busiest half hour has been, a process has not yet
held what it needs.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.ratio import Ratio
from harness.kpi.drift import trend
from harness.model.sample import OWN
from harness.record.run_record import RunRecord

SPEED, WARM_UP_HOURS, CENTRE_HOURS = 60, 12, 12
MOST_MIB_PER_HOUR = 1.0
_ROOT = Path(__file__).parent.parent
_SCENARIOS = _ROOT / "scenarios"
_MIB = 2**20
_HARNESS = "harness_process_resident_memory_bytes"
_GENERATOR = "harness_generator_resident_memory_bytes"
Points = list[tuple[float, float]]


def measure() -> Iterator[Ratio]:
    """Measure how fast harness and generator grow in a compressed soak."""
    with tempfile.TemporaryDirectory() as folder:
        told = _soaked(Path(folder))
        (run,) = (Path(folder) / "runs").glob("*-soak")
        with RunRecord.open(run) as record:
            contacts = record.calls_placed()
            memory = {name: _held(record, name) for name in (_HARNESS, _GENERATOR)}
        size = sum(each.stat().st_size for each in (run / "logs").glob("contacts*"))
    for name, who in ((_HARNESS, "harness"), (_GENERATOR, "generator")):
        first, last, slope = _growth(memory[name])
        yield Ratio(
            f"memory that the {who} gains in a soak of {CENTRE_HOURS} centre hours at speed"
            f" {SPEED}, after {WARM_UP_HOURS} to warm up",
            "1 MiB an hour of the wall's clock", slope / MOST_MIB_PER_HOUR, 1,
            f"{slope:+.2f} MiB an hour; {first:.1f} to {last:.1f} MiB, {contacts:,} calls,"
            f" {size / 1e6:.1f} MB of contact log at the end; {told}",
        )  # fmt: skip


def _soaked(folder: Path) -> str:
    """Run the soak in *folder*; return its answer, without where its report was."""
    text = (_SCENARIOS / "soak.yaml").read_text(encoding="utf-8")
    assert "speed: 20\n" in text
    text = text.replace("speed: 20\n", f"speed: {SPEED}\n")
    for place in ("targets", "sla", "runbooks"):
        text = text.replace(f" {place}/", f" {_SCENARIOS / place}/")
    scenario = folder / "soak.yaml"
    scenario.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable, "-m", "harness", "run", scenario, "--runs", folder / "runs",
            "--for", f"{WARM_UP_HOURS + CENTRE_HOURS}h", "--quiet",
        ],
        cwd=_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    return lines[-1].partition(" · ")[0]


def _held(record: RunRecord, name: str) -> Points:
    """Return when a process of ours held how much memory while the soak lasted: wall s, MiB."""
    (soak,) = (each for each in record.phases() if each.name == "soak")
    speed = record.facts.speed
    return [
        (scrape.at_s / speed, value / _MIB)
        for scrape in record.scrapes(OWN, soak.start_s)
        if scrape.at_s < soak.end_s
        for series, value in scrape.values.items()
        if series.name == name
    ]


def _growth(points: Points) -> tuple[float, float, float]:
    """Return the least of the first and of the last block, and what goes on per hour, all in MiB.

    By the rule that targets are held to: what is no trend, or was one step, is no growth.
    """
    begin_s = points[0][0] + WARM_UP_HOURS * 3600 / SPEED
    moved = trend([each for each in points if each[0] >= begin_s], lowest=True)
    assert moved is not None
    return moved.blocks[0], moved.blocks[-1], moved.goes_on_per_s * 3600
