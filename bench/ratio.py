"""One benchmark's result, and the way two things are timed against each other."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Ratio:
    """*what* costs ``value`` times as much as *against*; ``limit`` is our own."""

    what: str
    against: str
    value: float
    limit: float
    detail: str

    @staticmethod
    def heading() -> str:
        """Return the head of the table."""
        return "| what | against | ratio | limit | detail |\n|---|---|---:|---:|---|"

    def row(self) -> str:
        """Return this result as a row of the table."""
        mark = "" if self.value <= self.limit else " (!)"
        ratio = f"{self.value:.3g}{mark}"
        return f"| {self.what} | {self.against} | {ratio} | {self.limit:g} | {self.detail} |"


def compare(
    ours: Callable[[], object], theirs: Callable[[], object], *, cpu: bool = False
) -> tuple[float, float]:
    """Return the median seconds of *ours* and of *theirs*, run in turns.

    With *cpu* the seconds are those of this process, whatever else keeps the machine busy.
    """
    clock = time.process_time if cpu else time.perf_counter
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, kept in zip((ours, theirs), times, strict=True):
            began = clock()
            work()
            kept.append(clock() - began)
    return median(times[0]), median(times[1])
