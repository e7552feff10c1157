"""``make bench``: run every benchmark and write docs/performance.md.

A ratio of two things timed in turns in one run says more than a time: the machine's noise hits
both. Each figure is the median of five rounds; a million contacts are judged once, in a process of
their own.
"""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    contact_log,
    distributor,
    evaluation,
    exporter,
    generator,
    guarding,
    million,
    scraping,
    site,
    starting,
    waiting,
    workers,
)
from bench.ratio import Ratio

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = """\
# Performance

Written by `make bench`; do not edit. Ratios are measured side by side in one run, medians of five
rounds; smaller is better. A limit is what we hold ourselves to, not a test: a busy machine may
miss it. CPU is user and system time of the process, which foreign load changes least; how late
something came depends on who else wanted the core. What this means for the size of a run is in
[scale.md](scale.md).

"""


def main() -> None:
    """Measure, print, and write the page."""
    parts = (starting, scraping, exporter, evaluation, million, waiting)
    live = (generator, guarding, workers, contact_log, distributor, site)
    rows = [Ratio.heading()]
    print(rows[0])
    for part in (*parts, *live):
        for measured in part.measure():
            rows.append(measured.row())
            print(rows[-1], flush=True)
    table = "\n".join(rows)
    PAGE.write_text(f"{HEAD}{table}\n\n{_machine()}\n", encoding="utf-8")


def _machine() -> str:
    load = os.getloadavg()[0]
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"Measured {when} on {platform.system()} {platform.release()} {platform.machine()},"
        f" {os.cpu_count()} cores, Python {platform.python_version()}; load average {load:.2f}."
    )


main()
