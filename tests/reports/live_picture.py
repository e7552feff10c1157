"""The picture of the live view in the README, drawn by the live view itself from a made-up moment."""

import io
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from harness.live import watching
from harness.model.control import Progress
from harness.model.event import Event, FaultRun
from harness.model.health import ProcessHealth
from harness.model.sample import Scrape
from harness.model.sla import Direction
from harness.model.verdict import View
from harness.verdict.self_check import Limits
from harness.watching import Stand
from tests.fakes import series
from tests.reports.made_up_run import FAULT, SCENARIO
from tests.reports.made_up_verdicts import objective

NAME = "live_view.svg"
WIDTH = 80
LIMITS = Limits(2.0, 2.0, 1.0, 0.01, 0.9)
_PER_HOUR = 2040.0
_SINCE_S = 312
EVENTS = (
    Event(2.0, "guard_admitted", (("environment", "mock"),)),
    Event(5.0, "line_checked", (("line", "+441632960101"), ("queue", "billing"), ("", "reached"))),
    Event(615.0, "gate_decided", (("phase", "pilot"), ("status", "pass"), ("why", "all met"))),
    Event(2715.0, "gate_decided", (("phase", "peak"), ("status", "pass"), ("why", "all met"))),
    Event(2940.0, "phase_began", (("phase", "site-loss"), ("kind", "fault"))),
    Event(3060.0, "fault_injected", (("fault", "site_down"), ("site", "north"))),
    Event(3066.0, "fault_proven", (("", "north refuses connections"),)),
)
_LOSS = partial(objective, phase="site-loss")
_LESS = partial(_LOSS, direction=Direction.LESS)
_RESULTS = (
    _LOSS(value=0.992, goal=0.6, warn=0.58, n=119),
    _LOSS(value=0.992, goal=0.6, warn=0.58, n=119, view=View.PROVIDER),
    _LOSS(scope="support", value=0.974, goal=0.6, warn=0.58, n=78),
    _LOSS(scope="support", value=0.981, goal=0.6, warn=0.58, n=78, view=View.PROVIDER),
    _LESS(kpi="abandonment", value=0.008, goal=0.25, warn=0.27, n=119),
    _LESS(kpi="abandonment", value=0.0, goal=0.25, warn=0.27, n=119, view=View.PROVIDER),
    _LESS(kpi="dropped", scope="", value=0.098, goal=0.2, warn=0.22, n=153),
)


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


def frame() -> tuple[str, str]:
    """Return the live view at one moment of the made-up run: as SVG, and as plain text."""
    screen = Console(file=Terminal(), width=WIDTH, height=40, _environ={"TERM": "xterm"})
    with watching(SCENARIO, LIMITS, console=screen, quiet=False) as watcher:
        for event in EVENTS:
            watcher.event(event)
        for before_s in range(1500, -1, -20):  # as many looks as it takes to smooth the load
            watcher.stand(_stand(_SINCE_S - before_s))
        shown = watcher._live.get_renderable()  # type: ignore[attr-defined]
    console = Console(file=io.StringIO(), record=True, width=WIDTH, color_system="truecolor",
                      force_terminal=True)  # fmt: skip
    console.print(shown)
    text = console.export_text(clear=False)
    svg = console.export_svg(title="harness run scenarios/pre_cutover.yaml", unique_id="live")
    plain = re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return plain, text


def _stand(since_s: float) -> Stand:
    """Return how the run stands so many centre seconds after the fault."""
    assert FAULT.injected_s is not None
    at_s = FAULT.injected_s + since_s
    phase = next(each for each in SCENARIO.phases if each.name == FAULT.phase)
    start_s = at_s - since_s - phase.faults[0].at_s
    gauges = {series("cc_calls_in_queue", site="south"): 2.0, series("cc_calls_in_talk"): 63.0}
    return Stand(
        at_s,
        phase,
        start_s,
        (at_s - start_s) / phase.duration_s,
        Progress(
            started=round(at_s * _PER_HOUR / 3600),
            processes=(
                ProcessHealth("generator", cpu=0.14, start_lag_p99_s=0.005, loop_lag_p99_s=0.004),
            ),
        ),
        {"south": Scrape("south", at_s, ok=True, values=gauges)},
        _RESULTS,
        (_in_force(),),
        speed=20.0,
    )


def _in_force() -> FaultRun:
    return replace(FAULT, healed_from_s=None, healed_s=None, heal_proven_s=None, heal_proof="")


if __name__ == "__main__":
    (Path("docs/pictures") / NAME).write_text(frame()[0], encoding="utf-8")
