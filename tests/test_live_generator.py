"""The live picture says how the generator is doing, in the time that is judged."""

import re

from rich.console import Console

from harness.live import watching
from harness.model.control import Progress
from harness.model.health import GeneratorLimits, ProcessHealth
from harness.verdict.self_check import limits
from harness.watching import Stand
from tests.fakes import phase, scenario, sla
from tests.reports.live_picture import Terminal

RED = "\x1b[1;31m"


def shown(progress: Progress, *, speed: float = 20.0) -> str:
    """Return the picture's line on the generator, colours and all."""
    screen = Terminal()
    console = Console(file=screen, width=100, color_system="standard", _environ={"TERM": "xterm"})
    stand = Stand(60.0, phase(), 0.0, 0.1, progress, {}, (), (), speed)
    with watching(scenario(), limits(GeneratorLimits(), sla()), console=console, quiet=False) as w:
        w.stand(stand)
    return next(line for line in screen.getvalue().splitlines() if "generator" in line)


def plain(line: str) -> str:
    """Return *line* without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def worker(**measured: float) -> Progress:
    """Return the progress of one worker that measured so much."""
    return Progress(started=100, processes=(ProcessHealth("worker 1", "hill", **measured),))


def test_what_processes_measure_is_shown_in_centre_time():
    """At speed 20 a tenth of a second of the clock is two of a caller's."""
    line = shown(worker(start_lag_p99_s=0.05, loop_lag_p99_s=0.002, cpu=0.31))

    assert "late 1.0 s, stood 40 ms, cpu 31 %, dropped 0, lost 0" in plain(line)
    assert RED not in line


def test_what_makes_the_run_undecided_is_red():
    """Whoever watches can stop an hour early."""
    line = shown(worker(start_lag_p99_s=0.2, cpu=0.99))

    assert line.count(RED) == 2
    assert f"{RED}4.0 s" in line


def test_before_anything_is_measured_nothing_is_claimed():
    """A dash, not a zero."""
    assert "late –, stood –, cpu –" in plain(shown(Progress()))
