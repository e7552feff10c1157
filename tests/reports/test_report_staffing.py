"""Who answered stands in the reports, and what our virtual agents went through."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema_rs
import pytest

from harness.model.staffing import Crew, People, ShiftTally, Spell, StaffedBy, Staffing
from harness.record.run_record import RunRecord
from reports import effective, html, result
from reports.sections import staffed_by_text
from tests.reports.conftest import MakeRecord
from tests.reports.made_up_run import FACTS, SCENARIO, SLA, TARGET, fill_empty
from tests.reports.made_up_verdicts import Run, nothing_measured
from tests.reports.test_report_files import SCHEMA, strict

CREW = Crew({"north": {"billing": 12}}, declined=0.01, away=Spell(600.0, 0.5))
BY_HARNESS = Staffing(StaffedBy.HARNESS, crew=CREW)
TALLY = ShiftTally(
    site="north", skill="billing", heads=12, offers=90, taken=85, declined=2, missed=3,
    handled=84, present_s=1000.0, away_s=200.0, busy_s=400.0, wanted_s=1010.0,
)  # fmt: skip
PEOPLE = People(12, datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 11, tzinfo=UTC))


def staffed(make_record: MakeRecord, staffing: Staffing | None, *tallies: ShiftTally) -> Run:
    """Return a run that was so staffed, and of which nothing else is known."""

    def filled(record: RunRecord) -> None:
        fill_empty(record)
        record.put_plan(replace(SCENARIO, staffed_by=staffing), SLA, TARGET, FACTS)
        for tally in tallies:
            record.put_staff(tally)

    return Run(make_record(filled), nothing_measured())


def test_the_result_holds_what_our_agents_went_through_as_its_schema_says(make_record: MakeRecord):
    """A machine that reads it must find the same as people do."""
    run = staffed(make_record, BY_HARNESS, TALLY)
    found = json.loads(result.render(run.record, run.verdict))

    assert list(jsonschema_rs.validator_for(strict(SCHEMA)).iter_errors(found)) == []
    assert found["staffing"]["by"] == "harness"
    (agents,) = found["staffing"]["agents"]
    assert (agents["taken"], agents["missed"], agents["occupancy"]) == (85, 3, 0.5)


def test_the_report_shows_it_as_a_table(make_record: MakeRecord):
    """With the occupancy by our own count, beside what the provider claims elsewhere."""
    run = staffed(make_record, BY_HARNESS, TALLY)
    page = html.render(run.record, run.verdict)

    assert "12 virtual agents of the harness answered" in page
    assert '<td data-label="Missed" class="number">3</td>' in page
    assert '<td data-label="Occupancy" class="number">50 %</td>' in page


def test_what_was_used_can_be_written_into_a_scenario_again(make_record: MakeRecord):
    """Defaults and all, in the words of the scenario."""
    run = staffed(make_record, BY_HARNESS)
    text = effective.render(run.record, run.verdict)

    assert "staffed_by:" in text
    for part in ("billing: ", "declined: 1%", "every: 2h", "mean: 2m30s"):
        assert part in text, text


@pytest.mark.parametrize(
    ("staffing", "text"),
    [
        (None, "The target simulates its own agents."),
        (Staffing(StaffedBy.NOBODY), "Nobody was there to answer"),
        (
            Staffing(StaffedBy.PROVIDER, people=PEOPLE),
            "12 people of the provider's answered, from 2026-12-01T09:00:00+00:00",
        ),
    ],
)
def test_who_answered_is_said_in_a_sentence(make_record: MakeRecord, staffing, text):
    """Also where there is nothing to count."""
    assert text in staffed_by_text(staffed(make_record, staffing).record)
