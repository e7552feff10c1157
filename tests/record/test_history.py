"""The history: whole files that never change, merged by copying; baselines of the same scenario."""

import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.finding import Happening, RootCause, Severity, Sighting, State, What
from harness.model.scenario import Owner
from harness.model.sla import Baseline, BaselineValue, Progression
from harness.preflight import with_baseline
from harness.record.history import History
from tests.fakes import sla
from tests.record.made_up_month import judged
from tests.record.test_decision import run

VALUE = BaselineValue("service_level", "billing", "peak", 0.84, 640, 20.0)
IN_HOUSE = Baseline("in-house", "20261101T080000Z-small", "small", "0" * 64, (VALUE,))
SEEN = Sighting(
    "small", "asa in peak", Severity.CRITICAL, "asa 40 s > 28 s", Owner("A", "a@x.test")
)


def progressing(name: str = "in-house"):
    """Return an SLA that starts from the baseline *name*."""
    return replace(sla(), progression=Progression(name, 0.05, 6, 0.05, 3))


def seen(at: float, run: str) -> Happening:
    return Happening(SEEN.id, What.SEEN, at, run=run, sighting=SEEN)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history")


def test_a_baseline_that_is_kept_can_be_read_again(history: History):
    """All of it, and of one name the last."""
    history.keep_baseline(IN_HOUSE, at=1.0)

    assert history.baseline("in-house") == IN_HOUSE
    assert IN_HOUSE.value("service_level", "billing", "peak", 20.0) == VALUE
    assert IN_HOUSE.value("service_level", "billing", "peak", 30.0) is None


def test_what_an_earlier_version_kept_can_still_be_read(history: History):
    """It knew no formula of a figure, and of a judged objective not what tells it from another."""
    history.keep_baseline(IN_HOUSE, at=1.0)
    history.keep_run(run("small", objectives=(judged(threshold_s=20.0),)))
    for path in history.folder.rglob("*.json"):
        whole = json.loads(path.read_text())
        for value in whole["kept"].get("values", ()):
            del value["formula"]
        for each in whole["kept"].get("objectives", ()):
            del each["threshold_s"], each["restored_share"], each["formula"]
        path.write_text(json.dumps(whole))
    (summary,) = history.runs()

    assert history.baseline("in-house") == IN_HOUSE
    assert summary.objectives == (judged(),)


def test_a_baseline_that_is_replaced_is_not_lost(history: History):
    """Who moves the standard leaves a trace; what counts is when, not which file comes first."""
    newer = replace(IN_HOUSE, run="a-later-run", scenario_sha256="1" * 64)
    history.keep_baseline(newer, at=2e9)
    history.keep_baseline(IN_HOUSE, at=1e9)
    kept = sorted((history.folder / "baselines" / "in-house").iterdir())

    assert history.baselines() == {"in-house": newer}
    assert [json.loads(path.read_text())["kept"]["run"] for path in kept] == [
        IN_HOUSE.run,
        newer.run,
    ]


def test_no_half_written_file_is_left_behind(history: History):
    """Each is put in place in one step."""
    history.keep([seen(1.0, "one")])
    history.keep_baseline(IN_HOUSE, at=1.0)

    assert all(
        path.suffix == ".json" and not path.name.startswith(".")
        for path in history.folder.rglob("*")
        if path.is_file()
    )


def test_what_is_kept_is_as_open_to_others_as_whoever_keeps_it_has_it(history: History):
    """CI's account writes, and the manager decides."""
    before = os.umask(0o022)
    try:
        history.keep_run(run("small"))
    finally:
        os.umask(before)
    (path,) = history.folder.rglob("*.json")

    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_read_is_not_told_to_be_taken_out(history: History):
    """It is whole, and evidence: whoever asks lacks a permission, or a disk."""
    (history.folder / "runs" / "one.json").mkdir(parents=True)
    with pytest.raises(UsageError) as refused:
        history.runs()
    (problem,) = refused.value.problems

    assert problem.found == "what cannot be read (is a directory)"
    assert problem.want == "a file that you may read"


@pytest.mark.parametrize("closed", ["findings", f"findings/{SEEN.id}"])
def test_a_folder_that_cannot_be_read_is_not_an_empty_one(
    history: History, closed: str, monkeypatch: pytest.MonkeyPatch
):
    """An open finding of somebody with another umask would be gone, and the answer a GO."""
    history.keep([Happening(SEEN.id, What.SEEN, 1.0, sighting=SEEN)])
    look = os.scandir

    def refusing(folder: Path):
        if Path(folder) == history.folder / closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return look(folder)

    monkeypatch.setattr("os.scandir", refusing)
    with pytest.raises(UsageError) as refused:
        history.findings()
    (problem,) = refused.value.problems

    assert problem.where == str(history.folder / closed)
    assert problem.found == "what cannot be read (permission denied)"
    assert problem.want == "a folder that you may read"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no part of a history"),
        ("[]", "no part of a history"),
        ('{"version": 9, "kept": {}}', "version 9"),
        ('{"version": 1, "kept": {}}', "no part of a history"),
    ],
)
def test_a_file_that_is_none_of_a_history_is_named_and_not_passed_over(
    history: History, text: str, found: str
):
    """A finding that cannot be read must not look like one that was never made; all are named."""
    for name in ("one", "two"):
        path = history.folder / "findings" / SEEN.id / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    with pytest.raises(UsageError, match=found) as refused:
        history.findings()
    assert len(refused.value.problems) == 2


