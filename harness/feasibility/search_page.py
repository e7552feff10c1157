"""A search before it is made, for people and for machines: what is tried, and for how long."""

from collections.abc import Iterator
from typing import Any

from harness.errors import Note
from harness.feasibility.plan import AROUND_WALL_S
from harness.feasibility.searching import Needed, needs_of, round_s
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.target import Target
from harness.model.units import format_duration
from harness.verdict.words import roughly


def search_page(
    scenario: Scenario, target: Target, sla: Sla, notes: tuple[Note, ...] = ()
) -> Iterator[str]:
    """Yield what the search *scenario* would do: lines of 80 columns at most, then whole notes."""
    search = scenario.search
    assert search is not None
    warm_up, trial, drain = scenario.phases[1:4]
    least_s, most_s = walls_s(scenario, sla)
    yield f"{scenario.name} on {target.name}, judged by {sla.name}. Nothing was sent."
    yield (
        f"  trials   {search.trials} at most: {format_duration(warm_up.duration_s)} to warm up,"
        f" {format_duration(trial.duration_s)} judged, then"
    )
    yield f"           until the queues are empty, {format_duration(drain.duration_s)} at most"
    if needs := needs_of(scenario, target, sla):
        longest = max(needs, key=lambda each: each.lasts_s)
        yield f"           so long for {longest.name}: about {longest.contacts:,} contacts"
    else:
        yield "           whether that is long enough nobody can tell beforehand"
    for number, multiple in enumerate(search.volumes):
        word = "first" if number == 0 else "then"
        yield f"  {word:<8} {_load(scenario, multiple)}"
    yield f"  never    above {_load(scenario, search.most)}"
    yield f"  bracket  {search.resolution:g} × wide at most, trials permitting"
    yield f"  takes    {roughly(least_s)} to {roughly(most_s)} at speed {scenario.speed:g}"
    if search.expected is not None:
        yield f"  theory   the declared staffing does up to {search.expected:g} ×"
        if search.expected_limit:
            yield f"           beyond it {search.expected_limit} fails first"
    for note in notes:
        yield str(note)


def search_as_json(scenario: Scenario, target: Target, sla: Sla) -> dict[str, Any]:
    """Return the same as plain values: ``docs/capacity.md`` explains the names."""
    search = scenario.search
    assert search is not None
    warm_up, trial, drain = scenario.phases[1:4]
    least_s, most_s = walls_s(scenario, sla)
    return {
        "version": 1,
        "scenario": scenario.name,
        "target": target.name,
        "sla": sla.name,
        "speed": scenario.speed,
        "growth": search.growth,
        "resolution": search.resolution,
        "most": search.most,
        "trials": search.trials,
        "warm_up_s": warm_up.duration_s,
        "trial_s": trial.duration_s,
        "longest_drain_s": drain.duration_s,
        "least_wall_s": round(least_s, 1),
        "most_wall_s": round(most_s, 1),
        "expected": search.expected,
        "expected_limit": search.expected_limit or None,
        "needed": [_needed(each) for each in needs_of(scenario, target, sla)],
    }


def walls_s(scenario: Scenario, sla: Sla) -> tuple[float, float]:
    """Return how long the search takes by the wall's clock: with the fewest trials, and the most.

    The fewest are the volumes that have to be decided, and two to find where it fails.
    """
    search = scenario.search
    assert search is not None
    one_s = round_s(scenario, sla) / scenario.speed
    fewest = min(search.trials, len(search.volumes) + 2)
    drain_s = scenario.phases[3].duration_s / scenario.speed
    return AROUND_WALL_S + fewest * (one_s - drain_s), AROUND_WALL_S + search.trials * one_s


def _load(scenario: Scenario, multiple: float) -> str:
    parts = [f"{multiple:g} ×:"]
    if scenario.calls is not None:
        parts.append(f"{multiple * scenario.calls.per_hour:,.0f} calls/h")
    if scenario.tickets is not None:
        parts.append(f"{multiple * scenario.tickets.per_hour:,.0f} tickets/h")
    return " ".join(parts[:1]) + " " + ", ".join(parts[1:])


def _needed(each: Needed) -> dict[str, Any]:
    return {"name": each.name, "contacts": each.contacts, "lasts_s": round(each.lasts_s, 1)}
