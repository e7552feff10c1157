"""What a person sees while the run goes on: a live picture on a terminal, plain lines elsewhere.

Everything goes to standard error; the result alone goes to standard output.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.model.contact import Stream
from harness.model.event import Event, Level
from harness.model.scenario import PhaseKind, Scenario
from harness.model.units import format_duration, format_share
from harness.model.verdict import ObjectiveResult, Status, View
from harness.traffic.schedule import rate_per_s
from harness.verdict.self_check import Limits
from harness.verdict.words import GLYPHS, NOTHING, bound, quantity, seconds
from harness.watching import Stand, Watcher

_STATUS_STYLES = {
    Status.PASS: "green",
    Status.WARN: "yellow",
    Status.FAIL: "bold red",
    Status.INCONCLUSIVE: "cyan",
    Status.WAIVED: "dim",
}
_STYLES = {Level.INFO: "", Level.WARNING: "yellow", Level.ERROR: "bold red"}
_LOG_LINES = 8


@contextmanager
def watching(
    scenario: Scenario, limits: Limits, *, console: Console, quiet: bool
) -> Iterator[Watcher]:
    """Show the run for the block: live on a terminal, as lines elsewhere, nothing if *quiet*.

    Where the generator is beyond its *limits*, that is told in red.
    """
    if quiet:
        yield Watcher()
    elif _can_be_drawn_on(console):
        with Live(console=console, auto_refresh=False) as live:
            yield _Picture(scenario, limits, live)
    else:
        yield _Lines(console)


def _can_be_drawn_on(console: Console) -> bool:
    """Whether *console* is a terminal that moves its cursor, not what the environment calls one."""
    return console.is_terminal and not console.is_dumb_terminal and console.file.isatty()


class _Lines(Watcher):
    """One line an event: for logs and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def event(self, event: Event) -> None:
        self._console.print(_told(event), soft_wrap=True)


class _Picture(Watcher):
    """The whole run at a glance."""

    def __init__(self, scenario: Scenario, limits: Limits, live: Live) -> None:
        self._scenario = scenario
        self._limits = limits
        self._live = live
        self._log: deque[Event] = deque(maxlen=_LOG_LINES)
        self._stand: Stand | None = None
        self._before: tuple[float, int] = (0.0, 0)
        self._per_hour = 0.0

    def event(self, event: Event) -> None:
        self._log.append(event)
        if self._stand is not None:  # what happens last must not wait for a look that never comes
            self._draw(self._stand)

    def stand(self, stand: Stand) -> None:
        self._stand = stand
        self._measure_load(stand)
        self._draw(stand)

    def _draw(self, stand: Stand) -> None:
        parts: list[RenderableType] = [_ladder(self._scenario, stand), self._load(stand)]
        if stand.results:
            parts += [Text(), _objectives(stand.results)]
        parts += [Text(), *(_told(event) for event in self._log)]
        self._live.update(Group(*parts), refresh=True)

    def _load(self, stand: Stand) -> Text:
        planned = _planned_per_hour(self._scenario, stand)
        waiting = _gauge(stand, "cc_calls_in_queue")
        talking = _gauge(stand, "cc_calls_in_talk")
        text = Text.assemble(
            ("load ", "dim"), f"{self._per_hour:,.0f}/h of {planned:,.0f}/h planned",
            ("   calls ", "dim"), f"{waiting} waiting, {talking} in talk",
        )  # fmt: skip
        text.append("\n").append_text(_generator(stand, self._limits))
        broken = [f for f in stand.faults if f.proven and not f.healed]
        for fault in broken:
            text.append(f"\n{fault.title}", "bold red")
            since_s = round(stand.at_s - (fault.injected_s or 0.0))
            text.append(f" since {format_duration(since_s)}", "red")
        return text

    def _measure_load(self, stand: Stand) -> None:
        """Keep the load really started, smoothed over about twenty looks."""
        at_s, started = self._before
        passed_s = stand.at_s - at_s
        if passed_s > 0:
            now = (stand.progress.started - started) / passed_s * 3600
            self._per_hour += (now - self._per_hour) * 0.1
        self._before = (stand.at_s, stand.progress.started)