def test_two_histories_are_merged_by_copying_one_over_the_other(tmp_path: Path):
    """Two CI jobs that push theirs do not get into each other's way, whichever comes first."""
    first, second = History(tmp_path / "a"), History(tmp_path / "b")
    first.keep([seen(1.0, "one")])
    shutil.copytree(first.folder, second.folder)
    first.keep([seen(3.0, "three")])
    fixed = RootCause("cause", "correction")
    second.keep([Happening(SEEN.id, What.SET, 2.0, by="A", state=State.FIXED, cause=fixed)])
    shutil.copytree(second.folder, first.folder, dirs_exist_ok=True)
    shutil.copytree(first.folder, second.folder, dirs_exist_ok=True)

    assert first.findings() == second.findings()
    merged = first.finding(SEEN.id)
    assert (merged.seen, merged.reopened, merged.state) == (2, 1, State.OPEN)
    assert merged.cause == fixed


def test_the_newest_runs_of_a_scenario_are_found_without_opening_all(history: History):
    """A broken file of another scenario is not even looked at; order and number are right."""
    for day in (3, 1, 2, 5, 4):
        history.keep_run(run("soak", run=f"2026110{day}T020000Z-soak", started_wall=day * 1e6))
    history.keep_run(run("soak-long", run="20261106T020000Z-soak-long", started_wall=6e6))
    (history.folder / "runs" / "20261107T020000Z-other.json").write_text("broken")
    found = history.latest("soak", most=3)

    assert [each.started_wall for each in found] == [3e6, 4e6, 5e6]
    assert history.latest("none", most=3) == ()


@pytest.mark.parametrize("other", ["night-soak", "soak-2"])
def test_the_runs_of_a_scenario_whose_name_is_part_of_anothers_are_found(
    other: str, history: History
):
    """Thirty nights of the one hid all runs of the other: its progression stood still."""
    for day in range(1, 4):
        history.keep_run(run("soak", run=f"202610{day:02}T020000Z-soak", started_wall=day * 1e6))
    for day in range(1, 31):
        name = f"202611{day:02}T020000Z-{other}"
        history.keep_run(run(other, run=name, started_wall=1e7 + day))
    found = history.latest("soak", most=3)

    assert [each.started_wall for each in found] == [1e6, 2e6, 3e6]


def test_what_is_kept_twice_is_kept_once(history: History):
    """Taking in a run again, or a copy of a history, changes nothing."""
    history.keep([seen(1.0, "one")])
    before = {path: path.stat().st_mtime_ns for path in history.folder.rglob("*.json")}
    history.keep([seen(1.0, "one")])

    assert {p: p.stat().st_mtime_ns for p in history.folder.rglob("*.json")} == before
    assert history.finding(SEEN.id).seen == 1


def test_a_decision_closes_nothing_that_a_run_has_found(history: History):
    """A cutover may have the name of one of its scenarios: what is fixed waits for a run still."""
    fixed = Happening(
        SEEN.id, What.SET, 2.0, by="A", state=State.FIXED, cause=RootCause("why", "what was done")
    )
    history.keep([seen(1.0, "one"), fixed])
    history.note((), scenario=SEEN.scenario, known=history.findings(), at=3.0)

    assert history.finding(SEEN.id).state is State.FIXED


def test_a_finding_is_named_by_its_first_letters_if_no_other_has_them(history: History):
    """Nobody types eight letters; and nobody closes the wrong finding."""
    other = replace(SEEN, title="abandonment in peak")
    history.keep([seen(1.0, "one"), Happening(other.id, What.SEEN, 1.0, sighting=other)])

    assert history.finding(SEEN.id[:4]).id == SEEN.id
    with pytest.raises(UsageError, match="no such finding"):
        history.finding("zzz")
    with pytest.raises(UsageError, match="2 findings that begin so"):
        history.finding("")


def test_runs_that_a_baseline_or_an_open_finding_needs_are_told_with_the_reason(history: History):
    """What is pruned is gone; these must stay."""
    history.keep([seen(1.0, "one"), seen(2.0, "two"), seen(3.0, "three")])
    history.keep_baseline(IN_HOUSE, at=1.0)

    assert history.needed_runs() == {
        IN_HOUSE.run: "baseline in-house",
        "one": f"finding {SEEN.id}",
        "three": f"finding {SEEN.id}",
    }


def test_a_baseline_that_nobody_took_is_named_with_the_command_that_takes_it(history: History):
    """And the likeliest one, if others are there."""
    history.keep_baseline(IN_HOUSE, at=1.0)

    with pytest.raises(UsageError, match=r"no baseline 'inhouse'[\s\S]*in-house"):
        with_baseline(progressing("inhouse"), history, scenario="small", sha256="0" * 64)


@pytest.mark.parametrize(
    ("scenario", "found"), [("small", "another version of small"), ("big", "the scenario small")]
)
def test_a_baseline_of_another_scenario_is_refused(history: History, scenario: str, found: str):
    """Other load, other mix, other faults: no comparison."""
    history.keep_baseline(IN_HOUSE, at=1.0)

    with pytest.raises(UsageError) as refused:
        with_baseline(progressing(), history, scenario=scenario, sha256="1" * 64)
    assert found in " ".join(str(refused.value).split())


def test_the_same_scenario_may_be_compared(history: History):
    """Then the contract carries the baseline's figures, so that the run's record is complete."""
    history.keep_baseline(IN_HOUSE, at=1.0)

    found = with_baseline(progressing(), history, scenario="small", sha256="0" * 64)

    assert found.baseline == IN_HOUSE
