"""A plan for machines: stable names, explained in ``docs/plan.md``. Pure.

Shares are 0..1, times centre seconds (``_wall_s``: of the wall's clock), None what nobody can tell.
"""

from typing import Any

from harness.errors import Problem
from harness.feasibility.outlook import Expectation
from harness.feasibility.plan import RunPlan
from harness.feasibility.prospects import Prospect
from harness.feasibility.trunks import Trunks
from harness.feasibility.volume import Breakage, Volume

VERSION = 1
"""Changes when a name changes or goes; what is new does not change it."""


def plan_as_json(plan: RunPlan) -> dict[str, Any]:
    """Return *plan* as plain values, ready for ``json``."""
    scenario, weakest = plan.scenario, plan.weakest
    return {
        "version": VERSION,
        "can_be_run": not plan.problems,
        "scenario": scenario.name,
        "target": plan.target.name,
        "sla": plan.sla.name,
        "speed": scenario.speed,
        "load_s": _rounded(plan.load_s),
        "load_wall_s": _rounded(plan.load_wall_s),
        "run_wall_s": _rounded(plan.wall_s),
        "longest_hold_s": _rounded(plan.longest_hold_s),
        "calls": _rounded(sum(each.calls for each in plan.volumes)),
        "tickets": _rounded(sum(each.tickets for each in plan.volumes)),
        "held": _rounded(sum(each.held for each in plan.volumes)),
        "disk_bytes": plan.disk_bytes,
        "phases": [_volume(each) for each in plan.volumes],
        "faults": [_fault(each, scenario.speed) for each in plan.breakages],
        "service_level_within_s": plan.within_s,
        "expected": [_expected(each) for each in plan.expectations],
        "trunks_for": plan.busiest,
        "trunks": [_trunks(each) for each in plan.trunks],
        "objectives": [_objective(each) for each in plan.prospects],
        "weakest_pass_chance": _rounded(weakest.good.lets_through)
        if weakest and weakest.good
        else None,
        "doubts": [{"where": each.where, "text": each.text} for each in plan.notes],
        "problems": problems_as_json(plan.problems),
    }


def refused_as_json(problems: tuple[Problem, ...]) -> dict[str, Any]:
    """Return what there is to say where the files cannot be read so far that there is a plan."""
    return {"version": VERSION, "can_be_run": False, "problems": problems_as_json(problems)}


def problems_as_json(problems: tuple[Problem, ...]) -> list[dict[str, str]]:
    """Return *problems* as plain values."""
    return [{"where": each.where, "found": each.found, "want": each.want} for each in problems]


def _volume(found: Volume) -> dict[str, Any]:
    phase = found.phase
    return {
        "phase": phase.name,
        "kind": phase.kind.value,
        "starts_at_s": _rounded(found.start_s),
        "duration_s": phase.duration_s,
        "hold_s": found.hold_s,
        "load_from": phase.load.start,
        "load_to": phase.load.end,
        "lines_called": found.probes,
        "calls": _rounded(found.calls),
        "tickets": _rounded(found.tickets),
        "held": _rounded(found.held),
        "calls_by_line": [
            {"queue": queue, "line": line, "calls": _rounded(calls)}
            for (queue, line), calls in found.by_line.items()
        ],
        "tickets_by_priority": {
            name: _rounded(tickets) for name, tickets in found.by_priority.items()
        },
        "redials_set_off": _rounded(found.redials),
        "calls_in_progress": _rounded(found.in_progress),
        "requests_per_wall_s": _rounded(found.requests_per_s),
    }


def _fault(found: Breakage, speed: float) -> dict[str, Any]:
    return {
        "phase": found.phase,
        "kind": found.plan.kind,
        "site": found.plan.site,
        "place": found.plan.place,
        "asked": dict(found.plan.written),
        "starts_at_s": _rounded(found.start_s),
        "starts_at_wall_s": _rounded(found.start_s / speed),
        "for_s": found.plan.for_s,
        "lease_wall_s": _rounded(found.lease_wall_s),
        "runbook": found.plan.runbook,
    }


def _expected(found: Expectation) -> dict[str, Any]:
    forecast = found.forecast
    return {
        "phase": found.phase.name,
        "queue": found.scope,
        "lost_sites": list(found.lost),
        "contacts": _rounded(forecast.contacts),
        "per_hour": _rounded(forecast.per_hour),
        "erlangs": _rounded(forecast.erlangs),
        "heads_at_work": _rounded(forecast.heads),
        "service_level": _rounded(forecast.service_level),
        "abandonment": _rounded(forecast.abandonment),
        "asa_s": _rounded(forecast.asa_s),
        "occupancy": _rounded(forecast.occupancy),
    }


def _trunks(found: Trunks) -> dict[str, Any]:
    return {
        "site": found.site,
        "lost_site": found.lost,
        "erlangs": _rounded(found.erlangs),
        "at_blocking_1_percent": found.percent_1,
        "at_blocking_0_1_percent": found.per_mille_1,
    }


def _objective(found: Prospect) -> dict[str, Any]:
    each, good, bad = found.asked, found.good, found.bad
    return {
        "kpi": each.kpi.name,
        "scope": each.scope,
        "phase": each.phase.name,
        "direction": each.kpi.direction.value,
        "unit": each.kpi.unit.value,
        "goal": each.bound.goal,
        "warn": each.bound.warn,
        "within_s": each.within_s,
        "must_pass": each.objective.must_pass,
        "decides": found.decides,
        "planned": _rounded(found.planned),
        "expected": _rounded(found.expected),
        "expected_by": found.basis.value if found.basis else None,
        "pass_chance": _rounded(good.lets_through) if good else None,
        "bad": _rounded(found.bad_truth),
        "fail_chance": _rounded(bad.fails) if bad else None,
        "needed": found.needed,
        "needed_phase_s": _rounded(found.phase_s),
    }


def _rounded(value: float | None) -> float | None:
    """Return *value* to six significant digits: what is expected is never surer than that."""
    return None if value is None else float(f"{value:.6g}")
