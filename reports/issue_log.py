"""The issue log as people and trackers read it: in the terminal, as CSV, as JSON, by a template.

Also the findings of one run, ``findings.csv``: what it saw, and what was known of each before it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from harness.errors import Problem, UsageError
from harness.model.event import Ending
from harness.model.finding import Finding, Severity, Sighting, State
from harness.model.verdict import Verdict
from harness.record.run_record import RunRecord
from harness.verdict.findings import sightings
from harness.verdict.words import plural
from reports.cells import csv_text
from reports.words import timestamp, visible

NEW = "new"
KNOWN = "known"
REOPENED = "reopened"
_RUN_COLUMNS = (
    "id", "severity", "standing", "title", "evidence", "owner", "contact", "first_seen_in",
    "times_seen", "root_cause",
)  # fmt: skip
_LOG_COLUMNS = (
    "id", "severity", "state", "scenario", "title", "owner", "contact", "first_run", "first_at",
    "last_run", "last_at", "seen", "reopened", "passed_by", "cause", "correction", "regression",
    "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunFinding:
    """A finding of one run, and what was known of it when the run began: None if nothing was."""

    run: str
    seen: Sighting
    before: Finding | None

    @property
    def standing(self) -> str:
        """Whether it is new, known, or back although it had been called fixed, or closed."""
        if self.before is None:
            return NEW
        return KNOWN if self.before.state is State.OPEN else REOPENED

    @property
    def has_cause(self) -> bool:
        """Whether somebody had said why it happens before it was seen again."""
        return self.before is not None and self.before.cause.complete


def findings_of_run(record: RunRecord, verdict: Verdict) -> tuple[RunFinding, ...]:
    """Return the findings of the run of *record*, the gravest first."""
    known = {each.id: each for each in record.known_findings()}
    seen = sightings(
        verdict,
        scenario=record.scenario.name,
        owner=record.scenario.owner,
        ending=record.ending,
        control=record.facts.control,
    )
    return tuple(RunFinding(record.facts.run, each, known.get(each.id)) for each in seen)


def none_found(record: RunRecord, verdict: Verdict) -> str:
    """Return why the issue log has nothing of a run without findings."""
    if verdict.explored:
        return "Exploring finds nothing: nothing was judged."
    if record.facts.control:
        return "A control run finds nothing: what its scenario is about did not happen in it."
    if record.ending is Ending.REFUSED:
        return "A run that the guard did not let begin finds nothing."
    if record.ending is Ending.INTERRUPTED:
        return "None: nothing failed. What is open or in doubt is no finding of an interrupted run."
    return "None: nothing failed, nothing had to be left open, nothing was in doubt."


def summed_up(findings: Sequence[RunFinding]) -> str:
    """Return a line on the findings of a run: how many, and what is new; empty without any."""
    if not findings:
        return ""
    parts = [
        f"{count} {standing}"
        for standing in (NEW, REOPENED, KNOWN)
        if (count := sum(each.standing == standing for each in findings))
    ]
    return f"{plural(len(findings), 'finding')}: {', '.join(parts)}"


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return ``findings.csv`` of a run: a header, and a row a finding."""
    return csv_text(_RUN_COLUMNS, (_run_row(each) for each in findings_of_run(record, verdict)))


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* in the order in which to look at them: open ones first, by severity."""
    states, grave = list(State), list(Severity)
    return sorted(
        findings,
        key=lambda f: (states.index(f.state), grave.index(f.last.severity), f.first_at, f.id),
    )


def as_csv(findings: Iterable[Finding]) -> str:
    """Return *findings* as CSV: a header, and a row each."""
    return csv_text(_LOG_COLUMNS, (tuple(_flat(each).values()) for each in findings))


def as_json(findings: Iterable[Finding]) -> str:
    """Return *findings* as JSON: a list of objects with the columns of the CSV, and what happened.

    Times are UTC in ISO 8601.
    """
    rows = [{**_flat(each), "happened": _story(each)} for each in findings]
    # Spelled out as ``\u202e``, which is JSON's own way to write that character.
    return visible(json.dumps(rows, indent=1, ensure_ascii=False))


def by_template(findings: Iterable[Finding], template: str, *, where: str) -> str:
    """Return *findings* as *template* (Jinja2, read from *where*) writes them, one after the other.

    It is given ``finding``, an object with the columns of the CSV, once for each.

    Raises:
        UsageError: the template is wrong, or asks for what a finding has not.
    """
    environment = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    try:
        whole = environment.from_string(template)
        return "".join(whole.render(finding=_shown(each)) for each in findings)
    except Exception as error:  # noqa: BLE001  whatever it does is the user's own
        line = getattr(error, "lineno", None)
        place = f"{where}:{line}" if line else where
        want = f"a Jinja2 template over finding.{', finding.'.join(_LOG_COLUMNS)}"
        raise UsageError(
            [Problem(place, getattr(error, "message", None) or str(error), want)]
        ) from None


def as_text(findings: Sequence[Finding]) -> str:
    """Return *findings* for a terminal of 80 columns: two or three lines each, gravest first."""
    return "\n".join(visible(line) for each in findings for line in _lines(each))


def story(finding: Finding) -> str:
    """Return all that is known of *finding*, for a terminal."""
    cause = finding.cause
    lines = [
        *_lines(finding),
        "",
        f"evidence     {finding.last.evidence}",
        f"cause        {cause.cause or 'not said yet'}",
        f"correction   {cause.correction or 'not said yet'}",
        f"regression   {cause.regression or 'no scenario named yet'}",
        "",
        *(
            f"{each['at']}  {each['what']:<7} {each['by'] or each['run']}"
            + (f"  {each['note']}" if each["note"] else "")
            for each in _story(finding)
        ),
    ]
    return "\n".join(map(visible, lines))


def _lines(finding: Finding) -> Iterable[str]:
    last = finding.last
    mark = {State.OPEN: "✗", State.FIXED: "~", State.CLOSED: "✓"}[finding.state]
    yield f"{mark} {finding.id}  {last.severity:<8}  {finding.state:<6}  {last.title}"
    seen = f"seen in {plural(finding.seen, 'run')}, last {_day(finding.last_at)}"
    yield f"    {last.scenario} · {finding.owner.name} · {seen}"
    if finding.is_open and finding.passed_by:
        yield f"    passed by {finding.passed_by}"
    if finding.is_open:
        yield f"    {_waits_for(finding)}"


def _waits_for(finding: Finding) -> str:
    """Return what an open finding waits for, as the next thing to do."""
    if not finding.last.source.needs_cause:
        return "ends when what it names is done: harness decide tells"
    if not finding.cause.complete:
        return f"no root cause yet: harness findings set {finding.id} --cause ..."
    if finding.passed_by:
        return f"to close it: harness findings close {finding.id}"
    if finding.state is State.FIXED:
        return "called fixed; closed by the next run that passes it"
    return f"cause known; when it is mended: harness findings set {finding.id} --state fixed"


def _run_row(found: RunFinding) -> tuple[object, ...]:
    seen, before = found.seen, found.before
    owner = before.owner if before else seen.owner
    return (
        seen.id,
        seen.severity,
        found.standing,
        seen.title,
        seen.evidence,
        owner.name,
        owner.contact,
        before.first_run if before else found.run,
        before.seen + 1 if before else 1,
        "yes" if found.has_cause else "no",
    )


def _flat(finding: Finding) -> dict[str, Any]:
    last = finding.last
    values: dict[str, Any] = {
        "id": finding.id,
        "severity": last.severity.value,
        "state": finding.state.value,
        "scenario": last.scenario,
        "title": last.title,
        "owner": finding.owner.name,
        "contact": finding.owner.contact,
        "first_run": finding.first_run,
        "first_at": timestamp(finding.first_at),
        "last_run": finding.last_run,
        "last_at": timestamp(finding.last_at),
        "seen": finding.seen,
        "reopened": finding.reopened,
        "passed_by": finding.passed_by,
        **asdict(finding.cause),
        "evidence": last.evidence,
    }
    return {column: values[column] for column in _LOG_COLUMNS}


def _shown(finding: Finding) -> dict[str, Any]:
    """Return the columns with what would turn or hide text spelled out: a tracker is read, too."""
    return {
        name: visible(value) if isinstance(value, str) else value
        for name, value in _flat(finding).items()
    }


def _story(finding: Finding) -> list[dict[str, str]]:
    return [
        {
            "at": timestamp(each.at),
            "what": each.what.value,
            "run": each.run,
            "by": each.by,
            "note": each.note or (each.state.value if each.state else ""),
        }
        for each in finding.happened
    ]


def _day(at: float) -> str:
    return timestamp(at).partition("T")[0]
