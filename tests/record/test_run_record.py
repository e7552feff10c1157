"""The run record gives back what was put in, and opens whatever became of its writer."""

import math
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.model.contact import Outcome
from harness.model.event import Ending, Event, GeneratorHealth, Level
from harness.model.sample import Scrape
from harness.model.target import Opening, Shift
from harness.model.verdict import Status
from harness.record.run_record import RunRecord
from harness.record.store import FILE_NAME
from harness.verdict.evidence import Evidence
from tests.effort import examples
from tests.fakes import (
    TICKETS,
    FakeEvidence,
    answered,
    call,
    facts,
    fault_run,
    phase_run,
    scenario,
    scrape,
    series,
    sla,
    stored,
    ticket,
)

TARGET = FakeEvidence().target


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    """Return an open, empty record."""
    with RunRecord.create(tmp_path) as record:
        yield record


def test_the_plan_comes_back(record: RunRecord):
    """Reports are made again years later, from this file alone."""
    plan = (scenario(tickets=TICKETS), sla(), TARGET, facts())
    record.put_plan(*plan)

    assert (record.scenario, record.sla, record.target, record.facts) == plan


def test_a_target_comes_back_with_its_hours(record: RunRecord):
    """Shifts and opening hours are what its service level is explained by, later."""
    target = replace(
        TARGET,
        staffing={"north": {"billing": (Shift(40, time(8), time(0)),), "tickets": 3}},
        shrinkage=0.1,
        time_zone="Europe/London",
        opening_hours={"billing": (Opening(0, 4, time(8), time(18)),)},
        holidays=(date(2026, 12, 25),),
    )
    record.put_plan(scenario(), sla(), target, facts())

    assert record.target == target


def test_a_contacts_last_state_is_the_one_that_counts(record: RunRecord):
    """A contact is told when it starts and whenever it changes."""
    ringing = call("a", due_s=3.0)
    talking = replace(ringing, outcome=Outcome.ANSWERED, queued_s=3.5, answered_s=4.0)
    record.put_contacts([ringing])
    record.put_contacts([talking])

    assert [*record.calls()] == [talking]


def test_contacts_come_in_order_of_their_due_times(record: RunRecord):
    """Batch means need time order; the log is in order of events."""
    record.put_contacts([answered("late", due_s=9.0), ticket("t"), answered("early", due_s=1.0)])

    assert [each.id for each in record.calls()] == ["early", "late"]
    assert [each.id for each in record.tickets()] == ["t"]


def test_a_phase_can_be_asked_for(record: RunRecord):
    """A gate reads its own phase, not the whole run."""
    record.put_contacts([call("a"), call("b", phase="soak")])

    assert [each.id for each in record.calls("soak")] == ["b"]


def test_a_phase_is_replaced_by_its_later_self(record: RunRecord):
    """Begun, held, gated: one phase."""
    begun, gated = phase_run(), replace(phase_run(), gate=Status.PASS, gate_note="all met")
    record.put_phase(begun)
    record.put_phase(phase_run("soak", start_s=900.0))
    record.put_phase(gated)

    assert record.phases() == (gated, phase_run("soak", start_s=900.0))


def test_a_fault_is_replaced_by_its_later_self(record: RunRecord):
    """Injected, proven, healed: one fault, told three times."""
    record.put_fault(fault_run(proven_s=None, healed_s=None, heal_proven_s=None))
    record.put_fault(fault_run())

    assert record.faults() == (fault_run(),)


def test_two_like_faults_of_a_phase_are_kept_apart(record: RunRecord):
    """The same site, broken twice."""
    first, second = fault_run(), fault_run(injected_from_s=300.0)
    record.put_fault(second)
    record.put_fault(first)

    assert record.faults() == (first, second)


def test_the_log_keeps_its_order(record: RunRecord):
    """More than nine events, so that no order of texts will do."""
    events = tuple(
        Event(float(i), "phase_began", (("phase", f"p{i}"),), Level.WARNING) for i in range(12)
    )
    for event in events:
        record.log(event)

    assert record.events() == events


def test_the_health_is_the_latest(record: RunRecord):
    """Put twice, kept once."""
    record.put_health(GeneratorHealth(started=1))
    record.put_health(GeneratorHealth(started=2, notes=("late",)))

    assert record.health == GeneratorHealth(started=2, notes=("late",))


def test_what_stores_returned_comes_back(record: RunRecord):
    """Two numbers under one key are two rows: that is a duplicate, not a mistake of ours."""
    tickets = {stored("north", "a"), stored("north", "a", "T-again"), stored("south", "a")}
    record.put_stored_tickets(tickets)
    record.put_stores_read(["north", "south"])

    assert set(record.stored_tickets()) == tickets
    assert record.stores_read == ("north", "south")


def test_no_store_read_is_none(record: RunRecord):
    """An empty list is not a list of one empty name."""
    record.put_stores_read([])

    assert record.stores_read == ()


@pytest.mark.parametrize("ending", Ending)
def test_the_ending_comes_back(record: RunRecord, ending: Ending):
    """How the run ended decides what it is worth."""
    record.put_ending(ending)

    assert record.ending is ending


def test_a_run_that_never_said_how_it_ended_broke(record: RunRecord):
    """Nobody was left to say it."""
    assert record.ending is Ending.BROKEN


def test_a_record_without_a_plan_says_so(record: RunRecord):
    """A harness that died in its first second leaves an empty record: a message, not a traceback."""
    with pytest.raises(UsageError) as refused:
        _ = record.scenario

    assert refused.value.problems[0].found == "no Scenario in it"


A, B = series("cc_calls_total", queue='a "b"'), series("cc_up")
VALUES = st.dictionaries(
    st.sampled_from([A, B, series("c"), series("d", x="1"), series("d", x="2")]),
    st.floats(allow_nan=False),
)


