"""``junit.xml``: what CI systems make of it."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model.finding import Happening, RootCause, What, findings_of
from harness.model.scenario import Load, Phase, PhaseKind
from harness.model.verdict import Doubt, ObjectiveResult, Status
from harness.record.run_record import RunRecord
from harness.verdict.findings import sightings
from reports import junit
from tests.effort import examples
from tests.reports.conftest import MakeRecord
from tests.reports.made_up_run import FACTS, HOSTILE, SCENARIO, SLA, TARGET
from tests.reports.made_up_verdicts import Run, left_open, no_go, objective

# What Jenkins' xUnit plugin takes (its junit-10.xsd), and GitLab with it: attributes that have to
# be there, those that may, and what may stand within.
TAKEN = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
            "group",
        },
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"classname", "time", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
hostile = st.text(min_size=1, max_size=12) | st.sampled_from(
    [HOSTILE, "x #2", "x", "x ", "\x00", "\\u0000", "\ufffe", "\ud800", "run", "run.sla", "lines"]
)


def cases(run: Run) -> list[ET.Element]:
    """Return all test cases of a run's file."""
    return ET.fromstring(junit.render(run.record, run.verdict)).findall(".//testcase")


def names(run: Run) -> list[tuple[str | None, str | None]]:
    """Return the class and name of all test cases."""
    return [(case.get("classname"), case.get("name")) for case in cases(run)]


def with_status(run: Run, status: Status) -> ET.Element:
    """Return the one test case of a run that has a single result, of *status*."""
    lone = replace(run.verdict, results=(objective(status=status, note="because"),))
    (case,) = (case for case in cases(Run(run.record, lone)) if case.get("classname") == "sla.peak")
    return case


def test_it_is_xml_whatever_the_names_are(run: Run) -> None:
    """A control character in a ticket must not cost a night's results."""
    assert ET.fromstring(junit.render(run.record, run.verdict)).tag == "testsuites"


def test_it_has_the_form_that_ci_systems_take(run: Run) -> None:
    """Jenkins refuses the whole file for one attribute that it does not know."""
    for element in ET.fromstring(junit.render(run.record, run.verdict)).iter():
        wanted, allowed, within = TAKEN[element.tag]

        assert wanted <= set(element.keys()) <= wanted | allowed
        assert {child.tag for child in element} <= within
        assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", element.get("time", "0"))


@settings(examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(hostile, hostile), max_size=12))
def test_whatever_things_are_called_names_are_unique_and_the_same_next_time(
    no_go_run: Run, called: list[tuple[str, str]]
) -> None:
    """What a night measured changes no name, and what is spelled out does not make two of one."""
    nights = [
        tuple(
            replace(objective(scope=scope, phase=phase), status=status, value=value)
            for scope, phase in called
        )
        for status, value in ((Status.PASS, 0.9), (Status.FAIL, 0.1))
    ]
    first, second = (
        names(Run(no_go_run.record, replace(no_go_run.verdict, results=results)))
        for results in nights
    )

    assert len(set(first)) == len(first)
    assert first == second


def test_a_failed_objective_names_its_finding_and_what_is_known_of_it(
    no_go_run: Run, monkeypatch
) -> None:
    """Who looks at a red case in CI sees at once whether somebody is on it."""
    record, verdict = no_go_run.record, no_go_run.verdict
    seen = sightings(
        verdict, scenario=record.scenario.name, owner=record.scenario.owner, ending=record.ending
    )
    (ours,) = (each for each in seen if each.title == "service_level[billing] in site-loss")
    cause = RootCause("a licence had run out", "an alarm on it")
    happened = (
        Happening(ours.id, What.SEEN, 1.0, run="run-1", sighting=ours),
        Happening(ours.id, What.SET, 2.0, by="me", cause=cause),
    )
    known = findings_of(happened)[ours.id]
    monkeypatch.setattr(type(record), "known_findings", lambda self: (known,))
    failed = [
        case.find("failure").text
        for case in cases(no_go_run)
        if case.get("classname") == "sla.site-loss" and case.find("failure") is not None
    ]

    assert any(
        f"finding {ours.id}, known since run-1, root cause: a licence had run out" in text
        for text in failed
    )


def test_no_name_is_there_twice(run: Run) -> None:
    """GitLab drops the second of a name without a word."""
    assert len(set(names(run))) == len(names(run))


def test_two_objectives_of_one_kpi_stay_apart(no_go_run: Run) -> None:
    """80/20 and 80/20 once more: a contract may say a thing twice."""
    twice = replace(no_go_run.verdict, results=(objective(), objective()))

    assert ("sla.peak", "service_level[billing] 80/20 (callers) #2") in names(
        Run(no_go_run.record, twice)
    )


def test_names_do_not_change_with_what_was_measured(no_go_run: Run) -> None:
    """A CI system follows a case from night to night by its name."""
    other = replace(
        no_go(),
        results=tuple(replace(r, value=0.5, n=7, status=Status.FAIL) for r in no_go().results),
    )

    assert names(Run(no_go_run.record, other)) == names(no_go_run)


