"""The tester's self-check: did the generator keep its schedule?"""

from collections.abc import Sequence

from harness.kpi.statistics import percentile
from harness.model.control import Progress
from harness.model.event import GeneratorHealth


def generator_health(
    lags_s: Sequence[float], progress: Progress, *, planned: int
) -> GeneratorHealth:
    """Return how well the generator did, from the lag of every contact (centre seconds)."""
    ordered = sorted(lags_s)
    notes = []
    if progress.left:
        notes.append(f"{progress.left} contacts could not be ended in time")
    if progress.started != len(lags_s):
        notes.append(f"{progress.started} contacts were started and {len(lags_s)} logged")
    if progress.broken:
        notes.append(f"{progress.broken} journeys broke by a mistake of ours; see logs/locust.log")
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
    )
