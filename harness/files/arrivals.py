"""When contacts come: the keys ``shape``, ``arrivals``, ``starts_at`` and ``days`` of a scenario.

A shape or a recording is a file of its own, its path relative to the scenario; shapes that ship
with the harness go by their names.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from harness.files import hours, values
from harness.files.document import Table
from harness.files.fields import A_FILE, Fields, Key, Keys, fields_of
from harness.files.hours import WeekTime
from harness.files.log import Log, check_names, read_log
from harness.files.problems import did_you_mean
from harness.files.shape import SHIPPED as SHIPPED_SHAPES
from harness.files.shape import read_shape, shipped_shapes
from harness.model.arrivals import (
    DAY_S,
    FLAT,
    HALF_HOUR_S,
    Arrivals,
    Days,
    Process,
    Recording,
    Shape,
    week_text,
)
from harness.model.scenario import Phase
from harness.model.target import Target
from harness.model.units import format_duration

STARTS_AT = "starts_at: Mon 09:00"
DAYS = "days: variable"
CURVE: Keys = {
    "shape": Key(
        "shape: bank_day",
        "How the rate moves over a day or a week, its highest being 1.",
        "`flat`, the name of a shipped shape, or a file",
        default="flat",
    ),
    "arrivals": Key(
        "arrivals: poisson",
        "How contacts are placed under the shape: by chance, evenly, or as they once came.",
        "`poisson`, `uniform`, or a table",
        default="poisson",
    ),
}
"""The keys of a stream that this file reads, beside its rate."""
VARIABLE_DAYS: Keys = {
    "day": Key(
        "day: 0.15",
        "How much whole days differ: standard deviation over mean.",
        values.number(0, 1),
        default="0.15",
    ),
    "interval": Key(
        "interval: 0.2",
        "How much the half hours of a day differ: standard deviation over mean.",
        values.number(0, 1),
        default="0.2",
    ),
    "correlation": Key(
        "correlation: 0.5",
        "How much a half hour is like the next.",
        values.number(0, 0.99),
        default="0.5",
    ),
}
RECORDED: Keys = {
    "recorded": Key(
        "recorded: january.csv", "Past contacts, stamps or counts, that are placed again.", A_FILE
    ),
}
_ARRIVALS = "poisson, uniform, or {recorded: january.csv}"
_SPARE_S = 600.0
"""So much of a recording is kept beyond the run's end: its last rate is measured around it."""
_MOST_RECORDED = 500_000
_INSTANT_S = 1e-9
_MOCK_BEGINS = datetime.fromisoformat("2026-03-02T09:00")
"""What the mock's calendar shows if its profile does not say: a Monday morning."""


@dataclass(frozen=True, slots=True)
class RunDay:
    """The stretch of time that a run covers: what is known of it before its streams are read.

    ``starts_at`` is None where the scenario does not say; ``begun`` is the moment of a recording
    at which the run begins, once one has been read.
    """

    folder: Path
    run_s: float
    starts_at: WeekTime | None = None
    begun: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arriving:
    """What was read of one stream's arrivals; None is what has a problem.

    ``shares`` is how the contacts of a recording spread, by queue or priority; empty if it does
    not tell, or there is none.
    """

    arrivals: Arrivals | None = None
    per_hour: float | None = None
    shares: Mapping[str, float] | None = None
    begun: datetime | None = None


def read_days(fields: Fields, *, default: Days | None) -> Days | None:
    """Return how days vary where *fields* say ``days``, else *default*; None for exact days."""
    if "days" not in fields:
        return default
    entry = fields.entry("days")
    if entry is None or not isinstance(entry.value, Table):
        written = fields.value("days", values.one_of(("exact", "variable")))
        return Days() if written == "variable" else None
    own = fields_of(entry.value, of="days", keys=VARIABLE_DAYS, problems=fields.problems)
    assert own is not None  # it is a table
    usual = Days()
    day = own.value_or("day", values.number(0, 1), default=usual.day)
    interval = own.value_or("interval", values.number(0, 1), default=usual.interval)
    correlation = own.value_or("correlation", values.number(0, 0.99), default=usual.correlation)
    if day is None or interval is None or correlation is None:
        return None
    return Days(day, interval, correlation)


def read_starts_at(traffic: Fields) -> WeekTime | None:
    """Return when in the day or the week the run begins; None if that is not told."""
    return traffic.value_or("starts_at", hours.week_time, default=None)