def test_a_failed_objective_says_why_in_attribute_and_body(no_go_run: Run) -> None:
    """GitHub's renderers read the one, GitLab's the other."""
    failure = with_status(no_go_run, Status.FAIL).find("failure")

    assert failure is not None
    assert failure.get("type") == "sla"
    assert failure.text == failure.get("message")
    assert "86.2 % (83–89), goal ≥ 80 %" in (failure.text or "")


def test_each_status_has_the_element_that_ci_systems_know_for_it(no_go_run: Run) -> None:
    """A warning passes, one that had to be decided and was not is an error, a waived one is skipped."""
    elements = {
        status: [child.tag for child in with_status(no_go_run, status)] for status in Status
    }

    assert elements == {
        Status.PASS: [],
        Status.WARN: ["system-out"],
        Status.FAIL: ["failure"],
        Status.INCONCLUSIVE: ["error"],
        Status.WAIVED: ["skipped"],
    }


def open_message(run: Run, *others: ObjectiveResult) -> str | None:
    """Return what is said of a result that the pilot left open, beside the results of *others*."""
    verdict = replace(run.verdict, results=(left_open(), *others))
    (case,) = (
        case for case in cases(Run(run.record, verdict)) if case.get("classname") == "sla.pilot"
    )
    assert [child.tag for child in case] == ["skipped"]
    return case[0].get("message")


def test_what_a_pilot_leaves_open_is_skipped_and_says_where_it_is_decided(no_go_run: Run) -> None:
    """Sixteen errors in every green night would teach people to overlook errors."""
    decided = left_open(phase="peak", status=Status.PASS, decisive_here=True)

    assert (
        open_message(no_go_run, decided) == "open, this phase need not decide it; decided in peak"
    )


def test_what_a_shorter_piece_of_a_soak_leaves_open_is_decided_in_the_longer(
    make_record: MakeRecord,
) -> None:
    """Both are at full load; whoever waits for the shorter one to decide waits for ever."""
    hour = Phase("soak", PhaseKind.SOAK, Load(1, 1), 3600.0)
    rest = replace(hour, name="soak-2", duration_s=18_000.0, piece_of="soak")

    def filled(record: RunRecord) -> None:
        record.put_plan(replace(SCENARIO, phases=(hour, rest)), SLA, TARGET, FACTS)

    left = left_open(phase="soak", kind=PhaseKind.SOAK)
    met = replace(left, phase="soak-2", status=Status.PASS, decisive_here=True)
    run = Run(make_record(filled), replace(no_go(), results=(left, met)))
    (case,) = (each for each in cases(run) if each.get("classname") == "sla.soak")

    assert case[0].get("message") == "open, this phase need not decide it; decided in soak-2"


def test_one_threshold_that_is_decided_says_nothing_of_another(no_go_run: Run) -> None:
    """80/20 is met at the peak, and 95/60 is not."""
    other = left_open(phase="peak", status=Status.PASS, decisive_here=True, threshold_s=60.0)

    assert (
        open_message(no_go_run, other)
        == "open, this phase need not decide it; to be decided in peak"
    )


def test_nothing_is_said_to_be_decided_in_a_phase_that_did_not_decide_it(no_go_run: Run) -> None:
    """The peak may never have run, or be undecided itself."""
    assert open_message(no_go_run) == "open, this phase need not decide it; to be decided in peak"


def test_a_run_that_stopped_early_is_an_error_of_its_own(no_go_run: Run) -> None:
    """Green objectives of half a run must not look like a green run."""
    completed = next(case for case in cases(no_go_run) if case.get("name") == "run completed")
    error = completed.find("error")

    assert error is not None
    assert "Phases not run: settle." in (error.text or "")


def test_a_run_that_only_explored_is_not_red(no_go_run: Run) -> None:
    """Its exit code is 0 whatever its numbers are: each is told, and skipped."""
    doubted = replace(no_go_run.verdict, explored=True, doubts=(Doubt("a gap", "peak"),))
    run = Run(no_go_run.record, doubted)
    told = {case.get("name"): [each.tag for each in case] for case in cases(run)}
    results = [case for case in cases(run) if (case.get("classname") or "").startswith("sla.")]

    assert told.pop("run completed") == ["error"], "it stopped before its end"
    assert not [name for name, tags in told.items() if {"failure", "error"} & {*tags}]
    assert told["nothing in doubt"] == ["skipped"]
    assert [[each.tag for each in case] for case in results] == [["skipped"]] * len(results)
    assert "41.3 % (37–46)" in junit.render(run.record, run.verdict)


def test_every_interface_handed_over_is_a_case(no_go_run: Run) -> None:
    """One that answered wrongly fails; one that was never probed is skipped, not passed."""
    outcomes = {
        case.get("name"): [child.tag for child in case]
        for case in cases(no_go_run)
        if case.get("classname") == "run.lines"
    }

    assert outcomes == {
        "line +441632960101 reaches billing": [],
        "line +441632960102 reaches billing": ["failure"],
        "line +441632960201 reaches support": ["skipped"],
        "api news answers": ["skipped"],
        "api tickets answers": ["skipped"],
        "metrics edge answers": ["skipped"],
        "metrics north answers": ["skipped"],
        "metrics south answers": ["skipped"],
    }


def test_the_counts_of_a_suite_are_those_of_its_cases(run: Run) -> None:
    """Some systems show the counts and never look at the cases."""
    for suite in ET.fromstring(junit.render(run.record, run.verdict)):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))
