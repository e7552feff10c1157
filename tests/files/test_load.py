"""Three files become one checked rehearsal, or one list of everything that is wrong."""

import shlex
from dataclasses import replace
from datetime import date, time
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.files import hours
from harness.files.load import load, load_sla
from harness.model.scenario import FaultPlan, Load, OpenOn, PhaseKind
from harness.model.sla import Bound, Each
from harness.model.target import Opening, Shift
from tests.files.small_rehearsal import (
    KNOWN,
    SCENARIO,
    SLA,
    TARGET,
    Rehearsal,
    write_small_rehearsal,
)

FILES = {"small.yaml": SCENARIO, "care.yaml": SLA, "mock.yaml": TARGET}


def test_the_scenario_holds_what_the_file_says(rehearsal: Rehearsal):
    """Shares become 0..1, durations seconds, and the header what a GO proves."""
    scenario = rehearsal.load().scenario

    assert scenario.proves == "A GO shows that a small change is found."
    assert (scenario.name, scenario.seed, scenario.speed) == ("small", "2026", 20.0)
    assert scenario.lines["billing"] == ("+441632960101", "+441632960102")
    assert scenario.calls is not None
    assert scenario.calls.mix == {"billing": 0.6, "support": 0.4}
    assert scenario.calls.patience.mean_s == 180.0
    assert scenario.tickets is not None
    assert scenario.tickets.priorities["P3"] == 0.6
    assert scenario.phase("ramp").load == Load(0.1, 1.0)
    assert scenario.phase("settle").open_on is OpenOn.PASS


def test_a_fault_carries_its_window_and_the_way_to_its_runbook(rehearsal: Rehearsal):
    """The runbook's path works from where the harness was started, not from the scenario."""
    first, _ = rehearsal.load().scenario.phase("site-loss").faults

    runbook = str(rehearsal.folder / "site_down.md")
    assert first == FaultPlan(
        "site_down",
        "north",
        at_s=120.0,
        for_s=240.0,
        runbook=runbook,
        place="north",
        written={"site": "north"},
    )


def test_the_target_hands_the_mock_its_section_as_texts(rehearsal: Rehearsal):
    """What the mock understands is the mock's to say."""
    target = rehearsal.load().target

    assert target.sites == ("north", "south")
    assert target.staffing["south"] == {"billing": 50, "support": 0, "tickets": 30}
    assert target.mock == {
        "replication": "synchronous",
        "health_check": {"every": "2s", "fall": "2"},
    }


HOURS = """\
staffing:
  north: {billing: {"08:00-12:00": 40, "12:00-24:00": 50}, support: 34, tickets: 30}
  south: {billing: {"22:00-06:00": 5}, support: 0, tickets: 30}
shrinkage: 12.5%
time_zone: Europe/London
opening_hours: {billing: "Mon-Fri 08:00-18:00, Sat 09:00-24:00", support: always}
holidays: [2026-12-25, 2026-12-28]
"""


def with_hours(rehearsal: Rehearsal, written: str = HOURS) -> None:
    """Put *written* in the place of the profile's plain staffing."""
    start, end = TARGET.index("staffing:"), TARGET.index("mock:")
    rehearsal.write("mock.yaml", TARGET[:start] + written + TARGET[end:])


def test_staffing_by_times_of_day_and_hours_become_checked_values(rehearsal: Rehearsal):
    """What reckons with staffing, be it the mock or a plan, must not read texts again."""
    with_hours(rehearsal)
    target = rehearsal.load().target

    assert target.staffing["north"]["billing"] == (
        Shift(40, time(8), time(12)),
        Shift(50, time(12), time(0)),
    )
    assert target.staffing["north"]["support"] == 34
    assert target.opening_hours == {
        "billing": (Opening(0, 4, time(8), time(18)), Opening(5, 5, time(9), time(0)))
    }
    assert (target.shrinkage, target.time_zone) == (0.125, "Europe/London")
    assert target.holidays == (date(2026, 12, 25), date(2026, 12, 28))


def test_hours_are_handed_over_as_they_were_written(rehearsal: Rehearsal):
    """The mock reads texts, under the keys of the profile."""
    with_hours(rehearsal)

    assert rehearsal.load().target.staffing_and_hours() == {
        "staffing": {
            "north": {
                "billing": {"08:00-12:00": "40", "12:00-24:00": "50"},
                "support": "34",
                "tickets": "30",
            },
            "south": {"billing": {"22:00-06:00": "5"}, "support": "0", "tickets": "30"},
        },
        "shrinkage": "12.5%",
        "time_zone": "Europe/London",
        "opening_hours": {"billing": "Mon-Fri 08:00-18:00, Sat 09:00-24:00"},
        "holidays": ["2026-12-25", "2026-12-28"],
    }


