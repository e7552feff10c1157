"""``result.json``: the run for machines, versioned; ``result.schema.json`` is its JSON Schema.

Shares are 0..1, times centre seconds since the run began unless the name says ``wall``; ``null``
means "not measured". Fields may be added within a version; none is renamed or given another
meaning. The top:

    version      1
    run          id, scenario, target, about, started, ended_s, speed, seed, control, ending ...
    verdict      decision, text, subject, sentence, explored, rejudged, doubts, notes
    interruptions  what was away while the run went on, by no plan of it, and what that does
    objectives   every result: kpi, scope, view, phase, status, value, interval, expected, goal ...
    phases       planned and run: load, start, end, hold, gate
    faults       injected, proven, healed, and how customers recovered
    tickets      the audit, or null if none was made
    lines        the interface inventory
    generator    how well the generator kept its schedule
    callers      by phase and in all: attempts, first attempts, redials and why
    capacity     what a search for the knee found, or null if the run was none
    cuts         where it was cut and went on: from when to when, why, what was done again
    staffing     who answered, and what our virtual agents went through by their own count
    deliveries   whom the news of the run were told, and what became of it
"""

import json
from dataclasses import asdict
from typing import Any

from harness.model.alarm import AlarmRun
from harness.model.contact import Why
from harness.model.cut import Cut
from harness.model.notify import Delivery
from harness.model.staffing import ShiftTally, staffing_of
from harness.model.verdict import (
    Interruption,
    ObjectiveResult,
    Outage,
    Recovery,
    TicketAudit,
    Verdict,
)
from harness.record.run_record import RunRecord
from harness.verdict.self_check import limits
from harness.verdict.sentence import account
from reports import capacity
from reports.callers import Calls, calls_by_phase
from reports.sections import (
    FaultStory,
    InventoryLine,
    Rung,
    fault_stories,
    inventory,
    ladder,
    rejudged,
)
from reports.words import timestamp

