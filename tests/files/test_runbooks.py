"""What a runbook tells machines is read, and what is wrong in it is named with its line."""

from datetime import date
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.problems import Problems
from harness.files.runbook import read_runbook
from harness.model.runbook import Mishap, Runbook
from tests.files.small_rehearsal import Rehearsal


def read(folder: Path, text: str, name: str = "book.md") -> Runbook:
    path = folder / name
    path.write_text(text)
    problems = Problems()
    found = read_runbook(path, problems)
    problems.raise_if_any()
    return found


def test_a_runbook_says_when_it_is_due_and_what_it_expects(tmp_path: Path):
    """Both for machines; the rest of it is for people."""
    book = read(
        tmp_path, "---\nreview_by: 2027-05-31\nexpects: [dropped, cut_off]\n---\n# What to do"
    )

    assert book.review_by == date(2027, 5, 31)
    assert book.expects == {Mishap.DROPPED, Mishap.CUT_OFF}
    assert not book.is_overdue(date(2027, 5, 31)), "the day itself is in time"
    assert book.is_overdue(date(2027, 6, 1))


def test_a_runbook_may_expect_nothing(tmp_path: Path):
    """Which is another thing than not to say."""
    assert read(tmp_path, "---\nexpects: nothing\n---\n").expects == frozenset()


@pytest.mark.parametrize(
    ("name", "text"),
    [("book.md", "# What to do\n"), ("book.md", ""), ("book.pdf", "---\nnonsense\n")],
)
def test_a_runbook_that_tells_machines_nothing_is_as_good(tmp_path: Path, name: str, text: str):
    """A page that people printed is a runbook too."""
    book = read(tmp_path, text, name)

    assert (book.review_by, book.expects) == (None, None)


def test_keys_of_other_programs_are_left_alone(tmp_path: Path):
    """A wiki keeps its own there."""
    book = read(tmp_path, "---\nlayout: page\ntags: [a, b]\nexpects: [blocked]\n---\n")

    assert book.expects == {Mishap.BLOCKED}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("---\nexpects: [dropd]\n---\n", 2, "did you mean 'dropped'"),
        ("---\nreview_by: soon\n---\n", 2, "a day, written as 2026-12-31"),
        ("---\nexpect: [dropped]\n---\n", 2, "did you mean 'expects'"),
        ("---\nexpects: []\n---\n", 2, "an empty list"),
        ("---\nexpects: [dropped]\n", 1, "no second one"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str):
    """A misspelt outcome would otherwise be a surprise in the night."""
    with pytest.raises(UsageError) as raised:
        read(tmp_path, text)

    (problem,) = raised.value.problems
    assert problem.where == f"{tmp_path / 'book.md'}:{line}"
    assert said in f"{problem.found} {problem.want}"


def test_a_scenario_has_each_of_its_runbooks_once(rehearsal: Rehearsal):
    """Two faults share one; the record keeps what it said."""
    book = rehearsal.folder / "site_down.md"
    book.write_text("---\nreview_by: 2027-05-31\nexpects: [dropped]\n---\n")
    (found,) = rehearsal.load().scenario.runbooks

    assert found == Runbook(str(book), date(2027, 5, 31), frozenset({Mishap.DROPPED}))
