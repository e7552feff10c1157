"""The last day against the first: what drifts in a soak, and what processes never give back.

What moves is told of every soak, whether the contract asks or not; it decides where the contract
asks for ``steadiness``, ``memory_growth`` or ``descriptor_growth``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.kpi.drift import Point, Trend, trend, without_cycle
from harness.kpi.evidence import PhaseEvidence
from harness.model.arrivals import DAY_S
from harness.model.event import FaultRun, PhaseRun
from harness.model.sample import OWN, Series, Told
from harness.model.scenario import PhaseKind
from harness.model.sla import Bound, Direction, Sla, Unit
from harness.model.units import format_duration
from harness.model.verdict import Doubt, Measurement, View
from harness.verdict.asked import Asked, asked, out_of_hours
from harness.verdict.evidence import Evidence
from harness.verdict.felt import felt_in
from harness.verdict.intervals import whole_intervals
from harness.verdict.words import as_asked, quantity

EVERY_S = 900.0
"""Centre seconds of an interval, unless the contract counts in others: a quarter of an hour."""
OWN_MOST_MIB = 4.0
"""So many MiB per centre hour may harness and generator gain before their soak is in doubt."""
_MIB = 2**20
_HOUR_S = 3600.0
_WARM_UP = 0.1
_MANY_DAYS = 2
_STARTED = Series("process_start_time_seconds")
GROWTHS = {
    "memory_growth": (Series("process_resident_memory_bytes"), float(_MIB)),
    "descriptor_growth": (Series("process_open_fds"), 1.0),
}
"""By KPI: what a process has of it, and in what it is counted."""
_OWN_MEMORY = ("harness_process_resident_memory_bytes", "harness_generator_resident_memory_bytes")


@dataclass(frozen=True, slots=True)
class Looked:
    """One objective looked at over time; ``why`` says how it got worse, empty if it did not.

    ``trend`` is None if it cannot be told: too short, or less than two days of a curve.
    ``left_out`` is how many of its intervals were not compared, because a fault was felt in them.
    """

    phase: str
    name: str
    trend: Trend | None
    why: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Gain:
    """What a process gains of a thing per hour; 0 if it levels off or chance explains it.

    None if it is not told.
    """

    of: str
    per_hour: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """How one objective went over the time of a soak, of which it may be a piece."""

    phase: str
    asked: Asked
    every_s: float
    lasts_s: float
    points: tuple[Point, ...]
    left_out: int

    @property
    def name(self) -> str:
        """The objective, as results name it."""
        kpi, scope = self.asked.kpi.name, self.asked.scope
        return f"{kpi}[{scope}]" if scope else kpi


def courses_of(evidence: PhaseEvidence, run: Evidence, sla: Sla) -> list[Course]:
    """Return what *sla* asks of callers in a soak, each over its time; else nothing.

    Left out is what only a clock that may have stood still can tell: by ours, every night is bad.
    """
    if evidence.phase.kind is not PhaseKind.SOAK:
        return []
    phase = run.scenario.phase(evidence.phase.name).planned_as
    return [
        _course(phase, each, evidence, run.faults())
        for each in asked(sla, evidence.phase.kind, run.scenario, run.target)
        if each.view is View.CALLERS and not out_of_hours(each, run, evidence)
    ]


def looked_at(courses: Iterable[Course], run: Evidence) -> list[Looked]:
    """Return how each objective moved, over all pieces of a soak that was cut together.

    Two of one KPI, within 20 s and within a minute, are two.
    """
    found: dict[tuple[str, int, str], list[Course]] = {}
    for each in courses:
        subject = (each.phase, id(each.asked.objective), each.asked.scope)
        found.setdefault(subject, []).append(each)
    in_phase = Counter(phase for phase, *_ in found)
    return [_looked(pieces, run, in_phase[phase]) for (phase, *_), pieces in found.items()]


def soaks_of(run: Evidence) -> dict[str, list[PhaseRun]]:
    """Return the pieces of each soak that ran, by the name that it had; most have just one."""
    found: dict[str, list[PhaseRun]] = {}
    for phase in run.phases():
        if phase.kind is PhaseKind.SOAK:
            found.setdefault(run.scenario.phase(phase.name).planned_as, []).append(phase)
    return found


def steadiness(found: Sequence[Looked]) -> Measurement:
    """Return how many of *found*, of one phase, got worse."""
    told = [each for each in found if each.trend is not None]
    worse = [each for each in found if each.why]
    if not told and not worse:
        note = "too short: it takes two hours, and two days where the load has a daily curve"
        if not found:
            note = "callers tell nothing of it by a clock that surely runs around the clock"
        if any(each.left_out for each in found):
            note += "; what is near a fault does not count"
        return Measurement(None, 0, note=note)
    return Measurement(float(len(worse)), len(told), note="; ".join(each.why for each in worse))


def growths(run: Evidence, pieces: Sequence[PhaseRun]) -> dict[str, Measurement]:
    """Return what the process of the target that gained most gained in a soak, by KPI.

    The record is read once for all of them: a soak of a night has many readings.
    """
    found: dict[str, list[Gain]] = {kpi: [] for kpi in GROWTHS}
    for source in run.sources():
        lives = _lives(run.told(source, pieces[0].start_s), pieces)
        for kpi, (series, _) in GROWTHS.items():
            found[kpi].append(_gain(source, lives[series]))
    return {kpi: _most(found[kpi], scale) for kpi, (_, scale) in GROWTHS.items()}


def _most(found: Sequence[Gain], scale: float) -> Measurement:
    """Return the largest of the gains *found*, divided by *scale*."""
    told = [each for each in found if each.per_hour is not None]
    if not told:
        return Measurement(None, 0, note="no process told it for long enough between two starts")
    worst = max(told, key=lambda each: each.per_hour or 0.0)
    value = (worst.per_hour or 0.0) / scale
    return Measurement(value, len(told), note=f"{worst.of} gained most" if value else "")


def own_growth(run: Evidence) -> Iterator[Doubt]:
    """Yield a doubt for each process of ours that grew in a soak as a target's must not.

    Nothing is said of less than an hour: a process that has just begun still takes what it needs.
    """
    for phase in run.phases():
        if phase.kind is not PhaseKind.SOAK or phase.end_s - phase.start_s < _HOUR_S:
            continue
        by_process: dict[Series, list[Point]] = {}
        for scrape in run.scrapes(OWN, phase.start_s):
            if scrape.at_s < phase.end_s:
                for series in scrape.values:
                    if series.name in _OWN_MEMORY:
                        points = by_process.setdefault(series, [])
                        points.append((scrape.at_s, scrape.values[series]))
        for series, points in by_process.items():
            name = series.label("process") or "harness"
            gain = _gain(name, [points]).per_hour
            if gain is not None and gain / _MIB > OWN_MOST_MIB:
                what = f"our own process {name} gained {gain / _MIB:.1f} MiB a centre hour"
                yield Doubt(f"{what} (limit {OWN_MOST_MIB:g})", phase.name)


# ---------------------------------------------------------------------- objectives


def _course(
    phase: str, each: Asked, evidence: PhaseEvidence, run_faults: Sequence[FaultRun]
) -> Course:
    wanted = each.objective.intervals_met
    every_s = EVERY_S if wanted is None else min(EVERY_S, wanted.every_s)
    faults = felt_in(evidence.phase, run_faults)
    points: list[Point] = []
    left_out = 0
    for part in whole_intervals(evidence, every_s):
        start_s, end_s = part.phase.start_s, part.phase.end_s
        if any(fault.meets(start_s, end_s) for fault in faults):
            left_out += 1  # judged as an outage: it is no drift, and what drifts beside it shows
        elif (value := each.compute(part, each.question).value) is not None:
            points.append(((start_s + end_s) / 2, value))
    lasts_s = evidence.phase.end_s - evidence.phase.start_s
    return Course(phase, each, every_s, lasts_s, tuple(points), left_out)


def _looked(pieces: Sequence[Course], run: Evidence, looked: int) -> Looked:
    whole = pieces[0]
    kpi, every_s = whole.asked.kpi, whole.every_s
    points = [point for piece in pieces for point in piece.points]
    bound = whole.asked.objective.gates[PhaseKind.SOAK]
    if not _steady(run):
        lasts_s = sum(piece.lasts_s for piece in pieces)
        days = lasts_s >= _MANY_DAYS * DAY_S - every_s
        moved = trend(without_cycle(points, DAY_S, every_s)) if days else None
    else:
        moved = trend(points)
    why = [*_habits(whole.name, points, bound, kpi.direction, every_s)]
    practical = abs(bound.goal - bound.warn)
    if moved is not None and moved.is_drift(
        practical=practical, direction=kpi.direction, looked_at=looked
    ):
        why.append(_told(whole.name, moved, bound, kpi.unit, kpi.direction))
    left_out = sum(piece.left_out for piece in pieces)
    return Looked(whole.phase, whole.name, moved, "; ".join(why), left_out)


def _steady(run: Evidence) -> bool:
    calls, tickets = run.scenario.calls, run.scenario.tickets
    shapes = [each.arrivals.shape for each in (calls, tickets) if each is not None]
    return all(shape is None or shape.steady for shape in shapes)


def _told(name: str, moved: Trend, bound: Bound, unit: Unit, direction: Direction) -> str:
    per_hour = quantity(abs(moved.slope_per_s) * _HOUR_S, unit)
    verb = "falls" if moved.slope_per_s < 0 else "rises"
    text = f"{name} {verb} by {per_hour} an hour"
    left_s = moved.breaches_in_s(bound.goal, direction=direction)
    goal = as_asked(bound.goal, unit)
    if left_s is None:
        return text
    if left_s == 0:
        return f"{text}, and misses {goal} by now"
    return f"{text}: at this slope it misses {goal} in {format_duration(round(left_s))}"


def _habits(
    name: str, points: Sequence[Point], bound: Bound, direction: Direction, every_s: float
) -> Iterator[str]:
    """Yield each hour of the day that misses the warn limit day after day."""
    by_hour: dict[int, list[list[float]]] = {}
    for (_, hour), group in groupby(
        points, key=lambda point: (point[0] // DAY_S, int(point[0] % DAY_S // _HOUR_S))
    ):
        by_hour.setdefault(hour, []).append([value for _, value in group])
    whole = _HOUR_S / every_s
    for hour, days in sorted(by_hour.items()):
        full = [each for each in days if len(each) >= whole - 1e-6]
        if len(full) < _MANY_DAYS or len(points) * every_s < _MANY_DAYS * DAY_S - every_s:
            continue
        missed = [
            each for each in full if not direction.is_at_least(sum(each) / len(each), bound.warn)
        ]
        if len(missed) == len(full):
            at = f"{hour:02d}:00 of the run's clock"
            yield f"{name} misses its limit at {at} on each of {len(full)} days"


# ---------------------------------------------------------------------- processes


def _lives(told: Told, pieces: Sequence[PhaseRun]) -> dict[Series, list[list[Point]]]:
    """Return when a process had how much of what it gains: a list for each time it was started.

    Between two *pieces* of a soak the load climbs anew, and so does what it takes.
    """
    lives: dict[Series, list[list[Point]]] = {series: [] for series, _ in GROWTHS.values()}
    since: dict[Series, float | None] = {}
    for at_s, _, (start, *values) in told.of(_STARTED, *lives):
        if at_s >= pieces[-1].end_s:
            break
        if not any(piece.start_s <= at_s < piece.end_s for piece in pieces):
            continue
        for (series, life), value in zip(lives.items(), values, strict=True):
            if value is None:
                continue
            if not life or start != since[series]:
                life.append([])
            since[series] = start
            life[-1].append((at_s, value))
    return lives


def _gain(of: str, lives: Sequence[Sequence[Point]]) -> Gain:
    """Return what a process gained per hour in the longest of its *lives*, warmed up."""
    longest = max(lives, key=lambda each: each[-1][0] - each[0][0], default=())
    if not longest:
        return Gain(of, None)
    warm_s = longest[0][0] + _WARM_UP * (longest[-1][0] - longest[0][0])
    warm = [point for point in longest if point[0] >= warm_s]
    moved = trend(warm, lowest=True)
    return Gain(of, None if moved is None else moved.goes_on_per_s * _HOUR_S)


def worse_notes(found: Iterable[Looked]) -> Iterator[str]:
    """Yield a remark for everything that got worse."""
    yield from (f"{each.why} (in {each.phase})" for each in found if each.why)