VERSION = 1


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return the result as JSON in ASCII, keys in the order of the docstring above."""
    return json.dumps(_result(record, verdict), indent=1, allow_nan=False) + "\n"


def _result(record: RunRecord, verdict: Verdict) -> dict[str, Any]:
    return {
        "version": VERSION,
        "run": _run(record, verdict),
        "verdict": {
            "decision": verdict.decision.value,
            "text": verdict.text,
            "subject": verdict.subject,
            "sentence": verdict.sentence,
            "explored": verdict.explored,
            "rejudged": rejudged(record, verdict),
            "doubts": [{"what": d.what, "phase": d.phase or None} for d in verdict.doubts],
            "notes": list(verdict.notes),
            "surprises": [
                {"phase": each.phase, "outcome": each.mishap.value, "ids": list(each.ids)}
                for each in verdict.surprises
            ],
        },
        "interruptions": [_interruption(each, record) for each in verdict.interruptions],
        "objectives": [_objective(result) for result in verdict.results],
        "phases": [_phase(rung) for rung in ladder(record)],
        "faults": [_fault(story) for story in fault_stories(record, verdict)],
        "tickets": None if verdict.audit is None else _tickets(verdict.audit),
        "lines": [_line(each) for each in inventory(record)],
        "generator": _generator(record, verdict),
        "callers": [_callers(each) for each in calls_by_phase(record)],
        "capacity": None if verdict.capacity is None else capacity.as_json(verdict.capacity),
        "cuts": [_cut(each) for each in record.cuts()],
        "staffing": _staffing(record),
        "deliveries": [_delivery(each) for each in record.deliveries()],
    }


def _interruption(away: Interruption, record: RunRecord) -> dict[str, Any]:
    return {
        "kind": away.kind.value,
        "of": list(away.of),
        "start_s": away.start_s,
        "end_s": away.end_s,
        "started": timestamp(record.wall(away.start_s)),
        "what": away.what,
        "effect": away.effect,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "at": timestamp(delivery.at),
        "to": delivery.to,
        "key": delivery.key,
        "news": delivery.news,
        "tries": delivery.tries,
        "delivered": delivery.delivered,
        "why": delivery.why or None,
    }


def _cut(cut: Cut) -> dict[str, Any]:
    return {
        "at_s": cut.at_s,
        "goes_on_s": cut.goes_on_s,
        "away_wall_s": cut.away_wall_s,
        "run": cut.run,
        "ending": cut.ending.value,
        "why": cut.why,
        "phase": cut.phase or None,
        "left_out": [phase.name for phase in cut.left_out],
        "faults": [fault.title for fault in cut.faults],
        "unread_s": list(cut.unread_s) if cut.unread_s is not None else None,
    }


def _run(record: RunRecord, verdict: Verdict) -> dict[str, Any]:
    facts = record.facts
    return {
        "id": facts.run,
        "scenario": record.scenario.name,
        "sla": verdict.sla.name,
        "confidence": verdict.sla.confidence,
        "target": facts.target,
        "about": facts.about,
        "mock": record.target.mock is not None,
        "started": timestamp(facts.started_wall),
        "started_wall": facts.started_wall,
        "ended_s": max((phase.held_until_s for phase in record.phases()), default=None),
        "speed": facts.speed,
        "seed": facts.seed,
        "control": facts.control,
        "ending": record.ending.value,
        "scenario_sha256": facts.scenario_sha256,
        "sla_sha256": verdict.sla.sha256,
        "versions": dict(facts.versions),
        "machine": facts.machine,
        "signer": {"name": facts.signer, "key": facts.signer_key} if facts.signer_key else None,
    }


def _objective(result: ObjectiveResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "kpi": result.kpi,
        "scope": result.scope or None,
        "view": result.view.value,
        "phase": result.phase,
        "kind": result.kind and result.kind.value,
        "status": result.status.value,
        "value": result.value,
        "low": result.low,
        "high": result.high,
        "unit": result.unit.value,
        "better": result.direction.value,
        "goal": result.goal,
        "warn": result.warn,
        "goal_text": result.goal_text,
        "n": result.n,
        "censored": result.censored,
        "must_pass": result.must_pass,
        "decisive_here": result.decisive_here,
        "more_contacts": result.more_contacts,
        "more_s": result.more_s,
        "owner": {"name": result.owner.name, "contact": result.owner.contact},
        "ids": list(result.ids),
        "note": result.note,
        "aspect": result.aspect.value,
        "waiver": result.waiver or None,
        "account": account(result),
        "expected": result.expected,
    }


def _phase(rung: Rung) -> dict[str, Any]:
    ran = rung.ran
    return {
        "name": rung.plan.name,
        "kind": rung.plan.kind.value,
        "load_start": rung.plan.load.start,
        "load_end": rung.plan.load.end,
        "planned_s": rung.plan.duration_s,
        "ran": ran is not None,
        "start_s": ran and ran.start_s,
        "end_s": ran and ran.end_s,
        "held_until_s": ran and ran.held_until_s,
        "gate": ran.gate.value if ran and ran.gate else None,
        "gate_note": ran.gate_note if ran else "",
    }


def _fault(story: FaultStory) -> dict[str, Any]:
    fault = story.fault
    return {
        "id": fault.id,
        "kind": fault.kind,
        "site": fault.site,
        "place": fault.place or fault.site,
        "asked": dict(fault.asked),
        "phase": fault.phase,
        "lease_wall_s": fault.lease_wall_s,
        "runbook": fault.runbook,
        "injected_from_s": fault.injected_from_s,
        "injected_s": fault.injected_s,
        "proven_s": fault.proven_s,
        "proof": fault.proof,
        "healed_from_s": fault.healed_from_s,
        "healed_s": fault.healed_s,
        "heal_proven_s": fault.heal_proven_s,
        "heal_proof": fault.heal_proof,
        "recovery": None if story.recovery is None else _recovery(story.recovery),
        "alarm": None if story.alarm is None else _alarm(story.alarm),
    }


def _alarm(alarm: AlarmRun) -> dict[str, Any]:
    return {
        "name": alarm.name,
        "within_wall_s": alarm.within_wall_s,
        "fired_wall_s": alarm.fired_wall_s,
        "acknowledged_wall_s": alarm.acknowledged_wall_s,
        "missed": alarm.missed,
        "doubt": alarm.doubt,
    }


def _recovery(recovery: Recovery) -> dict[str, Any]:
    return {
        "recovered_s": recovery.told_s,
        "at_least_s": recovery.at_least_s,
        "error_s": recovery.error_s,
        "wall_error_s": recovery.wall_error_s,
        "watched_s": recovery.watched_s,
        "dropped": list(recovery.dropped),
        "cut_off": list(recovery.cut_off),
        "turned_away": list(recovery.turned_away),
        "lost_elsewhere": list(recovery.lost_elsewhere),
        "flaps": recovery.flaps,
        "overlaps": list(recovery.overlaps),
        "outage": None if recovery.outage is None else _outage(recovery.outage),
    }


def _outage(outage: Outage) -> dict[str, Any]:
    failback = outage.failback
    return {
        "attempts": outage.attempts,
        "failed": outage.failed,
        "first_failure_s": outage.first_failure_s,
        "site_told_s": outage.site_told_s,
        "site_told_error_s": outage.site_told_error_s,
        "by_arrival_s": outage.by_arrival_s,
        "by_completion_s": outage.by_completion_s,
        "blocked_s": outage.blocked_s,
        "blocked_error_s": outage.blocked_error_s,
        "extra_wait_s": outage.extra_wait_s,
        "extra_wait_total_s": outage.extra_wait_total_s,
        "budget_burnt": outage.budget_burnt,
        "in_progress": [
            {
                "site": each.site,
                "talking": each.talking,
                "dropped": each.dropped,
                "unknown": each.unknown,
            }
            for each in outage.in_progress
        ],
        "unknown": outage.unknown,
        "failback": failback
        and {
            "restored_s": failback.restored_s,
            "turned_away": len(failback.turned_away),
            "dropped": list(failback.dropped),
            "cut_off": list(failback.cut_off),
            "unknown": failback.unknown,
        },
    }


def _tickets(audit: TicketAudit) -> dict[str, Any]:
    return {
        "complete": audit.complete,
        "attempted": audit.attempted,
        "acknowledged": audit.acknowledged,
        "unknown": audit.unknown,
        "sites_read": list(audit.sites_read),
        "sites_unread": list(audit.sites_unread),
        "lost": list(audit.lost),
        "duplicated": list(audit.duplicated),
        "phantom": list(audit.phantom),
        "divergent": list(audit.divergent),
        "recovered": list(audit.recovered),
        "updates": audit.updates,
        "lost_updates": list(audit.lost_updates),
        "duplicated_updates": list(audit.duplicated_updates),
        "at_risk": audit.at_risk,
        "recovery_point_s": audit.recovery_point_s,
        "resurrected": list(audit.resurrected),
        "stale": list(audit.stale),
        "never_read": list(audit.never_read),
        "compared": audit.compared,
        "sampled": audit.sampled,
        "wrong": list(audit.wrong),
        "wrong_in": dict(audit.wrong_in),
        "unreadable": audit.unreadable,
    }


def _line(each: InventoryLine) -> dict[str, Any]:
    check = each.check
    return {
        "line": each.line,
        "queue": each.queue,
        "probed": check is not None,
        "ok": check and check.ok,
        "reached": check and check.reached,
        "answered_after_s": check and check.answered_after_s,
        "note": check.note if check else "",
    }


def _staffing(record: RunRecord) -> dict[str, Any]:
    by = staffing_of(record.scenario.staffed_by, record.target).by
    return {"by": by.value, "agents": [_agents(tally) for tally in record.staff()]}


def _agents(tally: ShiftTally) -> dict[str, Any]:
    return {**asdict(tally), "occupancy": tally.occupancy}


def _generator(record: RunRecord, verdict: Verdict) -> dict[str, Any]:
    health = record.health
    limit = limits(record.scenario.generator, verdict.sla)
    return {
        "started": health.started,
        "dropped": health.dropped,
        "lag_p50_s": health.lag_p50_s,
        "lag_p99_s": health.lag_p99_s,
        "lag_max_s": health.lag_max_s,
        "workers_planned": health.workers_planned,
        "workers_lost": health.workers_lost,
        "stream_gaps": health.stream_gaps,
        "pending": health.pending,
        "notes": list(health.notes),
        "processes": [
            {
                "name": each.name,
                "host": each.host,
                "lost": each.lost,
                "cpu": each.cpu,
                "start_lag_p99_wall_s": each.start_lag_p99_s,
                "loop_lag_p99_wall_s": each.loop_lag_p99_s,
                "loop_lag_max_wall_s": each.loop_lag_max_s,
                "skew_wall_s": each.skew_s,
                "skew_error_wall_s": each.skew_error_s,
            }
            for each in health.processes
        ],
        "limits": {
            "lag_p99_s": limit.lag_p99_s,
            "loop_lag_s": limit.loop_lag_s,
            "skew_s": limit.skew_s,
            "dropped": limit.dropped,
            "cpu": limit.cpu,
        },
    }


def _callers(calls: Calls) -> dict[str, Any]:
    return {
        "phase": calls.phase or None,
        "attempts": calls.attempts,
        "first": calls.first,
        "redials": calls.redials,
        "amplification": calls.amplification,
        "by_cause": {why.value: calls.made.get(why, 0) for why in Why},
    }
