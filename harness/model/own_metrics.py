"""The vocabulary: every ``harness_`` metric once, with its kind, its labels and what it means.

Pure. Seconds are wall seconds, and rates per wall second, unless the text says "centre". No id is
ever a label: the run's name is one, because a run is a process and a comparison of two needs it.
"""

from dataclasses import dataclass
from enum import StrEnum

from harness.model.sample import OWN, Series
from harness.model.target import family

RUN = "run"
"""The label that every series of ours carries."""
JOB, CENTRE_JOB = "harness", "contact_centre"
"""The jobs under which Prometheus keeps our own figures, and the target's."""
METRICS_PORT = 9464
"""Where Prometheus is told to look for our own figures: ``harness run --metrics-port 9464``."""
VIEW_PORT = 9190
"""Where ``harness view`` answers with a run that is over."""
UP = "up"
"""What Prometheus itself says of a source: whether it answered."""
REHEARSAL = ("rehearsal", "true")
"""The label that keeps a rehearsal from paging anybody; whatever leaves a run carries it."""


class Kind(StrEnum):
    """What Prometheus calls a metric's type."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its whole name (a counter's with ``_total``), and the labels beside ``run``."""

    name: str
    kind: Kind
    about: str
    labels: tuple[str, ...] = ()


_KPI = ("kpi", "scope", "view", "phase", "aspect", "goal", "owner")

METRICS = (
    Metric("harness_build_info", Kind.GAUGE, "1, with what is running.", ("version", "python")),
    Metric(
        "harness_run_info", Kind.GAUGE, "1, with what is rehearsed.", ("scenario", "target", "sla")
    ),
    Metric("harness_speed", Kind.GAUGE, "Centre seconds per wall second."),
    Metric("harness_centre_seconds", Kind.GAUGE, "Centre seconds since the run began."),
    Metric("harness_phase", Kind.GAUGE, "1 while the phase is on.", ("phase", "kind")),
    Metric(
        "harness_phase_ratio", Kind.GAUGE, "How much of the phase that is on has passed, 0 to 1."
    ),
    Metric("harness_gate_status", Kind.GAUGE, "1 for what a gate decided.", ("phase", "status")),
    Metric(
        "harness_load_planned_per_second",
        Kind.GAUGE,
        "Contacts planned per centre second; follow-ups of customers come on top.",
        ("stream",),
    ),
    Metric(
        "harness_arrivals_total",
        Kind.COUNTER,
        "Contacts that came, by why they came: first, or in consequence of an earlier one.",
        ("stream", "why"),
    ),
    Metric(
        "harness_outcomes_total",
        Kind.COUNTER,
        "Contacts by what became of them, as the customer saw it.",
        ("stream", "outcome"),
    ),
    Metric(
        "harness_contacts",
        Kind.GAUGE,
        "Contacts that are on, by how far they are, as the customer sees it.",
        ("stream", "state"),
    ),
    Metric(
        "harness_arrival_lag_seconds",
        Kind.HISTOGRAM,
        "How late contacts were started, in centre seconds.",
        ("stream",),
    ),
    Metric("harness_contacts_dropped_total", Kind.COUNTER, "Contacts that could not be started."),
    Metric("harness_contacts_due_later", Kind.GAUGE, "Redials and other follow-ups not due yet."),
    Metric("harness_workers", Kind.GAUGE, "Processes of the generator.", ("state",)),
    Metric(
        "harness_generator_lag_seconds",
        Kind.GAUGE,
        "99 of 100 contacts were started no later than this.",
        ("process",),
    ),
    Metric(
        "harness_generator_loop_lag_seconds",
        Kind.GAUGE,
        "99 of 100 timers of the process fired no later than this.",
        ("process",),
    ),
    Metric(
        "harness_generator_cpu_ratio",
        Kind.GAUGE,
        "The busiest ten seconds of the process, as a share of one core.",
        ("process",),
    ),
    Metric(
        "harness_generator_resident_memory_bytes",
        Kind.GAUGE,
        "Memory that the process holds.",
        ("process",),
    ),
    Metric(
        "harness_kpi_value",
        Kind.GAUGE,
        "A KPI of the phase that is on, in its own unit; at the end those of the whole run.",
        _KPI,
    ),
    Metric(
        "harness_kpi_bound",
        Kind.GAUGE,
        "The ends of the interval in which the truth lies.",
        (*_KPI, "end"),
    ),
    Metric("harness_kpi_limit", Kind.GAUGE, "What the SLA wants: goal and warn.", (*_KPI, "limit")),
    Metric("harness_kpi_contacts", Kind.GAUGE, "From how many contacts a KPI comes.", _KPI),
    Metric(
        "harness_objective_status",
        Kind.GAUGE,
        "1 for the status that an objective has, 0 for the others.",
        (*_KPI, "status"),
    ),
    Metric(
        "harness_fault_active",
        Kind.GAUGE,
        "1 from the injection of a fault until it is shown to be healed.",
        ("phase", "kind", "place"),
    ),
    Metric(
        "harness_fault_proven",
        Kind.GAUGE,
        "1 once a fault was shown to have taken effect.",
        ("phase", "kind", "place"),
    ),
    Metric(
        "harness_event_timestamp_seconds",
        Kind.GAUGE,
        "When an event of this name last happened, in seconds since 1970.",
        ("event",),
    ),
    Metric(
        "harness_target_up", Kind.GAUGE, "1 if the source answered when last read.", ("source",)
    ),
    Metric("harness_scrape_age_seconds", Kind.GAUGE, "How old that reading is.", ("source",)),
    Metric("harness_process_cpu_seconds_total", Kind.COUNTER, "CPU time that the harness took."),
    Metric("harness_process_resident_memory_bytes", Kind.GAUGE, "Memory that the harness holds."),
    Metric("harness_verdict", Kind.GAUGE, "1 for the answer of a run that is over.", ("decision",)),
)
"""In the order of the page."""

BY_NAME = {metric.name: metric for metric in METRICS}
LAG_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Centre seconds; the tenth of 80/20 that a generator may be late (2 s) is one of them."""


def metric_of(name: str) -> str:
    """Return the metric that the series *name* is a part of: a bucket is of its histogram."""
    return name if name in BY_NAME else family(name)


def labelled(series: Series, source: str, run: str) -> tuple[tuple[str, str], ...]:
    """Return the labels under which *series* of *source* leaves a run, sorted by name.

    With ``job``, ``instance`` (the source), ``run`` and ``rehearsal``. A label of the source's own
    by one of these names becomes ``exported_...``, as Prometheus has it, unless it says the same.
    """
    job, instance = (JOB, JOB) if source == OWN else (CENTRE_JOB, source)
    ours = {"job": job, "instance": instance, RUN: run, **dict([REHEARSAL])}
    theirs = {
        label if ours.get(label, value) == value else f"exported_{label}": value
        for label, value in series.labels
    }
    return tuple(sorted({**theirs, **ours}.items()))
