"""The rehearsal at a glance: verdict, load, service, tickets, API, media, failover, generator."""

from collections.abc import Iterator

from harness.model.sla import Sla
from reports.dashboards.board import (
    DECISIONS,
    SPEED,
    STATUSES,
    UP_DOWN,
    YES_NO,
    Board,
    Panel,
    Query,
    Sort,
    kpi_lines,
    own,
    p95,
    per_hour,
    provider,
    rate,
    statuses,
    theirs,
    titled,
)

_QS = ("queue", "site")


def rehearsal(sla: Sla) -> Board:
    """Return the dashboard of one run, judged by *sla*."""
    return Board(
        uid="harness-rehearsal",
        title="Rehearsal",
        about="One run of the harness, live or afterwards: what was placed, what was broken, and"
        " whether it was good enough.",
        rows=titled(
            (
                ("Verdict", _verdict()),
                ("Load", _load()),
                ("Calls", _calls(sla)),
                ("Tickets", _tickets(sla)),
                ("API and media", _api(sla)),
                ("Failover", _failover(sla)),
                ("Generator and readings", _generator()),
            )
        ),
    )


def _verdict() -> Iterator[Panel]:
    answers = {word: own("harness_verdict", f'decision="{word}"') for word, _ in DECISIONS[1:]}
    last = " or ".join(
        f"{number} * last_over_time({answer}[$__range])"
        for number, answer in enumerate(answers.values(), 1)
    )
    yield Panel(
        "Answer",
        "The run's verdict. Empty until the run is over, and of a run that only explored.",
        "none",
        (Query(f"max({last})", "answer"),),
        Sort.TILES,
        width=4,
        words=DECISIONS,
    )
    yield Panel(
        "Phase",
        "The phase that is on.",
        "none",
        (Query(f"{own('harness_phase')} == 1", "{{phase}}"),),
        Sort.TILES,
        width=4,
    )
    gates = [
        f"{number} * " + own("harness_gate_status", f'status="{word}"')
        for number, (word, _) in enumerate(STATUSES)
        if number
    ]
    yield Panel(
        "Gates",
        "What was decided at the end of each phase.",
        "none",
        (Query(f"max by (phase) ({' or '.join(gates)})", "{{phase}}"),),
        Sort.STATES,
        width=16,
        words=STATUSES,
    )
    yield Panel(
        "Objectives",
        "How each objective of the phase that is on stands, in each view.",
        "none",
        (Query(statuses(), "{{kpi}} {{scope}} {{view}} {{aspect}}"),),
        Sort.STATES,
        width=24,
        height=12,
        words=STATUSES,
    )


def _load() -> Iterator[Panel]:
    first = own("harness_arrivals_total", 'why="first"')
    planned = own("harness_load_planned_per_second")
    yield Panel(
        "Load: came and planned",
        "Contacts per hour of the centre. What came follows from chance around what was planned.",
        "none",
        (
            Query(per_hour(first, "stream"), "came {{stream}}"),
            Query(f"sum by (stream) ({planned}) * 3600", "planned {{stream}}"),
        ),
    )
    again = own("harness_arrivals_total", 'why!="first"')
    yield Panel(
        "Redials and other follow-ups",
        "Calls in consequence of an earlier one, per hour of the centre.",
        "none",
        (Query(per_hour(again, "why"), "{{why}}"),),
    )
    yield Panel(
        "Contacts by how far they are",
        "As the customers see it: placing a call, waiting, talking; a ticket open, replied to.",
        "none",
        (Query(f"sum by (stream, state) ({own('harness_contacts')})", "{{stream}} {{state}}"),),
    )
    yield Panel(
        "Phases",
        "Which phase was on.",
        "none",
        (Query(f"sum by (phase) ({own('harness_phase')})", "{{phase}}"),),
        Sort.STATES,
        width=12,
        words=YES_NO,
    )
    yield Panel(
        "Outcomes",
        "What became of contacts, per hour of the centre.",
        "none",
        (
            Query(
                per_hour(own("harness_outcomes_total"), "stream", "outcome"),
                "{{stream}} {{outcome}}",
            ),
        ),
        width=12,
    )


def _calls(sla: Sla) -> Iterator[Panel]:
    for name in ("service_level", "abandonment", "asa"):
        yield kpi_lines(name, sla, "queue")
    yield Panel(
        "Waiting and talking",
        "Calls at the sites, by queue.",
        "none",
        (
            Query(f"sum by (queue) ({theirs('cc_calls_in_queue', _QS)})", "{{queue}} waiting"),
            Query(f"sum by (queue) ({theirs('cc_calls_in_talk', _QS)})", "{{queue}} talking"),
        ),
    )
    yield kpi_lines("longest_wait", sla, "queue")
    yield kpi_lines("blocked", sla, "line")
    yield Panel(
        "Agents",
        "By what they do.",
        "none",
        (Query(f"sum by (state) ({theirs('cc_agents', _QS)})", "{{state}}"),),
    )
    yield kpi_lines("occupancy", sla, "site")
    yield kpi_lines("aht", sla, "site")


def _tickets(sla: Sla) -> Iterator[Panel]:
    site = ("site",)
    yield Panel(
        "Tickets written and solved",
        "Per hour of the centre.",
        "none",
        (
            Query(per_hour(theirs("cc_tickets_created_total", site)), "written"),
            Query(per_hour(theirs("cc_ticket_solved_total", site)), "solved"),
            Query(per_hour(theirs("cc_ticket_reopened_total", site)), "opened again"),
        ),
    )
    yield kpi_lines("ticket_first_reply", sla, "priority")
    yield kpi_lines("ticket_resolution", sla, "priority", empty="until a ticket was solved")
    yield Panel(
        "Tickets not solved",
        "At each site: the sites hold the same tickets.",
        "none",
        (Query(f"max by (site) ({theirs('cc_tickets_open', site)})", "{{site}}"),),
    )
    yield kpi_lines("ticket_breaches", sla, "priority", empty="until a clock was stopped")
    yield kpi_lines("ticket_backlog_age", sla, "site")