def test_a_profile_without_hours_hands_over_none(rehearsal: Rehearsal):
    """Who never heard of them gets what there was before: everybody at work, always open."""
    assert list(rehearsal.load().target.staffing_and_hours()) == ["staffing"]


def test_a_skill_whose_shifts_have_no_heads_is_not_staffed(rehearsal: Rehearsal):
    """A scenario that sends callers there would rehearse a queue that nobody answers."""
    with_hours(rehearsal, HOURS.replace("support: 34", 'support: {"08:00-12:00": 0}'))

    assert "'support', which no site staffs" in rehearsal.problems()[0].found


@given(
    st.lists(
        st.builds(
            Opening,
            st.integers(0, 6),
            st.integers(0, 6),
            st.integers(0, 23).map(time),
            st.just(time(0)),
        ),
        min_size=1,
    )
)
def test_opening_hours_read_back_as_they_were(openings: list[Opening]):
    """They pass the border to the mock, and the effective file, as texts."""
    assert hours.opening(", ".join(map(str, openings))) == tuple(openings)


def test_gates_stand_where_the_file_puts_them(rehearsal: Rehearsal):
    """One contract serves all scenarios, so its gates name kinds of phase."""
    service_level, abandonment, *_ = rehearsal.load().sla.objectives

    assert service_level.each is Each.QUEUE
    assert service_level.threshold_s == 20.0
    assert service_level.gates == {
        PhaseKind.STEADY: Bound(0.8, 0.8 - 0.02),
        PhaseKind.FAULT: Bound(0.6, 0.6 - 0.02),
    }
    assert abandonment.gates == {PhaseKind.STEADY: Bound(0.05, 0.06)}


def test_without_gates_the_goal_holds_wherever_load_is_steady(rehearsal: Rehearsal):
    """A contract's figure is meant for a normal day, not for an outage."""
    asa = next(each for each in rehearsal.load().sla.objectives if each.kpi == "asa")

    assert asa.gates == {PhaseKind.STEADY: Bound(28.0, 30.8), PhaseKind.SOAK: Bound(28.0, 30.8)}
    assert asa.must_pass is False


def test_recovery_is_judged_after_faults_against_the_level_to_return_to(rehearsal: Rehearsal):
    """How long is no question before it is said what counts as restored."""
    recovery = next(each for each in rehearsal.load().sla.objectives if each.kpi == "recovery")

    assert recovery.gates == {PhaseKind.FAULT: Bound(180.0, 198.0)}
    assert (recovery.restored_share, recovery.threshold_s) == (0.6, 20.0)


def test_a_kpi_of_the_whole_run_keeps_its_bound_under_steady(rehearsal: Rehearsal):
    """The verdict judges it once and needs one bound to judge it by."""
    lost = rehearsal.load().sla.objectives[-1]

    assert lost.gates == {PhaseKind.STEADY: Bound(0.0, 0.0)}


def test_every_objective_ends_up_with_one_owner(rehearsal: Rehearsal):
    """Its own if it names one, else the contract's."""
    rehearsal.change("care.yaml", "must_pass: no", "owner: {name: Planner, contact: p@x.example}")

    owners = {each.kpi: each.owner.name for each in rehearsal.load().sla.objectives}
    assert owners.pop("asa") == "Planner"
    assert set(owners.values()) == {"Operations Lead"}


def test_an_objective_without_any_owner_is_a_problem(rehearsal: Rehearsal):
    """What belongs to everybody is nobody's."""
    rehearsal.change(
        "care.yaml", "owner: {name: Operations Lead, contact: operations@provider.example}\n", ""
    )

    problems = rehearsal.problems()
    assert len(problems) == SLA.count("kpi:")
    assert {problem.found for problem in problems} == {"an objective without an owner"}


def test_tickets_alone_are_traffic_enough(rehearsal: Rehearsal):
    """Then there is no line to hand over, and none to probe."""
    start, end = SCENARIO.index("interfaces:"), SCENARIO.index("  tickets:")
    text = SCENARIO[:start] + "traffic:\n" + SCENARIO[end:]
    rehearsal.write("small.yaml", text.replace("  - {name: lines, kind: lines}\n", ""))

    scenario = rehearsal.load().scenario
    assert (scenario.calls, scenario.lines) == (None, {})


def test_a_scenario_without_any_traffic_is_a_problem(rehearsal: Rehearsal):
    """Nothing would be shown, and nothing would fail."""
    start, end = SCENARIO.index("  calls:"), SCENARIO.index("phases:")
    rehearsal.write("small.yaml", SCENARIO[:start].rstrip() + " {}\n" + SCENARIO[end:])

    (problem,) = rehearsal.problems()
    assert problem.found == "neither calls nor tickets in traffic"


