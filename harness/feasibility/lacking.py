"""What a scenario asks of a target that the target does not have: left out and said, or a problem.

Pure: the adapter is looked at, never called.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from harness.adapter.parts import missing_parts
from harness.adapter.protocol import AgentsHalf
from harness.errors import Note, Problem, UsageError
from harness.faults.kinds import KINDS
from harness.faults.ordered import needs_admin
from harness.files.problems import did_you_mean
from harness.guard.rules import is_loopback
from harness.guard.rules_hosts import Origin, origin_of, origins
from harness.kpi.catalogue import CATALOGUE
from harness.kpi.question import Formula, Question
from harness.model.contact import Stream
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.target import Target, family
from harness.verdict.subject import untold


def lacking(scenario: Scenario, target: Target, adapter: object) -> Iterator[Problem]:
    """Yield a problem for all that *scenario* needs and *target*, or its *adapter*, lacks."""
    yield from _unknown_metrics(target)
    yield from _other_lines(scenario, target)
    yield from _out_of_reach(scenario, target)
    yield from _without_parts(scenario, target, adapter)
    yield from _without_agents(scenario, target, adapter)
    yield from elsewhere(scenario, target)


def offered(scenario: Scenario, target: Target) -> Scenario:
    """Return *scenario* with the streams that *target* takes; who does not take calls has no lines.

    Raises:
        UsageError: nothing is left.
    """
    calls = scenario.calls if Stream.CALLS in target.offers else None
    tickets = scenario.tickets if Stream.TICKETS in target.offers else None
    if calls is None and tickets is None:
        found = f"{' and '.join(_streams(scenario))} alone, and target {target.name} offers none"
        want = f"traffic that it takes: {' and '.join(target.offers)}"
        raise UsageError([Problem(f"{scenario.path}: traffic", found, want)])
    lines = scenario.lines if Stream.CALLS in target.offers else {}
    return replace(scenario, calls=calls, tickets=tickets, lines=lines)


def askable(sla: Sla, target: Target) -> Sla:
    """Return *sla* with the objectives that contacts can tell which *target* takes."""
    streams = {each.kpi: CATALOGUE[each.kpi].stream for each in sla.objectives}
    kept = tuple(o for o in sla.objectives if streams[o.kpi] in (None, *target.offers))
    return replace(sla, objectives=kept)


def not_offered(scenario: Scenario, target: Target) -> Iterator[Note]:
    """Yield a note for each stream of *scenario* that is left out, because *target* has none."""
    if scenario.calls is not None and Stream.CALLS not in target.offers:
        numbers = sum(map(len, scenario.lines.values()))
        yield Note(
            f"{scenario.path}: traffic",
            f"LEFT OUT: {scenario.calls.per_hour:g} calls an hour and the check of {numbers} lines:"
            f" target {target.name} offers no calls, so this run can say nothing of them",
        )
    if scenario.tickets is not None and Stream.TICKETS not in target.offers:
        yield Note(
            f"{scenario.path}: traffic",
            f"LEFT OUT: {scenario.tickets.per_hour:g} tickets an hour: target {target.name} offers"
            " no tickets, so this run can say nothing of them",
        )


def not_told(sla: Sla, target: Target) -> Iterator[Note]:
    """Yield a note if the provider's own figures, or some of them, are not to be had."""
    if target.remote is None:
        return
    metrics = target.remote.metrics
    if metrics is None:
        yield Note(
            f"target {target.name}: metrics",
            "LEFT OUT: the provider's own figures, because the profile names no 'metrics': the"
            " callers' word alone decides",
        )
    elif silent := untold(sla, target):
        yield Note(
            f"target {target.name}: metrics",
            f"LEFT OUT: the provider's own figures for {', '.join(silent)}, which none of its"
            " metrics tell",
        )
    if metrics is not None and metrics.prometheus is not None:
        yield Note(
            f"target {target.name}: metrics.prometheus",
            f"its figures may be {metrics.prometheus.scrape_every_s:g} s old, so those of a phase"
            " are blurred by as much at either end",
        )


def _streams(scenario: Scenario) -> list[Stream]:
    has = {Stream.CALLS: scenario.calls, Stream.TICKETS: scenario.tickets}
    return [stream for stream, traffic in has.items() if traffic is not None]


