"""Recordings: CSVs of stamps or of counts, where a run lies in them, and what can be wrong."""

from typing import NamedTuple

import pytest

from tests.files.small_rehearsal import Rehearsal

STAMPS = "time\n" + "".join(f"2026-03-02 09:{minute:02d}:30\n" for minute in range(60))
COUNTS = "time,count\n2026-03-02 09:00,30\n2026-03-02 09:30,20\n2026-03-02 10:00,10\n"


class Bad(NamedTuple):
    """A CSV, the line its problem is told at, and what the message says."""

    because: str
    text: str
    line: int | None
    fragments: tuple[str, ...]


BAD = [
    Bad("nothing in it", "", None, ("an empty file", "time,count")),
    Bad("a header alone", "time,queue\n", 1, ("no row below", "one contact a row")),
    Bad("no column of times", "when,count\n2026-03-02 09:00,1\n", 1, ("no column 'time'", "time,")),
    Bad(
        "a day without an hour",
        "time\n2026-03-02\n",
        2,
        ("'2026-03-02'", "2026-03-02 09:00:12"),
    ),
    Bad("a date that could be two", "time\n02/03/2026 09:00\n", 2, ("'02/03/2026 09:00'",)),
    Bad("no time at all", "time,queue\n,billing\n", 2, ("no time",)),
    Bad(
        "the wrong order",
        "time\n2026-03-02 09:10\n2026-03-02 09:05\n",
        3,
        ("before 2026-03-02 09:10:00 in line 2", "in the order of time"),
    ),
    Bad(
        "stamps among counts",
        "time,count\n2026-03-02 09:00,3\n2026-03-02 09:12:10,\n2026-03-02 09:30,4\n",
        3,
        ("a time without a count", "not both"),
    ),
    Bad(
        "with and without an offset",
        "time\n2026-03-02 09:00\n2026-03-02 09:05+01:00\n",
        3,
        ("with an offset", "the same kind of time"),
    ),
    Bad("fewer than none", "time,count\n2026-03-02 09:00,-3\n", 2, ("'-3'", "from 0")),
    Bad("half a customer", "time,count\n2026-03-02 09:00,2.5\n", 2, ("'2.5'", "a count")),
    Bad("one interval", "time,count\n2026-03-02 09:00,3\n", 2, ("a single interval",)),
    Bad(
        "an odd length",
        "time,count\n2026-03-02 09:00,3\n2026-03-02 09:07,3\n",
        3,
        ("intervals of 7m", "1 to 60 minutes"),
    ),
    Bad(
        "an interval that overlaps",
        "time,count\n2026-03-02 09:00,3\n2026-03-02 09:30,3\n2026-03-02 10:15,1\n"
        "2026-03-02 11:00,1\n",
        4,
        ("from 10:15:00, which overlaps", "every 30m"),
    ),
    Bad(
        "an interval twice",
        "time,count\n2026-03-02 09:00,3\n2026-03-02 09:00,4\n2026-03-02 09:30,4\n",
        3,
        ("2026-03-02 09:00 again", "in line 2"),
    ),
    Bad(
        "a queue that nobody calls",
        "time,queue\n2026-03-02 09:00,billing\n2026-03-02 09:50,sales\n",
        3,
        ("unknown queue 'sales'", "billing, support"),
    ),
    Bad(
        "a call for no queue",
        "time,queue\n2026-03-02 09:00,billing\n2026-03-02 09:50,\n",
        3,
        ("no queue", "in every row"),
    ),
    Bad(
        "a year that no calendar goes beyond",
        "time\n2026-03-02 09:00\n9999-12-31 23:59\n",
        3,
        ("9999", "from 2000 to 2999"),
    ),
    Bad("before there were logs", "time\n0001-01-01 00:00\n", 2, ("0001", "from 2000 to 2999")),
    Bad("a quote that never ends", 'time\n"2026-03-02 09:00\n', None, ("no CSV",)),
]


def recorded(rehearsal: Rehearsal, text: str, *, mix: bool = True, starts_at: str = "") -> None:
    """Let the calls of *rehearsal* come as in the CSV *text*."""
    rehearsal.write("past.csv", text)
    old = "{per_hour: 1440, shape: flat, mix: {billing: 60%, support: 40%}, "
    new = "{arrivals: {recorded: past.csv}, "
    rehearsal.change("small.yaml", old, new + ("mix: {billing: 60%, support: 40%}, " * mix))
    if starts_at:
        rehearsal.change("small.yaml", "traffic:", f"traffic:\n  starts_at: {starts_at}")


@pytest.mark.parametrize("bad", BAD, ids=lambda each: each.because)
def test_one_mistake_in_a_recording_is_named_on_its_line(rehearsal: Rehearsal, bad: Bad):
    """An export is thousands of lines long: 'cannot be read' would not help."""
    recorded(rehearsal, bad.text, mix="queue" not in bad.text)
    problems = rehearsal.problems()

    assert len(problems) == 1
    where = rehearsal.folder / "past.csv"
    assert problems[0].where == (f"{where}:{bad.line}" if bad.line else str(where))
    said = f"{problems[0].found}; wanted {problems[0].want}"
    assert [fragment for fragment in bad.fragments if fragment not in said] == []


def test_a_file_of_another_kind_is_told_in_ten_lines_not_in_ten_thousand(rehearsal: Rehearsal):
    """Every line of it is wrong in the same way."""
    recorded(rehearsal, "time\n" + "yesterday\n" * 10_000)

    assert len(rehearsal.problems()) == 10


