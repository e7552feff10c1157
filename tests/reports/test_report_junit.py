"""``junit.xml``: what CI systems make of it."""

from dataclasses import replace
from xml.etree import ElementTree as ET

from harness.model.verdict import ObjectiveResult, Status
from reports import junit
from tests.reports.made_up_verdicts import Run, left_open, no_go, objective


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

    assert open_message(no_go_run, decided) == "open at low load; decided in peak"


def test_nothing_is_said_to_be_decided_in_a_phase_that_did_not_decide_it(no_go_run: Run) -> None:
    """The peak may never have run, or be undecided itself."""
    assert open_message(no_go_run) == "open at low load; to be decided in peak"


def test_a_run_that_stopped_early_is_an_error_of_its_own(no_go_run: Run) -> None:
    """Green objectives of half a run must not look like a green run."""
    completed = next(case for case in cases(no_go_run) if case.get("name") == "run completed")
    error = completed.find("error")

    assert error is not None
    assert "Phases not run: settle." in (error.text or "")


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