def read_arrivals(
    fields: Fields, day: RunDay, meant: Mapping[str, str], *, named_by: Sequence[str]
) -> Arriving:
    """Return when the contacts of a stream come, and how many an hour.

    *meant* has the queue, or the priority, that each name in a recording stands for; *named_by* are
    the columns that such names may stand in.
    """
    entry = fields.entry("arrivals") if "arrivals" in fields else None
    if entry is not None and isinstance(entry.value, Table):
        own = fields_of(entry.value, of="arrivals", keys=RECORDED, problems=fields.problems)
        for key in ("per_hour", "shape"):
            if key in fields:
                fields.problem(key, want=f"no {key!r}: the recording says how many come, and when")
        path = own.file("recorded", day.folder) if own else None
        log = read_log(path, fields.problems, named_by=named_by) if path else None
        return _recorded(log, fields, day, meant) if log else Arriving()
    shape = _shape(fields, day)
    process = fields.value_or("arrivals", _process, default=Process.POISSON)
    per_hour = fields.value("per_hour", values.rate)
    if shape is None or process is None:
        return Arriving(per_hour=per_hour, shares={})
    return Arriving(Arrivals(shape, process), per_hour, {})


def _process(written: str) -> Process:
    try:
        return Process(written)
    except ValueError:
        raise ValueError(f"{_ARRIVALS}; {did_you_mean(written, Process)}") from None


def _shape(fields: Fields, day: RunDay) -> Shape | None:
    written = fields.value_or("shape", values.text, default=FLAT.name)
    if written is None or written == FLAT.name:
        return FLAT if written else None
    known = shipped_shapes()
    if written in known:
        path: Path | None = SHIPPED_SHAPES / f"{written}.yaml"
    elif written.endswith((".yaml", ".yml")):
        path = fields.file("shape", day.folder)
    else:
        want = f"{did_you_mean(written, {*known, FLAT.name})}; or a file of your own, my_day.yaml"
        fields.problem("shape", want=want)
        return None
    shape = read_shape(path, fields.problems) if path else None
    if shape and shape.weekly and day.starts_at and day.starts_at.weekday is None:
        fields.problem(
            "shape",
            found=f"the shape {shape.name}, in which days of the week differ, and a starts_at"
            " that names none",
            want=STARTS_AT,
        )
    return shape


def _recorded(log: Log, fields: Fields, day: RunDay, meant: Mapping[str, str]) -> Arriving:
    if log.named:
        check_names(log, meant, log.named, fields.problems)
    begun = day.begun or _begun(log, day.starts_at)
    until = begun + timedelta(seconds=day.run_s) if begun else None
    if begun is None or until is None or begun < log.from_time or log.until_time < until:
        has = f"{log.from_time:%a %Y-%m-%d %H:%M} to {log.until_time:%a %Y-%m-%d %H:%M}"
        run = f"the run needs {format_duration(day.run_s)}"
        if begun is not None:
            run += f" from {begun:%a %Y-%m-%d %H:%M} on"
        want = "a recording that covers the run, a 'starts_at' within it, or shorter phases"
        fields.problem("arrivals", found=f"a recording of {has}; {run}", want=want)
        return Arriving()
    recording = _placed(log, begun, day.run_s)
    contacts = _contacts(recording, day.run_s)
    if day.run_s and not 0 < contacts <= _MOST_RECORDED:
        found = f"a recording with {contacts:,} contacts in the time of the run"
        fields.problem("arrivals", found=found, want=f"at least one, at most {_MOST_RECORDED:,}")
        return Arriving()
    per_hour = _busiest_per_hour(recording, day.run_s)
    shares = _shares(recording, meant, day.run_s)
    return Arriving(Arrivals(recording=recording), per_hour, shares, begun)


def _begun(log: Log, starts_at: WeekTime | None) -> datetime | None:
    """Return the first moment of *log* at which it is *starts_at*; its beginning by default."""
    first = log.from_time
    if starts_at is None:
        return first
    midnight = first.replace(hour=0, minute=0, second=0)
    for number in range(8):
        at = midnight + timedelta(days=number, seconds=starts_at.of_day_s)
        if at >= first and starts_at.weekday in (None, at.weekday()):
            return at if at < log.until_time else None
    return None