def _api(sla: Sla) -> Iterator[Panel]:
    requests = theirs("cc_api_requests_total")
    yield Panel(
        "API requests by answer",
        "Requests per second of the clock, by HTTP status.",
        "reqps",
        (Query(rate(requests, "code"), "{{code}}"),),
    )
    yield Panel(
        "API response time",
        "The 95th percentile, by route, interpolated within a bucket; seconds of the clock. Empty"
        " where nothing was asked.",
        "s",
        (Query(p95("cc_api_request_duration_seconds", (), "route"), "{{route}}"),),
    )
    yield kpi_lines("api_availability", sla)
    yield kpi_lines("mos_mean", sla, "site", width=6, empty="until a talk has ended")
    yield kpi_lines("mos_low", sla, "site", width=6, empty="until a talk has ended")
    yield Panel(
        "Delay and jitter of voice",
        "One way from caller to agent.",
        "s",
        (
            Query(
                f"max by (site) ({theirs('cc_media_delay_seconds', ('site',))})", "{{site}} delay"
            ),
            Query(
                f"max by (site) ({theirs('cc_media_jitter_seconds', ('site',))})", "{{site}} jitter"
            ),
        ),
        width=6,
    )
    yield Panel(
        "Voice packets lost",
        "As a share of all, one way from caller to agent.",
        "percentunit",
        (Query(f"max by (site) ({theirs('cc_media_loss_ratio', ('site',))})", "{{site}}"),),
        width=6,
    )


def _failover(sla: Sla) -> Iterator[Panel]:
    site = ("site",)
    yield Panel(
        "Sites that take part",
        "As the edge says.",
        "none",
        (Query(f"min by (site) ({theirs('cc_site_up', site)})", "{{site}}"),),
        Sort.STATES,
        words=UP_DOWN,
    )
    fault = "{{kind}} {{place}}"
    yield Panel(
        "Faults in force, and proven",
        "From the injection until shown to be healed. Empty for a run without faults.",
        "none",
        (
            Query(f"max by (kind, place) ({own('harness_fault_active')})", f"{fault} in force"),
            Query(f"max by (kind, place) ({own('harness_fault_proven')})", f"{fault} proven"),
        ),
        Sort.STATES,
        words=YES_NO,
    )
    yield Panel(
        "Who has the calls",
        "Calls that entered a queue at each site, as a share of all.",
        "percentunit",
        (
            Query(
                f"{rate(theirs('cc_calls_queued_total', _QS), 'site')}"
                f" / ignoring (site) group_left {rate(theirs('cc_calls_queued_total', _QS))}",
                "{{site}}",
            ),
        ),
    )
    yield Panel(
        "Calls lost",
        "Cut off because their site was lost, in the window.",
        "none",
        tuple(
            Query(expr, f"{{{{site}}}}{apart}")
            for expr, apart in provider("lost_calls", sla, "site")
        ),
    )
    recovery = own("harness_kpi_value", 'kpi=~"recovery|detection|blocked_time", aspect="value"')
    yield Panel(
        "Recovery",
        "Seconds of the centre from the injection until customers were served again, and what else"
        " of it the contract asks. Empty until a fault was recovered from.",
        "s",
        (Query(f"max by (kpi, scope) ({recovery})", "{{kpi}} {{scope}}"),),
    )
    yield Panel(
        "Ticket stores",
        "Who leads, and whether what is written is still replicated.",
        "none",
        (
            Query(f"max by (site) ({theirs('cc_store_primary', site)})", "{{site}} leads"),
            Query(f"max by (site) ({theirs('cc_store_degraded', site)})", "{{site}} degraded"),
        ),
        Sort.STATES,
        words=YES_NO,
    )


def _generator() -> Iterator[Panel]:
    late = own("harness_generator_lag_seconds")
    stood = own("harness_generator_loop_lag_seconds")
    yield Panel(
        "How late the generator is",
        "99 of 100 contacts, and timers, were no later; in seconds of the centre, as customers feel"
        " it.",
        "s",
        (
            Query(f"max by (process) ({late}) * {SPEED}", "{{process}} contacts"),
            Query(f"max by (process) ({stood}) * {SPEED}", "{{process}} timers"),
        ),
    )
    yield Panel(
        "Processor",
        "The busiest ten seconds of each process of the generator, and what the harness takes.",
        "percentunit",
        (
            Query(f"max by (process) ({own('harness_generator_cpu_ratio')})", "{{process}}"),
            Query(rate(own("harness_process_cpu_seconds_total")), "harness"),
        ),
        beyond_one=True,
    )
    yield Panel(
        "Contacts not started, workers lost",
        "Either makes a run undecided.",
        "none",
        (
            Query(
                f"sum(increase({own('harness_contacts_dropped_total')}[$__range]))", "not started"
            ),
            Query(f"sum by (state) ({own('harness_workers')})", "workers {{state}}"),
        ),
    )
    yield Panel(
        "Sources that answer",
        "Whether each page of the target could be read.",
        "none",
        (Query(f"min by (source) ({own('harness_target_up')})", "{{source}}"),),
        Sort.STATES,
        width=12,
        words=UP_DOWN,
    )
    yield Panel(
        "Age of the readings",
        "Seconds of the clock; more than two is a gap.",
        "s",
        (Query(f"max by (source) ({own('harness_scrape_age_seconds')})", "{{source}}"),),
        width=12,
    )