def test_bytes_that_are_no_text_are_told(rehearsal: Rehearsal):
    """A spreadsheet saved as itself, not as CSV."""
    recorded(rehearsal, "")
    rehearsal.write("past.csv", b"PK\x03\x04\xff\xfe")

    assert "not UTF-8" in rehearsal.problems()[0].found


def test_stamps_are_placed_from_the_half_hour_of_the_first(rehearsal: Rehearsal):
    """Without a start the run begins where the recording does."""
    recorded(rehearsal, STAMPS.replace("09:00:30", "09:00:00"))
    scenario = rehearsal.load().scenario
    assert scenario.calls is not None
    recording = scenario.calls.arrivals.recording

    assert recording is not None
    assert recording.at_s[:3] == (0.0, 90.0, 150.0)
    assert recording.end_s == 3600.0
    assert scenario.starts_at_s == 9 * 3600  # Monday
    assert scenario.calls.per_hour == 60.0


def test_the_rate_of_a_run_shorter_than_half_an_hour_is_that_of_its_minutes(rehearsal: Rehearsal):
    """One call a minute is sixty an hour, however few of them are placed again."""
    recorded(rehearsal, STAMPS.replace(":30\n", ":00\n"))
    for longer, shorter in (
        ("load: 10% -> 100%, for: 10m", "load: 10% -> 100%, for: 2m"),
        ("load: 100%\n    for: 15m", "load: 100%\n    for: 13m"),
        ("load: 100%, for: 10m", "load: 100%, for: 5m"),
    ):
        rehearsal.change("small.yaml", longer, shorter)
    calls = rehearsal.load().scenario.calls

    assert calls is not None
    assert calls.per_hour == 60.0


def test_a_run_may_begin_later_in_a_recording(rehearsal: Rehearsal):
    """Also in the middle of an interval; its counts then belong partly to the time before."""
    text = COUNTS + "2026-03-02 10:30,1\n"
    recorded(rehearsal, text, starts_at="Mon 09:45")
    recording = loaded(rehearsal)

    assert recording.at_s == (-900.0, 900.0)
    assert recording.counts == (20, 10)
    assert recording.interval_s == 1800.0


def test_the_offset_of_stamps_keeps_the_order_when_clocks_are_put_back(rehearsal: Rehearsal):
    """02:30 comes twice in that night; with its offset it is clear which came first."""
    stamps = ("02:40+02:00", "02:50+02:00", "02:05+01:00", "02:20+01:00")
    recorded(rehearsal, "time\n" + "".join(f"2026-10-25T{each}\n" for each in stamps))

    assert loaded(rehearsal).at_s == (600.0, 1200.0, 2100.0)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_spreadsheets_separate_by_other_marks_too(rehearsal: Rehearsal, mark: str):
    """Half of Europe exports semicolons, and a mark before the first letter."""
    recorded(rehearsal, "\ufeff" + COUNTS.replace(",", mark))

    assert loaded(rehearsal).counts == (30, 20)


def test_a_recording_tells_the_mix(rehearsal: Rehearsal):
    """Queues or lines; what the file says is not to be written a second time."""
    rows = [
        f"2026-03-02 09:{minute:02d},+441632960{101 + minute % 2 * 100}\n" for minute in range(60)
    ]
    text = "time,line\n" + "".join(rows)
    recorded(rehearsal, text, mix=False)
    scenario = rehearsal.load().scenario

    assert scenario.calls is not None
    assert scenario.calls.mix == pytest.approx({"billing": 18 / 35, "support": 17 / 35})


def test_what_the_recording_says_is_not_written_twice(rehearsal: Rehearsal):
    """Two sources of one number would drift apart."""
    rehearsal.write(
        "past.csv", STAMPS.replace("time", "time,queue").replace(":30\n", ":30,billing\n")
    )
    rehearsal.change("small.yaml", "per_hour: 1440", "arrivals: {recorded: past.csv}, per_hour: 9")
    found = [problem.found for problem in rehearsal.problems()]

    assert found == ["'per_hour: 9'", "'shape: flat'", "a table as mix"]


@pytest.mark.parametrize(
    ("starts_at", "saying"),
    [
        ("Mon 09:30", "from Mon 2026-03-02 09:30 on"),
        ("Tue 09:00", "the run needs 35m"),
        ("03:00", ""),
    ],
)
def test_a_run_that_outlasts_its_recording_is_refused(
    rehearsal: Rehearsal, starts_at: str, saying: str
):
    """The rest of it would be silent, and nobody would know why."""
    recorded(rehearsal, STAMPS, starts_at=starts_at)
    problems = rehearsal.problems()

    assert len(problems) == 1
    assert "a recording of Mon 2026-03-02 09:00 to Mon 2026-03-02 10:00" in problems[0].found
    assert saying in problems[0].found


def test_calls_and_tickets_recorded_together_begin_at_the_same_moment(rehearsal: Rehearsal):
    """Two files of one morning stay one morning."""
    recorded(rehearsal, STAMPS)
    rehearsal.write(
        "tickets.csv", "time,count\n2026-03-02 08:30,5\n2026-03-02 09:00,6\n2026-03-02 09:30,7\n"
    )
    rehearsal.change(
        "small.yaml", "tickets: {per_hour: 600,", "tickets: {arrivals: {recorded: tickets.csv},"
    )
    scenario = rehearsal.load().scenario

    assert scenario.tickets is not None
    assert scenario.tickets.arrivals.recording is not None
    assert scenario.tickets.arrivals.recording.at_s == (0.0, 1800.0)


def loaded(rehearsal: Rehearsal):
    calls = rehearsal.load().scenario.calls
    assert calls is not None
    assert calls.arrivals.recording is not None
    return calls.arrivals.recording