def _placed(log: Log, begun: datetime, run_s: float) -> Recording:
    """Return the part of *log* that a run of *run_s* seconds from *begun* on needs."""
    before_s = (log.rows[0].at - begun).total_seconds()
    kept = [
        (position_s + before_s, row)
        for position_s, row in zip(log.positions_s, log.rows, strict=True)
        # An interval that has begun before the run is partly of it; a stamp is in it or is not.
        if (log.interval_s or _INSTANT_S) > -(position_s + before_s)
        and position_s + before_s < run_s + _SPARE_S
    ]
    return Recording(
        file=log.path.name,
        at_s=tuple(at_s for at_s, _ in kept),
        end_s=(log.until_time - begun).total_seconds(),
        counts=tuple(row.count for _, row in kept) if log.interval_s else (),
        interval_s=log.interval_s,
        names=tuple(row.name for _, row in kept) if log.named else (),
    )


def _of_run(recording: Recording, run_s: float) -> Iterator[tuple[float, int, str]]:
    """Yield time, count and name of each row of *recording* that begins within the run."""
    counts = recording.counts or (1,) * len(recording.at_s)
    names = recording.names or ("",) * len(recording.at_s)
    for at_s, count, name in zip(recording.at_s, counts, names, strict=True):
        if at_s < run_s:
            yield at_s, count, name


def _contacts(recording: Recording, run_s: float) -> int:
    return sum(count for _, count, _ in _of_run(recording, run_s))


def _busiest_per_hour(recording: Recording, run_s: float) -> float:
    """Return the rate of the busiest interval, or half hour; of the whole run if it is shorter."""
    step_s = recording.interval_s or min(HALF_HOUR_S, run_s or HALF_HOUR_S)
    busy: Counter[int] = Counter()
    for at_s, count, _ in _of_run(recording, run_s):
        busy[int(at_s // step_s)] += count
    return max(busy.values(), default=0) * 3600 / step_s


def _shares(recording: Recording, meant: Mapping[str, str], run_s: float) -> dict[str, float]:
    names: Counter[str] = Counter()
    for _, count, name in _of_run(recording, run_s):
        names[meant.get(name, name)] += count
    total = names.total() if recording.names else 0
    return {name: names[name] / total for name in dict.fromkeys(meant.values())} if total else {}


def clock_s(day: RunDay, shapes: Iterable[Shape], target: Target | None) -> float:
    """Return when in the week the run begins, in seconds from Monday 00:00.

    As the scenario says; else as a recording does; else when the mock's calendar begins, so that
    callers and opening hours agree; else with the busiest interval of the first shape that has one.
    """
    begun = day.begun  # at *starts_at*, and of one day
    if begun is None and day.starts_at is not None:
        return (day.starts_at.weekday or 0) * DAY_S + day.starts_at.of_day_s
    begun = begun or mock_starts_at(target)
    if begun is not None:
        midnight = begun.replace(hour=0, minute=0, second=0, microsecond=0)
        return begun.weekday() * DAY_S + (begun - midnight).total_seconds()
    return next((shape.busiest_s for shape in shapes if not shape.steady), 0.0)


def mock_starts_at(target: Target | None) -> datetime | None:
    """Return what the calendar of the mock shows as it starts; None if *target* is no mock."""
    if target is None or target.mock is None:
        return None
    try:
        return datetime.fromisoformat(str(target.mock["starts_at"])).replace(tzinfo=None)
    except (KeyError, ValueError):  # one that cannot be read is told by the mock's own check
        return _MOCK_BEGINS


def check_somebody_comes(
    traffic: Fields,
    streams: Mapping[str, Arrivals],
    starts_at_s: float,
    phases: Iterable[tuple[float, Phase]],
) -> None:
    """Add a problem for a phase in which nobody comes, and for a stream of which nobody does.

    *phases* come with the seconds from the run's start to theirs.
    """
    by_shape = {name: each.shape for name, each in streams.items() if not each.recording}
    if len(by_shape) < len(streams):
        return  # whether somebody comes is what a recording is there to tell
    placed = list(phases)
    run_s = sum(phase.duration_s for _, phase in placed)
    run = f"a run of {format_duration(run_s)} from {week_text(starts_at_s)} on"
    want = "a start within the hours in which the shape has contacts, such as 'Mon 09:00'"
    for name, shape in by_shape.items():
        if run_s and not shape.any_within(starts_at_s, run_s):
            found = f"{run}, in which the shape {shape.name} has no {name}"
            traffic.problem("starts_at", found=found, want=want)
            return
    for from_s, phase in placed:
        at_s = starts_at_s + from_s
        silent = not any(each.any_within(at_s, phase.duration_s) for each in by_shape.values())
        if phase.duration_s and by_shape and silent:
            found = f"{run}: nobody comes in {phase.name}, at {week_text(at_s)}"
            traffic.problem("starts_at", found=found, want=want)
            return
