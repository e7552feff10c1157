"""A long run: what grows, what leaks, what gets worse by the hour, and which intervals held."""

from collections.abc import Iterator

from harness.model.sla import Sla
from reports.dashboards.board import (
    STATUSES,
    Board,
    Panel,
    Query,
    Sort,
    kpi_lines,
    own,
    rate,
    statuses,
    theirs,
    titled,
)


def soak(sla: Sla) -> Board:
    """Return the dashboard of a soak, judged by *sla*."""
    return Board(
        uid="harness-soak",
        title="Soak",
        about="A long run of the harness: trends and leaks, and whether every interval was good"
        " enough, not the average alone.",
        rows=titled(
            (
                ("Intervals", _intervals()),
                ("Service over the hours", _service(sla)),
                ("What the target's processes hold", _processes()),
                ("What the harness holds", _harness()),
            )
        ),
        since="now-24h",
        refresh="1m",
        windows=("30m", "1m", "5m", "1h", "1d"),
    )


def _intervals() -> Iterator[Panel]:
    met = own("harness_kpi_value", 'aspect="intervals met"')
    yield Panel(
        "Intervals that met the goal",
        "The share of the whole intervals so far that met the objective by themselves. Empty if the"
        " contract asks no objective of its intervals.",
        "percentunit",
        (Query(f"max by (kpi, scope, view) ({met})", "{{kpi}} {{scope}} {{view}}"),),
        width=12,
    )
    yield Panel(
        "Objectives",
        "How each objective of the phase that is on stands.",
        "none",
        (Query(statuses(), "{{kpi}} {{scope}} {{view}} {{aspect}}"),),
        Sort.STATES,
        width=12,
        words=STATUSES,
    )


def _service(sla: Sla) -> Iterator[Panel]:
    for name in ("service_level", "abandonment", "asa"):
        yield kpi_lines(name, sla, "queue")
    yield Panel(
        "API response time, mean",
        "By route: what creeps up here creeps up for customers. Empty where nothing was asked.",
        "s",
        (
            Query(
                f"{rate(theirs('cc_api_request_duration_seconds_sum'), 'route')}"
                f" / {rate(theirs('cc_api_request_duration_seconds_count'), 'route')}",
                "{{route}}",
            ),
        ),
    )
    yield Panel(
        "Tickets not solved",
        "At each site: the sites hold the same tickets.",
        "none",
        (Query(f"max by (site) ({theirs('cc_tickets_open', ('site',))})", "{{site}}"),),
    )
    yield Panel(
        "Event streams",
        "Open at the edge; one for each worker.",
        "none",
        (Query(f"sum({theirs('cc_event_streams')})", "streams"),),
    )


def _processes() -> Iterator[Panel]:
    memory = theirs("process_resident_memory_bytes")
    yield Panel(
        "Memory",
        "Resident, of each process of the target. A restart begins anew.",
        "bytes",
        (Query(f"max by (instance) ({memory})", "{{instance}}"),),
    )
    yield Panel(
        "Memory gained",
        "Bytes an hour of the clock, by the slope over the window: near 0 once it is warm.",
        "bytes",
        (Query(f"max by (instance) (deriv({memory}[$window])) * 3600", "{{instance}}"),),
    )
    yield Panel(
        "Processor",
        "Of each process of the target, as a share of one core.",
        "percentunit",
        (Query(rate(theirs("process_cpu_seconds_total"), "instance"), "{{instance}}"),),
        beyond_one=True,
    )
    yield Panel(
        "Open files",
        "Connections among them.",
        "none",
        (Query(f"max by (instance) ({theirs('process_open_fds')})", "{{instance}}"),),
    )
    yield Panel(
        "Restarts",
        "How often a process began anew in the time shown.",
        "none",
        (
            Query(
                f"max by (instance) (changes({theirs('process_start_time_seconds')}[$__range]))",
                "{{instance}}",
            ),
        ),
    )


def _harness() -> Iterator[Panel]:
    yield Panel(
        "Memory of the harness",
        "Its own process, and each of the generator's.",
        "bytes",
        (
            Query(f"max({own('harness_process_resident_memory_bytes')})", "harness"),
            Query(
                f"max by (process) ({own('harness_generator_resident_memory_bytes')})",
                "{{process}}",
            ),
        ),
    )
    yield Panel(
        "Contacts that are on",
        "What rises without end here was forgotten by somebody.",
        "none",
        (
            Query(f"sum by (stream) ({own('harness_contacts')})", "{{stream}}"),
            Query(f"sum({own('harness_contacts_due_later')})", "due later"),
        ),
    )
