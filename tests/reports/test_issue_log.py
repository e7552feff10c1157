"""The issue log in the terminal, as CSV, as JSON, by a template; and the findings of one run."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.finding import (
    Finding,
    Happening,
    RootCause,
    Severity,
    Sighting,
    Source,
    State,
    What,
    findings_of,
)
from harness.model.scenario import Owner
from harness.record.history import History
from harness.record.kept import in_short
from harness.record.run_record import RunRecord
from reports import issue_log
from reports.issue_log import RunFinding
from tests.reports.conftest import MakeRecord
from tests.reports.made_up_run import FACTS, HOSTILE, SCENARIO, SLA, TARGET
from tests.reports.made_up_verdicts import Run

LEAD = Owner("Voice Platform Lead", "voice@client.example")
SEEN = Sighting("small", "asa in peak", Severity.CRITICAL, "asa 40 s > 28 s", LEAD)
AT = 1_800_000_000.0


def finding(sighting: Sighting = SEEN, *more: Happening) -> Finding:
    first = Happening(sighting.id, What.SEEN, AT, run="run-1", sighting=sighting)
    return findings_of([first, *more])[sighting.id]


def said(**changes) -> Happening:
    return Happening(SEEN.id, What.SET, AT + 60, by="Lead", **changes)


CAUSE = RootCause("why", "what")
PASSED = Happening(SEEN.id, What.PASSED, AT + 90, run="run-2")


@pytest.mark.parametrize(
    ("happened", "next_step"),
    [
        ((), "no root cause yet: harness findings set"),
        ((said(cause=CAUSE),), "when it is mended: harness findings set"),
        ((said(cause=CAUSE, state=State.FIXED),), "closed by the next run that passes it"),
        ((said(cause=CAUSE), PASSED), "to close it: harness findings close"),
        ((PASSED,), "passed by run-2\n    no root cause yet"),
    ],
)
def test_an_open_finding_says_what_to_do_next(happened, next_step):
    """A log that nobody knows how to empty is a list of grievances."""
    assert next_step in issue_log.as_text([finding(SEEN, *happened)])


def test_each_line_fits_a_terminal_of_80_columns():
    """As long as the names do."""
    text = issue_log.as_text([finding(SEEN, PASSED), finding(SEEN, said(cause=CAUSE))])

    assert max(map(len, text.splitlines())) <= 80


def test_the_gravest_open_finding_comes_first():
    """And a closed one last, whatever it was."""
    minor = replace(SEEN, title="b", severity=Severity.MINOR)
    closed = finding(SEEN, said(cause=CAUSE, state=State.FIXED), PASSED)
    found = issue_log.gravest_first([closed, finding(minor), finding(replace(SEEN, title="c"))])

    assert [each.last.title for each in found] == ["c", "b", "asa in peak"]


def test_csv_and_json_say_the_same():
    """One for a spreadsheet, one for a program."""
    known = [finding(SEEN, said(cause=CAUSE, note="seen with the carrier"))]
    row = next(csv.DictReader(io.StringIO(issue_log.as_csv(known))))
    whole = json.loads(issue_log.as_json(known))[0]

    assert {key: str(whole[key]) for key in row} == row
    assert whole["first_at"] == "2027-01-15T08:00:00Z"
    assert [each["what"] for each in whole["happened"]] == ["seen", "set"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_taken_for_a_formula(start: str):
    """What a target says must not run in the spreadsheet of who reads it."""
    hostile = replace(SEEN, evidence=f"{start}cmd|' /C calc'!A0")
    row = next(csv.DictReader(io.StringIO(issue_log.as_csv([finding(hostile)]))))

    assert row["evidence"].startswith("'")


def test_hostile_names_break_no_format():
    """Markup, control characters, direction marks, half a character."""
    hostile = replace(SEEN, title=HOSTILE.encode("utf-8", "replace").decode(), evidence=HOSTILE)
    known = finding(hostile)

    assert len(list(csv.reader(io.StringIO(issue_log.as_csv([known]))))) == 2
    assert json.loads(issue_log.as_json([known]))[0]["id"] == hostile.id
    assert "\x1b" not in issue_log.as_text([known]) + issue_log.story(known)


def test_a_tracker_gets_each_finding_by_the_users_own_template():
    """Every tracker imports something else; ``json`` quotes what goes into JSON."""
    template = '{"summary": {{ finding.title | json }}, "priority": "{{ finding.severity }}"}\n'
    quoted = replace(SEEN, title='a "quoted" title')
    text = issue_log.by_template([finding(quoted), finding()], template, where="t.j2")

    assert [json.loads(line)["summary"] for line in text.splitlines()] == [
        'a "quoted" title',
        "asa in peak",
    ]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ finding.seen + ' times' }}", "unsupported operand"),
        ("{{ 1/0 }}", "division by zero"),
        ("{% for i in 5 %}{% endfor %}", "not iterable"),
        ("{{ finding.titel }}", "titel"),
        ("\n{{", "unexpected"),
    ],
)
def test_what_a_template_cannot_do_is_told(template: str, said: str):
    """It is the user's own, and so is the mistake."""
    with pytest.raises(UsageError, match=said) as told:
        issue_log.by_template([finding()], template, where="t.j2")

    assert told.value.problems[0].where.startswith("t.j2")