def _unknown_metrics(target: Target) -> Iterator[Problem]:
    """Yield a problem for every metric that a profile names and that no KPI is made of."""
    metrics = target.remote.metrics if target.remote is not None else None
    if metrics is None:
        return
    series = known_series()
    inputs = metrics.prometheus.inputs if metrics.prometheus is not None else ()
    for where, names, known in (
        ("names", metrics.names or (), {family(each) for each in series}),
        ("prometheus.inputs", inputs, series),
    ):
        for name in names:
            if name not in known:
                yield Problem(
                    f"target {target.name}: metrics.{where}",
                    f"{name!r}, which no KPI is made of",
                    did_you_mean(name, known),
                )


def known_series() -> set[str]:
    """Return the whole names of all series that KPIs are made of."""
    found = {"cc_speed", "cc_site_up", "cc_calls_in_queue", "cc_calls_in_talk"}
    for kpi in CATALOGUE.values():
        threshold_s = kpi.bounds[-1] if kpi.bounds else None
        for formula in Formula:
            found.update(kpi.metrics(Question(threshold_s=threshold_s, formula=formula)))
    return found


def _other_lines(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for every line that a profile with lines does not have in that queue."""
    if target.remote is None or not target.remote.lines:
        return
    for queue, numbers in scenario.lines.items():
        for number in numbers:
            if number not in target.remote.lines.get(queue, ()):
                yield Problem(
                    f"{scenario.path}: interfaces.lines.{queue}",
                    f"{number}, which is none of the lines of target {target.name}",
                    "a number that its profile has under 'lines' for that queue",
                )


def _out_of_reach(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for every fault by which *target* cannot be reached, or cannot reach us."""
    remote = target.remote
    if remote is None:
        return
    for phase in scenario.phases:
        for fault in phase.may_break:
            where = f"{scenario.path}: phases.{phase.name}.faults: {fault.title}"
            if needs_admin(KINDS[fault.kind]):
                yield Problem(
                    where,
                    f"a fault of the mock centre, but {target.name} is run by somebody else",
                    "a fault of a provider's own environment: http, process, toxiproxy,"
                    " chaostoolkit or external (docs/faults_of_a_provider.md)",
                )
            elif getattr(KINDS[fault.kind], "on_this_machine", False) and not is_loopback(
                remote.edge
            ):
                yield Problem(
                    where,
                    f"a fault for which {target.name} would have to reach this machine",
                    "a target on this machine: what we open for it is open to nobody else",
                )


def _without_parts(scenario: Scenario, target: Target, adapter: object) -> Iterator[Problem]:
    """Yield a problem if the adapter of *target* cannot do what the customers of *scenario* do."""
    writers = scenario.tickets.writers if scenario.tickets is not None else None
    missing = missing_parts(adapter, _streams(scenario), writers)
    if missing:
        yield Problem(
            f"target {target.name}: adapter",
            f"{target.adapter}, which has no {', '.join(missing)}",
            "an adapter that does what the scenario's customers do, or a scenario that asks less:"
            " docs/how_to_write_an_adapter.md",
        )


def _without_agents(scenario: Scenario, target: Target, adapter: object) -> Iterator[Problem]:
    """Yield a problem if our virtual agents are to work for a provider who has no way in."""
    if scenario.staffed_by is None or scenario.staffed_by.crew is None:
        return
    missing = sorted(
        name for name in dir(AgentsHalf) if name[0] != "_" and not hasattr(adapter, name)
    )
    if missing:
        yield Problem(
            f"{scenario.path}: staffed_by",
            f"harness, but the adapter {target.adapter} cannot {' or '.join(missing)}",
            "an adapter with the agents' half, or staffed_by: provider",
        )


def elsewhere(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for every address that a fault of *scenario* may not reach.

    It may be on this machine, or one that the profile of a guarded *target* names.
    """
    remote = target.remote
    named, _ = origins(remote.addresses()) if remote is not None and remote.guard else ({}, [])
    for phase in scenario.phases:
        for fault in phase.may_break:
            addresses = getattr(KINDS[fault.kind], "addresses", lambda _: ())
            for address in addresses(fault.asked):
                if not is_loopback(address) and not _is_of(named.values(), address):
                    where = f"{scenario.path}: phases.{phase.name}.faults: {fault.title}"
                    want = (
                        "http or https to a numeric address of this machine, as in 127.0.0.1; or"
                        " one that the profile of a guarded target names, under `admin:` for one"
                    )
                    yield Problem(where, address, want)


def _is_of(origins: Collection[Origin], address: str) -> bool:
    try:
        return origin_of(address) in origins
    except ValueError:
        return False
