"""``make bench``: run every benchmark and write docs/performance.md.

``make bench ONLY=soak`` runs that part alone and puts its rows among the others.

A ratio of two things timed in turns in one run says more than a time: the machine's noise hits
both. Ratios and small costs are medians of three or five rounds, lateness is the best of three;
what takes minutes is measured once, a million contacts in a process of their own.
"""

import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

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
    soak,
    starting,
    waiting,
    workers,
)
from bench.ratio import Ratio


class Part(Protocol):
    """A benchmark: a module that measures."""

    __name__: str

    def measure(self) -> Iterator[Ratio]:
        """Yield its rows."""


PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = """\
# Performance

Written by `make bench`; do not edit. Ratios are measured side by side in one run, medians of three
or five rounds, lateness is the best of three, and what takes minutes is measured once; smaller is
better. A limit is what we hold ourselves to, not a test: a busy machine may miss it. CPU is user
and system time of the process, which foreign load changes least; how late something came depends
on who else wanted the core. What this means for the size of a run is in [scale.md](scale.md).

"""


PARTS: dict[str, Part] = {
    part.__name__.rpartition(".")[2]: part
    for part in (
        starting, scraping, exporter, evaluation, million, waiting, generator, guarding, workers,
        contact_log, distributor, site, soak,
    )
}  # fmt: skip


def main() -> None:
    """Measure the parts that are named, or all; print, and write the page."""
    if unknown := set(sys.argv[1:]) - PARTS.keys():
        sys.exit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    print(Ratio.heading())
    rows = []
    for name in sys.argv[1:] or PARTS:
        for measured in PARTS[name].measure():
            rows.append(measured.row())
            print(rows[-1], flush=True)
    machine = _machine()
    if sys.argv[1:]:
        rows, machine = _among_others(rows, f"{', '.join(sys.argv[1:])}: {machine}")
    table = "\n".join([Ratio.heading(), *rows])
    PAGE.write_text(f"{HEAD}{table}\n\n{machine}\n", encoding="utf-8")


def _among_others(new: list[str], machine: str) -> tuple[list[str], str]:
    """Return the rows of the page with *new* ones in their places, and what was measured when."""
    lines = PAGE.read_text(encoding="utf-8").removeprefix(HEAD).splitlines()
    rows = [line for line in lines if line.startswith("| ")][1:]  # without the heading
    by_name = {_named(row): row for row in rows} | {_named(row): row for row in new}
    part = machine.partition(":")[0]
    told = [line for line in lines if line and not line.startswith(("|", f"{part}:"))]
    return list(by_name.values()), "  \n".join([*(each.rstrip() for each in told), machine])


def _named(row: str) -> str:
    return row.split("|")[1]


def _machine() -> str:
    load = os.getloadavg()[0]
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"Measured {when} on {platform.system()} {platform.release()} {platform.machine()},"
        f" {os.cpu_count()} cores, Python {platform.python_version()}; load average {load:.2f}."
    )


main()
