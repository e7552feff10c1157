"""The review for programs: ``review.json``, version 1.

    version      1
    period       first, last: days, both included
    runs         how many were begun in the period; first_run: the oldest that is known
    counted      scenario, go, no_go, inconclusive, explored, controls: in the period
    nights       scenario (empty: anything at all), missed: days, of: days looked at
    trends       scenario, name, phase, view, unit, direction, owner, must_pass, before, now,
                 before_n, now_n, met, failed, undecided, waived, moved, looked_at, change,
                 threshold_s, restored_share, formula, and
                 points: run, at_wall, value, low, high, n, status, goal, asked, alike, in_period,
                 left_open
    intervals    scenario, name, phase, met, of, goal, runs, owner, threshold_s, formula
    findings     opened, came_back, closed, still_open: id, severity, state, scenario, title, owner,
                 contact, first_run, first_at, age_days (of those still open), cause, correction
    rehearsed    kind, place, last, last_run, times, unproven, unhealed, unrecovered, recoveries
    aged         scenario, run, decision, last, last_go, age_days, is_old
    stands       scenario, day, progression: baseline, dip, dip_months, yearly, months
    decision     what ``harness decide`` said of the cutover that was asked about; null if none was

Shares are 0..1, times centre seconds, ``_wall`` epoch seconds; null: not measured.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from harness.model.finding import Finding
from harness.model.review import Review
from reports import release
from reports.words import timestamp

VERSION = 1


def render(review: Review) -> str:
    """Return the review as JSON."""
    found = review.findings
    whole = {
        "version": VERSION,
        "period": asdict(review.period),
        "runs": review.runs,
        "first_run": review.first_run,
        "counted": _all(review.counted),
        "nights": _all(review.nights),
        "trends": _all(review.trends),
        "intervals": _all(review.intervals),
        "findings": {
            "opened": [_finding(each) for each in found.opened],
            "came_back": [_finding(each) for each in found.came_back],
            "closed": [_finding(each) for each in found.closed],
            "still_open": [
                {**_finding(each.finding), "age_days": each.age_days} for each in found.still_open
            ],
        },
        "rehearsed": _all(review.rehearsed),
        "aged": _all(review.aged),
        "stands": _all(review.stands),
        "decision": json.loads(release.as_json(review.release)) if review.release else None,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False, default=_day) + "\n"


def _all(parts: Iterable[Any]) -> list[dict[str, Any]]:
    return [asdict(each) for each in parts]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.last.severity,
        "state": finding.state,
        "scenario": finding.last.scenario,
        "title": finding.last.title,
        "owner": finding.owner.name,
        "contact": finding.owner.contact,
        "first_run": finding.first_run,
        "first_at": timestamp(finding.first_at),
        "cause": finding.cause.cause,
        "correction": finding.cause.correction,
    }


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a review")
