"""The tester's self-check: did the generator keep its schedule, and was it fit to?

What counts is what a slow generator does to a customer's wait, so everything is held against limits
in centre seconds: a process that lags by 50 ms of the clock is a second late at speed 20, and only
then does it matter to a threshold of 20 s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.kpi.statistics import percentile
from harness.model.control import Progress
from harness.model.event import GeneratorHealth
from harness.model.health import GeneratorLimits, ProcessHealth
from harness.model.sla import Sla
from harness.model.units import exact_share, format_share
from harness.model.verdict import Doubt
from harness.verdict.words import in_both_times

SHARE_OF_THRESHOLD = 0.1
"""The tester's own error may be a tenth of the shortest wait that is judged."""
COMMON_THRESHOLD_S = 20.0
"""The shortest threshold in common use, the 20 of 80/20; for an SLA that has none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one run, none of them open; durations are centre seconds."""

    lag_p99_s: float
    loop_lag_s: float
    skew_s: float
    dropped: float
    cpu: float


def limits(asked: GeneratorLimits, sla: Sla) -> Limits:
    """Return what is allowed of the generator where *asked* leaves it to what *sla* judges.

    The default is a tenth of the shortest threshold of a service level: of 80/20 that is 2 s.
    """
    waits = [
        objective.threshold_s
        for objective in sla.objectives
        if objective.kpi == "service_level" and objective.threshold_s
    ]
    default_s = SHARE_OF_THRESHOLD * min(waits, default=COMMON_THRESHOLD_S)
    return Limits(
        lag_p99_s=default_s if asked.lag_p99_s is None else asked.lag_p99_s,
        loop_lag_s=default_s if asked.loop_lag_s is None else asked.loop_lag_s,
        skew_s=default_s if asked.skew_s is None else asked.skew_s,
        dropped=asked.dropped,
        cpu=asked.cpu,
    )


def generator_health(
    lags_s: Sequence[float] | None, progress: Progress, *, planned: int
) -> GeneratorHealth:
    """Return how well the generator did, from the lag of every contact (centre seconds).

    None while the load goes on: what was started and is not logged yet is on its way.
    """
    ordered = sorted(lags_s or ())
    notes = []
    if progress.left:
        notes.append(f"{progress.left} contacts could not be ended in time")
    if lags_s is not None and progress.started != len(lags_s):
        notes.append(f"{progress.started} contacts were started and {len(lags_s)} logged")
    if progress.broken:
        notes.append(f"{progress.broken} journeys broke by a mistake of ours; see logs/locust*.log")
    return GeneratorHealth(
        started=progress.started,
        dropped=progress.dropped,
        lag_p50_s=percentile(ordered, 0.5) if ordered else None,
        lag_p99_s=percentile(ordered, 0.99) if ordered else None,
        lag_max_s=ordered[-1] if ordered else None,
        workers_planned=planned,
        workers_lost=progress.workers_lost,
        stream_gaps=progress.stream_gaps,
        pending=progress.pending,
        notes=tuple(notes),
        processes=progress.processes,
    )


def together(parts: Sequence[GeneratorHealth]) -> GeneratorHealth:
    """Return how the generator did in a run of several *parts*: counts added, the worst of lags.

    The processes are those of all parts; one that has its name and machine in several of them has
    the worst of their figures.
    """
    *_, last = parts
    by_label: dict[str, list[ProcessHealth]] = {}
    for process in (process for part in parts for process in part.processes):
        by_label.setdefault(process.label, []).append(process)
    return replace(
        last,
        started=sum(each.started for each in parts),
        dropped=sum(each.dropped for each in parts),
        lag_p50_s=_worst(parts, "lag_p50_s"),
        lag_p99_s=_worst(parts, "lag_p99_s"),
        lag_max_s=_worst(parts, "lag_max_s"),
        workers_lost=sum(each.workers_lost for each in parts),
        stream_gaps=sum(each.stream_gaps for each in parts),
        notes=tuple(dict.fromkeys(note for each in parts for note in each.notes)),
        processes=tuple(_worst_of(same) for same in by_label.values()),
    )


def _worst_of(same: Sequence[ProcessHealth]) -> ProcessHealth:
    """Return the worst that the *same* process, by its name, measured of itself in its parts."""
    *_, last = same
    apart = max(same, key=lambda each: -1.0 if each.worst_skew_s is None else each.worst_skew_s)
    return replace(
        last,
        cpu=_worst(same, "cpu"),
        start_lag_p99_s=_worst(same, "start_lag_p99_s"),
        loop_lag_p99_s=_worst(same, "loop_lag_p99_s"),
        loop_lag_max_s=_worst(same, "loop_lag_max_s"),
        skew_s=apart.skew_s,
        skew_error_s=apart.skew_error_s,
        lost=any(each.lost for each in same),
    )


def _worst(parts: Sequence[GeneratorHealth] | Sequence[ProcessHealth], name: str) -> float | None:
    """Return the highest of the figure *name* in *parts*; None if none of them has it."""
    return max((v for each in parts if (v := getattr(each, name)) is not None), default=None)


def doubts_of_the_generator(
    health: GeneratorHealth, limit: Limits, *, speed: float
) -> Iterator[Doubt]:
    """Yield a sentence for each way in which the generator was not fit to judge by.

    *speed* turns the wall seconds that processes measure into centre seconds.
    """
    if health.workers_lost:
        lost = [each.label for each in health.processes if each.lost]
        which = f" ({', '.join(lost)})" if lost else ""
        yield Doubt(f"{health.workers_lost} of {health.workers_planned} workers were lost{which}")
    if health.stream_gaps:
        yield Doubt(
            f"the event stream lost events {health.stream_gaps} times; see logs/locust*.log"
        )
    if health.dropped > limit.dropped * (health.started + health.dropped):
        allowed = f" (limit {exact_share(limit.dropped)})" if limit.dropped else ""
        yield Doubt(f"the generator could not start {health.dropped} contacts{allowed}")
    if health.lag_p99_s is not None and health.lag_p99_s > limit.lag_p99_s:
        yield Doubt(
            f"the generator was late: one contact in a hundred started {health.lag_p99_s:.1f} s"
            f" or more after it was due (limit {limit.lag_p99_s:g} s);"
            " use a quieter machine or less speed"
        )
    for process in health.processes:
        yield from _of_one_process(process, limit, speed=speed)
    for note in health.notes:
        yield Doubt(note)


def _of_one_process(process: ProcessHealth, limit: Limits, *, speed: float) -> Iterator[Doubt]:
    stood_s, apart_s = process.loop_lag_p99_s, process.worst_skew_s
    if stood_s is not None and stood_s * speed > limit.loop_lag_s:
        late = in_both_times(stood_s, speed)
        yield Doubt(
            f"{process.label} stood still: one timer in a hundred fired {late} or more late"
            f" (limit {limit.loop_lag_s:g} s), and answers were noted as late as that;"
            " use a quieter machine, less speed or more workers"
        )
    if process.cpu is not None and process.cpu > limit.cpu:
        yield Doubt(
            f"{process.label} used {format_share(process.cpu)} of a core for ten seconds"
            f" (limit {exact_share(limit.cpu)}); use more workers"
        )
    if apart_s is not None and apart_s * speed > limit.skew_s:
        apart = in_both_times(apart_s, speed)
        yield Doubt(
            f"the clock of {process.label} was not shown to be within {limit.skew_s:g} s of the"
            f" master's: it may be {apart} apart; set both by the same time server"
        )