@settings(examples(12), suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(VALUES, st.booleans()), max_size=8))
def test_scrapes_come_back(tmp_path: Path, pages):
    """Whatever series appear, vanish or come back, and in whatever order."""
    (tmp_path / FILE_NAME).unlink(missing_ok=True)
    scrapes = [
        Scrape("edge", float(at), ok, values if ok else {}, border="x" if ok else "")
        for at, (values, ok) in enumerate(pages)
    ]
    with RunRecord.create(tmp_path) as record:
        for each in scrapes:
            record.put_scrape(each)

        assert [*record.scrapes("edge")] == scrapes


def test_sources_keep_their_own_series(record: RunRecord):
    """The third series of the edge is not the third of a site."""
    edge, north = scrape(1.0, {A: 1.0}), scrape(1.0, {B: 2.0, A: 3.0}, source="north")
    record.put_scrape(edge)
    record.put_scrape(north)

    assert record.sources() == ("edge", "north")
    assert [*record.scrapes("edge"), *record.scrapes("north")] == [edge, north]


def test_a_record_can_be_read_while_it_is_written(record: RunRecord, tmp_path: Path):
    """A gate is decided while its run goes on, and a run that was killed is looked at."""
    record.put_contacts([call("a")])

    with RunRecord.open(tmp_path) as reader:
        assert [each.id for each in reader.calls()] == ["a"]


def test_a_call_is_read_once_for_verdict_and_charts(record: RunRecord, tmp_path: Path):
    """Of a million calls that is a fifth of all the work; those of a hold are charted alone."""
    due = (400.0, 500.0, 700.0)
    record.put_contacts([answered(f"c{at_s:.0f}", due_s=at_s) for at_s in due])
    asked: list[str] = []
    with RunRecord.open(tmp_path) as reader:
        reader._database.set_trace_callback(asked.append)
        judged, charted = (list(reader.call_figures("peak", s).due_s) for s in (600.0, math.inf))

    assert (judged, charted) == ([400.0, 500.0], list(due))
    assert len([each for each in asked if "FROM call_figures" in each]) == 1


def test_a_record_that_goes_on_is_read_anew(record: RunRecord, tmp_path: Path):
    """A gate is decided by the calls of now, not by those of the gate before."""
    with RunRecord.open(tmp_path, goes_on=True) as reader:
        seen = []
        for id_ in ("a", "b"):
            record.put_contacts([answered(id_, due_s=1.0)])
            seen.append(len(reader.call_figures("peak", 600.0)))

    assert seen == [1, 2]


def test_a_record_that_is_read_cannot_be_changed(record: RunRecord, tmp_path: Path):
    """A report must not alter its evidence."""
    with (
        RunRecord.open(tmp_path) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.put_ending(Ending.COMPLETE)


def test_a_record_is_evidence(record: RunRecord):
    """What the judge asks for is what the record has; `tests/verdict` holds the fake to it."""
    wanted = {name for name in vars(Evidence) if not name.startswith("_")}

    assert wanted <= set(dir(RunRecord))


KILLED = """
import os, sys
from pathlib import Path
from harness.record.run_record import RunRecord
from tests.fakes import call, facts, FakeEvidence, scenario, sla
record = RunRecord.create(Path(sys.argv[1]))
record.put_plan(scenario(), sla(), FakeEvidence().target, facts())
record.put_contacts([call("a"), call("b")])
record._database.execute("BEGIN")
record._database.execute("DELETE FROM contact")
os._exit(9)
"""


def test_a_record_opens_though_its_writer_was_killed(tmp_path: Path):
    """A harness that dies in the middle of a transaction loses that one, and nothing else."""
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert (
        subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": "."}).returncode == 9
    )

    with RunRecord.open(tmp_path) as record:
        assert [each.id for each in record.calls()] == ["a", "b"]
        assert record.ending is Ending.BROKEN


def test_a_copied_record_opens(record: RunRecord, tmp_path: Path):
    """CI copies the folder as an artifact, with whatever files SQLite has left beside it."""
    record.put_contacts([call("a")])
    copy = Path(shutil.copytree(tmp_path, tmp_path.parent / f"{tmp_path.name}-copy"))

    with RunRecord.open(copy) as reader:
        assert [each.id for each in reader.calls()] == ["a"]


@pytest.mark.parametrize("name", ["runs #1", "what?", "100%25"])
def test_a_record_opens_wherever_its_folder_lies(tmp_path: Path, name: str):
    """# ? and % mean something in an address, and nothing in a folder's name."""
    folder = tmp_path / name
    folder.mkdir()
    RunRecord.create(folder).close()

    RunRecord.open(folder).close()


def found_wrong(folder: Path) -> str:
    """Return what is said to be wrong with the record in *folder*."""
    with pytest.raises(UsageError) as refused:
        RunRecord.open(folder)
    return refused.value.problems[0].found


def test_a_folder_without_a_record_is_refused(tmp_path: Path):
    """The message says what a run's folder looks like."""
    assert found_wrong(tmp_path) == "no run.sqlite in it"


@pytest.mark.parametrize("content", [b"", b"hello, I am a text file. " * 50])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, content: bytes):
    """A name proves nothing."""
    (tmp_path / FILE_NAME).write_bytes(content)

    assert found_wrong(tmp_path).startswith("not a run record")


def test_a_record_of_another_version_is_refused(record: RunRecord, tmp_path: Path):
    """Half understood evidence is worse than none."""
    record._database.execute("UPDATE meta SET value = '99' WHERE key = 'version'")

    assert found_wrong(tmp_path) == "a record of version 99"
