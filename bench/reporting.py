"""The reports of a large run: made, by CPU time and memory, and opened in Debian's Chromium.

A process of its own does what ``harness report`` does, verdict included, and is measured whole.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

import reports
from bench.ratio import ROUNDS, Ratio
from harness.record.run_record import RunRecord
from harness.verdict.judge import judge
from tests.chromium import CHROMIUM, QUIET

MOST_CPU_S, MOST_MB, MOST_OPENING_S = 15.0, 500.0, 2.0
_ROOT = Path(__file__).parent.parent


def measure(folder: Path, what: str) -> Iterator[Ratio]:
    """Measure the reports of the run in *folder*, which has *what*."""
    command = [sys.executable, "-m", "bench.reporting", str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT)
    found = json.loads(told.stdout)
    size = sum((folder / name).stat().st_size for name in reports.NAMES) / 1e6
    yield Ratio(
        f"all reports of {what}, verdict included", "15 s of CPU", found["cpu_s"] / MOST_CPU_S, 1,
        f"{found['cpu_s']:.1f} s, of which {found['judging_s']:.1f} judging; {size:.1f} MB written",
    )  # fmt: skip
    yield Ratio(
        "the same, the whole process's memory", "500 MB", found["mb"] / MOST_MB, 1,
        f"{found['mb']:.0f} MB",
    )  # fmt: skip
    if not CHROMIUM.exists():
        print(f"no {CHROMIUM}: that the report opens was not measured", file=sys.stderr)
        return
    opened, drawn = map(sorted, zip(*_opened(folder / reports.REPORT), strict=True))
    yield Ratio(
        "opening that report in Chromium until all of it is there and its tables sort", "2 s",
        median(opened) / MOST_OPENING_S, 1,
        f"{median(opened):.2f} s, {opened[0]:.2f} to {opened[-1]:.2f}; its charts, gone to at once,"
        f" are drawn after {median(drawn):.2f} s, {drawn[0]:.2f} to {drawn[-1]:.2f}",
    )  # fmt: skip


def peak_mb() -> float:
    """Return the most memory this process ever had; ``ru_maxrss`` would count our parent's too."""
    told = Path("/proc/self/status").read_text(encoding="utf-8")
    return (
        next(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM")) / 1024
    )


def _opened(path: Path) -> Iterator[tuple[float, float]]:
    """Yield the seconds from asking for *path* until it can be used, and its charts be seen.

    In new browsers. Charts are drawn once they come near, so the page is scrolled to them.
    """
    with sync_playwright() as playwright:
        for _ in range(ROUNDS):
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            began = time.perf_counter()
            page.goto(path.as_uri())
            page.wait_for_selector("table.sortable", state="attached")
            opened_s = time.perf_counter() - began
            page.evaluate("document.getElementById('timeline').scrollIntoView()")
            page.wait_for_selector("html[data-charts=drawn]", state="attached")
            yield opened_s, time.perf_counter() - began
            chromium.close()


def _made(folder: Path) -> None:
    """Make the reports of the run in *folder*; print what it took."""
    with RunRecord.open(folder) as record:
        verdict = judge(record, record.sla, about=record.facts.about)
        judging_s = time.process_time()
        reports.write(record, verdict, folder=folder)
    print(json.dumps({"cpu_s": time.process_time(), "judging_s": judging_s, "mb": peak_mb()}))


if __name__ == "__main__":
    _made(Path(sys.argv[1]))