SHIPPED = Path(__file__).parents[2] / "deploy" / "tracker.jsonl.j2"


def test_the_template_that_ships_writes_one_object_a_line_whatever_a_finding_says():
    """Open, explained and closed ones, and one that means us harm: each a line of JSON."""
    hostile = replace(SEEN, title='a "quoted" title', evidence="two\nlines \u202e\x1b[31m")
    mended = said(state=State.FIXED, cause=RootCause("too few trunks", "200 each", "soak"))
    text = issue_log.by_template(
        [finding(), finding(hostile), finding(SEEN, mended)], SHIPPED.read_text(), where="t.j2"
    )
    told = [json.loads(line) for line in text.splitlines()]

    assert [each["external_id"] for each in told] == [SEEN.id, hostile.id, SEEN.id]
    assert [each["status"] for each in told] == ["open", "open", "resolved"]
    assert told[0]["priority"] == "highest"
    assert "Root cause: not said yet" in told[0]["description"]
    assert "Root cause: too few trunks" in told[2]["description"]
    assert told[1]["title"].startswith('a "quoted" title (')
    assert not {"\u202e", "\x1b"} & set(text)


def test_the_template_of_the_documentation_works():
    """Whoever copies it has a line of JSON that a tracker reads."""
    page = (Path(__file__).parents[2] / "docs" / "findings.md").read_text("utf-8")
    template = page.partition("```jinja\n")[2].partition("```")[0]

    assert json.loads(issue_log.by_template([finding()], template, where="t.j2")) == {
        "summary": SEEN.title,
        "description": SEEN.evidence,
        "labels": ["rehearsal", SEEN.id],
        "priority": SEEN.severity,
    }


@pytest.mark.parametrize("template", ["{{ finding.titel }}", "{% if %}", "{{ ''.__class__.x }}"])
def test_a_wrong_template_is_named_and_nothing_is_printed(template: str):
    """With its line if it is known, and what there is to ask for."""
    with pytest.raises(UsageError, match=r"t\.j2[\s\S]*finding\.title"):
        issue_log.by_template([finding()], template, where="t.j2")


def test_a_finding_of_a_run_says_whether_it_is_news():
    """New ones need an owner's eye; those that were called fixed, or closed, need more than that."""
    fixed = finding(SEEN, said(state=State.FIXED))
    closed = finding(SEEN, said(state=State.FIXED, cause=CAUSE), PASSED)
    told = [RunFinding("run-3", SEEN, before) for before in (None, finding(), fixed, closed)]

    assert [each.standing for each in told] == ["new", "known", "reopened", "reopened"]


def test_a_closed_finding_that_comes_back_is_one_with_a_longer_history(
    no_go_run: Run, make_record: MakeRecord, tmp_path: Path
):
    """Called new, it would be looked into as if nobody had ever found out why it was."""
    history = History(tmp_path / "history")
    history.take_in(no_go_run.record, no_go_run.verdict)
    began = no_go_run.record.facts.started_wall
    for id_ in history.findings():
        history.keep(
            (
                Happening(id_, What.SET, began + 1, by="me", state=State.FIXED, cause=CAUSE),
                Happening(id_, What.PASSED, began + 2, run="run-2"),
            )
        )
    known = map(in_short, history.findings_of(SCENARIO.name))

    def again(record: RunRecord) -> None:
        facts = replace(FACTS, run="run-3", started_wall=began + 3)
        record.put_plan(SCENARIO, SLA, TARGET, facts, known)
        record.put_ending(no_go_run.record.ending)

    rows = csv.DictReader(io.StringIO(issue_log.render(make_record(again), no_go_run.verdict)))

    assert {
        (row["standing"], row["times_seen"], row["first_seen_in"], row["root_cause"])
        for row in rows
    } == {("reopened", "2", FACTS.run, "yes")}


def test_the_findings_of_a_run_are_those_of_its_verdict(no_go_run: Run):
    """Worst first, each with owner and evidence, in a file of the run's folder."""
    rows = list(csv.DictReader(io.StringIO(issue_log.render(no_go_run.record, no_go_run.verdict))))

    assert rows
    assert rows[0]["severity"] == "critical"
    assert {row["standing"] for row in rows} == {"new"}
    assert {row["first_seen_in"] for row in rows} == {no_go_run.record.facts.run}
    assert all(row["owner"] and row["evidence"] for row in rows)


def test_evidence_and_milestones_say_who_ends_them():
    """No root cause is asked for where there is none to find."""
    late = replace(SEEN, source=Source.MILESTONE)

    assert "harness decide tells" in issue_log.as_text([finding(late)])