def test_a_fault_that_hits_no_site_needs_none(rehearsal: Rehearsal):
    """Its kind says so."""
    rehearsal.change("small.yaml", "kind: site_down, site: north,", "kind: edge_down,")

    assert rehearsal.load().scenario.phase("site-loss").faults[0].site == ""


def test_speed_above_one_needs_a_target_that_can_run_faster(rehearsal: Rehearsal):
    """The scenario's line is where it is mended, although the profile has the reason."""
    rehearsal.change("mock.yaml", "virtual_clock: yes", "virtual_clock: no")

    (problem,) = rehearsal.problems()
    assert problem.where == rehearsal.where("small.yaml", 7)
    assert "virtual_clock: yes" in problem.want


def test_all_problems_of_all_files_come_at_once_in_their_order(rehearsal: Rehearsal):
    """Nobody mends one mistake only to be shown the next."""
    rehearsal.change("small.yaml", "seed: 2026", "sede: 2026")
    rehearsal.change("small.yaml", "load: 100%\n", "load: full\n")
    rehearsal.change("small.yaml", "kind: site_down, site: north", "kind: quake, site: norht")
    rehearsal.change("small.yaml", "north, at: 8m, for: 4m", "norht, at: 8m, for: 8m")
    rehearsal.change("mock.yaml", "tickets: 30}\nmock", "tickets: many}\nmock")
    rehearsal.change("care.yaml", "kpi: asa", "kpi: aza")
    rehearsal.change("care.yaml", "confidence: 95%", "confidence: high")

    assert [problem.where for problem in rehearsal.problems()] == [
        rehearsal.where("small.yaml", 2),  # no seed
        rehearsal.where("small.yaml", 6),  # but a sede
        rehearsal.where("small.yaml", 20),
        rehearsal.where("small.yaml", 23),
        rehearsal.where("small.yaml", 23),
        rehearsal.where("small.yaml", 24),
        rehearsal.where("small.yaml", 24),
        rehearsal.where("mock.yaml", 6),
        rehearsal.where("care.yaml", 2),
        rehearsal.where("care.yaml", 7),
    ]


def test_a_file_that_is_not_yaml_does_not_hide_the_problems_of_the_others(rehearsal: Rehearsal):
    """The target cannot be read, so its sites are not known: no word about sites."""
    rehearsal.write("mock.yaml", "staffing: [")
    rehearsal.change("small.yaml", "speed: 20", "speed: 99")
    rehearsal.change("care.yaml", "kpi: asa", "kpi: aza")

    assert [problem.where for problem in rehearsal.problems()] == [
        rehearsal.where("small.yaml", 7),
        rehearsal.where("mock.yaml", 1),
        rehearsal.where("care.yaml", 7),
    ]


def test_the_hashes_are_those_of_the_files_byte_for_byte(rehearsal: Rehearsal):
    """They tell two runs apart, so nothing may be normalised before."""
    rehearsal.write("care.yaml", SLA.replace("\n", "\r\n"))

    loaded = rehearsal.load()

    hashes = {path.name: sha256(path.read_bytes()) for path in rehearsal.folder.glob("*.yaml")}
    assert loaded.scenario_sha256 == hashes["small.yaml"].hexdigest()
    assert loaded.sla.sha256 == hashes["care.yaml"].hexdigest()


def test_another_sla_takes_the_place_of_the_named_one(rehearsal: Rehearsal):
    """The named one need not even be there."""
    (rehearsal.folder / "care.yaml").rename(rehearsal.folder / "other.yaml")
    other = rehearsal.folder / "other.yaml"

    loaded = load(rehearsal.folder / "small.yaml", sla_path=other, known=KNOWN)

    assert loaded.sla.path == other
    assert loaded.sla == load_sla(other, known=KNOWN)


def test_files_are_named_as_the_user_named_them(rehearsal: Rehearsal, monkeypatch):
    """A relative path stays relative: it can be clicked and pasted."""
    rehearsal.change("care.yaml", "kpi: asa", "kpi: aza")
    monkeypatch.chdir(rehearsal.folder)

    with pytest.raises(UsageError, match=r"(?m)^care\.yaml:7: found 'kpi: aza'$"):
        load(Path("small.yaml"), known=KNOWN)


def test_a_problem_is_two_lines_however_long_its_path(rehearsal: Rehearsal):
    """Whoever looks for a message in a log of CI finds it wherever the checkout stands."""
    rehearsal.change("care.yaml", "kpi: asa", "kpi: " + "a" * 200)

    with pytest.raises(UsageError) as refusal:
        load(rehearsal.folder / "small.yaml", known=KNOWN)

    found, wanted = str(refusal.value).splitlines()
    assert f"{rehearsal.folder}/care.yaml:" in found
    assert wanted.startswith("    wanted: ")