def _generator(stand: Stand, limit: Limits) -> Text:
    """How the generator is doing; red where the run is undecided because of it."""
    progress, speed = stand.progress, stand.speed
    late_s = _worst(each.start_lag_p99_s for each in progress.processes)
    stood_s = _worst(each.loop_lag_p99_s for each in progress.processes)
    busy = _worst(each.cpu for each in progress.processes)
    offered = progress.started + progress.dropped
    parts = (
        ("late", seconds(_times(late_s, speed)), _over(_times(late_s, speed), limit.lag_p99_s)),
        ("stood", seconds(_times(stood_s, speed)), _over(_times(stood_s, speed), limit.loop_lag_s)),
        ("cpu", NOTHING if busy is None else format_share(busy), _over(busy, limit.cpu)),
        ("dropped", f"{progress.dropped}", progress.dropped > limit.dropped * offered),
        ("lost", f"{progress.workers_lost}", progress.workers_lost > 0),
    )
    text = Text.assemble(("generator ", "dim"))
    for number, (name, value, over) in enumerate(parts):
        text.append(f"{', ' if number else ''}{name} ", "dim")
        text.append(value, "bold red" if over else "")
    return text


def _worst(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _times(wall_s: float | None, speed: float) -> float | None:
    return None if wall_s is None else wall_s * speed


def _over(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def _ladder(scenario: Scenario, stand: Stand) -> Table:
    """The phases in a row: done, on, to come; the one that is on has a bar."""
    table = Table.grid(padding=(0, 1))
    names = [phase.name for phase in scenario.phases]
    on = names.index(stand.phase.name) if stand.phase else -1
    ladder = Text()
    for i, name in enumerate(names):
        style = "dim" if i > on else ("bold" if i == on else "green")
        ladder.append(("  " if i else "") + ("▸ " if i == on else "") + name, style)
    table.add_row(ladder)
    if stand.phase is not None and stand.phase.kind is not PhaseKind.LINES:
        share = min(stand.share_of_phase, 1.0)
        passed_s = min(stand.at_s - stand.phase_start_s, stand.phase.duration_s)
        clock = f"{format_duration(round(passed_s))} of {format_duration(stand.phase.duration_s)}"
        word = clock if stand.share_of_phase <= 1 else "deciding the gate"
        bar = Table.grid(padding=(0, 1))
        bar.add_row(ProgressBar(total=1.0, completed=share, width=40), Text(word, "dim"))
        table.add_row(bar)
    return table


def _objectives(results: tuple[ObjectiveResult, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("objective", no_wrap=True)
    for heading in ("callers", "provider", "goal", "n"):
        table.add_column(heading, justify="right", no_wrap=True)
    provider = {r.subject: r for r in results if r.view is View.PROVIDER}
    for result in results:
        if result.view is View.CALLERS:
            other = provider.get(result.subject)
            table.add_row(
                Text(GLYPHS[result.status], _STATUS_STYLES[result.status]),
                Text(result.name),
                quantity(result.value, result.unit),
                quantity(other.value, other.unit) if other else "",
                bound(result),
                str(result.n),
            )
    return table


def _planned_per_hour(scenario: Scenario, stand: Stand) -> float:
    if stand.phase is None:
        return 0.0
    return 3600 * sum(
        rate_per_s(scenario, stand.phase, stream, stand.share_of_phase) for stream in Stream
    )


def _gauge(stand: Stand, name: str) -> int:
    """Return the sum of gauge *name* over all sources that answered last."""
    return round(
        sum(
            value
            for scrape in stand.scrapes.values()
            for series, value in scrape.values.items()
            if series.name == name
        )
    )


def _told(event: Event) -> Text:
    """Return *event* in one line: when, what, and its values; their names are clear from it."""
    style = _STYLES[event.level]
    text = Text(
        f"{format_duration(round(event.at_s)):>9}  ", "dim", no_wrap=True, overflow="ellipsis"
    )
    text.append(event.name.replace("_", " "), style or "bold")
    text.append("  " + " · ".join(value for _, value in event.fields), style)
    return text