YAMLISH = st.text(st.sampled_from("ab1:-?[]{}#&*!|>'\"%@` \n\t,\\x0\u00e9\ud800\x00"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all examples of a property."""
    return tmp_path_factory.mktemp("properties")


@given(
    file=st.sampled_from(sorted(FILES)),
    raw=st.binary()
    | st.text().map(str.encode)
    | YAMLISH.map(lambda t: t.encode("utf-8", "replace")),
)
def test_no_file_whatsoever_does_more_than_be_refused(folder: Path, file: str, raw: bytes):
    """No traceback for any bytes, in any of the three places."""
    rehearsal = write_small_rehearsal(folder)
    rehearsal.write(file, raw)

    assert rehearsal.problems()


@given(data=st.data(), file=st.sampled_from(sorted(FILES)))
def test_no_change_to_a_good_file_ends_in_a_traceback(folder: Path, data, file: str):
    """Close to right is where readers trip: something cut out of a file, something put in."""
    text = FILES[file]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    put_in = data.draw(YAMLISH.map(lambda t: t.replace("\ud800", "")) | st.just(""))
    rehearsal = write_small_rehearsal(folder)
    rehearsal.write(file, text[:start] + put_in + text[end:])

    rehearsal.problems()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("handle_time: 3m", {"billing": 180.0, "support": 180.0, "tickets": 180.0}),
        ("handle_time: {billing: 2m30s, tickets: 4m}", {"billing": 150.0, "tickets": 240.0}),
        ("", {}),
    ],
)
def test_handle_times_are_for_all_skills_or_for_each(
    rehearsal: Rehearsal, written: str, expected: dict[str, float]
):
    """What the provider declares; where it declares nothing, nothing is made up."""
    rehearsal.change("mock.yaml", "virtual_clock: yes\n", f"virtual_clock: yes\n{written}\n")

    assert rehearsal.load().target.handle_s == expected


@pytest.mark.parametrize(
    ("written", "found", "want"),
    [
        ("handle_time: 180", "'handle_time: 180'", "a duration with its unit"),
        ("handle_time: 0s", "'handle_time: 0s'", "a duration above 0"),
        ("handle_time: {biling: 3m}", "'biling'", "did you mean 'billing'?"),
        ("handle_time: {billing: soon}", "'billing: soon'", "a duration with its unit"),
        ("handle_time: {}", "an empty table as handle_time", "handle_time: 3m"),
    ],
)
def test_a_handle_time_that_cannot_be_meant_is_named(
    rehearsal: Rehearsal, written: str, found: str, want: str
):
    """A bare 180 might be seconds or minutes: whoever guesses predicts nonsense."""
    rehearsal.change("mock.yaml", "virtual_clock: yes\n", f"virtual_clock: yes\n{written}\n")
    (problem,) = rehearsal.problems()

    assert problem.where == rehearsal.where("mock.yaml", 4)
    assert found in problem.found
    assert want in problem.want


def test_a_file_that_is_not_there_is_answered_with_the_one_most_like_it(rehearsal: Rehearsal):
    """A slip in a name is seen at once; where nothing is alike, nothing is guessed."""
    rehearsal.change("small.yaml", "care.yaml", "car.yaml")
    assert "did you mean 'care.yaml'?" in rehearsal.problems()[0].want

    rehearsal.change("small.yaml", "car.yaml", "elsewhere/xyz")
    assert "did you mean" not in rehearsal.problems()[0].want


@pytest.mark.parametrize(
    ("text", "found", "want"),
    [
        ("name: handover\nevidence: {}\n", "a cutover file", "harness decide"),
        ("name: care\nobjectives: []\n", "a contract", "'sla: small.yaml'"),
        ("name: mock\nadapter: desk.py:Desk\n", "a target's profile", "'target: small.yaml'"),
    ],
)
def test_another_kind_of_file_is_called_what_it_is(
    rehearsal: Rehearsal, text: str, found: str, want: str
):
    """One problem that says what to do, and not one for each key that a scenario lacks."""
    rehearsal.write("small.yaml", text)
    (problem,) = rehearsal.problems()

    assert found in problem.found
    assert want in problem.want


def test_the_command_for_a_cutover_can_be_typed_as_it_stands(rehearsal: Rehearsal):
    rehearsal.write("small.yaml", "name: handover\nevidence: {}\n")
    spaced = rehearsal.folder.rename(rehearsal.folder.with_name("my own"))
    (problem,) = replace(rehearsal, folder=spaced).problems()

    assert shlex.split(problem.want) == ["harness", "decide", str(spaced / "small.yaml")]
