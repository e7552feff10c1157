"""``junit.xml``: the run as test cases, for whatever a CI system does with those.

A suite is a phase and a case is an objective; the suite ``run`` says whether the run came to its
end, whether anything leaves it in doubt, what was judged for all of it, and what each line
answered. Names hold no measured value, so that a CI system can follow a case from night to night,
and none is there twice, since GitLab drops the second. What a phase need not decide and left open
is skipped: red is for what somebody has to look at. Of a run that only explored everything is
skipped, but for whether it came to its end.
"""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

from harness.model.event import Ending
from harness.model.inventory import InterfaceKind
from harness.model.verdict import ObjectiveResult, Status, Verdict, Volume
from harness.record.run_record import RunRecord
from harness.verdict.capacity import times, volume_text
from harness.verdict.findings import objective_title, storable
from reports import words
from reports.issue_log import RunFinding, findings_of_run
from reports.sections import (
    InventoryLine,
    ending_text,
    inventory,
    ladder,
    not_run,
    phase_results,
    run_results,
)
from reports.standing import decided_there, deciding_phases, is_open

RUN_SUITE = "run"
_MOST = 20
"""So many doubts are told in the one case that they have."""


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return the run as JUnit XML; times are centre seconds."""
    root = ET.Element("testsuites", name=_clean(record.scenario.name))
    log = {each.seen.title: each for each in findings_of_run(record, verdict)}
    planned = [rung.plan.name for rung in ladder(record)]
    judged = [result.phase for result in verdict.results if result.kind is not None]
    for phase in dict.fromkeys([*planned, *judged]):
        suite = ET.SubElement(root, "testsuite", name=_clean(phase))
        suite.set("time", f"{_length_s(record, phase):.3f}")
        _objective_cases(suite, f"sla.{phase}", phase_results(verdict, phase), record, verdict, log)
    _run_suite(root, record, verdict, log)
    _tell_apart(root)
    for suite in root:
        set_counts(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _tell_apart(root: ET.Element) -> None:
    """Number cases that are called the same, in their order, so that no two are.

    Also those that only came to be once their control characters were spelled out.
    """
    taken: set[tuple[str, str]] = set()
    for case in root.iter("testcase"):
        class_name, name = case.attrib["classname"], case.attrib["name"]
        numbered, number = name, 1
        while (class_name, numbered) in taken:
            number += 1
            numbered = f"{name} #{number}"
        taken.add((class_name, numbered))
        case.set("name", numbered)


def _length_s(record: RunRecord, phase: str) -> float:
    return next((p.end_s - p.start_s for p in record.phases() if p.name == phase), 0.0)


def _objective_cases(
    suite: ET.Element,
    class_name: str,
    results: Iterable[ObjectiveResult],
    record: RunRecord,
    verdict: Verdict,
    log: Mapping[str, RunFinding],
) -> None:
    for result in results:
        name = f"{result.name} {words.contract(result)} ({result.view})"
        case = add_case(suite, class_name, name)
        if is_open(result):
            _skip(case, _open_text(record, verdict, result))
        elif verdict.explored:
            _skip(case, _sentence(result))
        else:
            _judge(case, result, _logged(result, log))


def _open_text(record: RunRecord, verdict: Verdict, result: ObjectiveResult) -> str:
    """Return where an objective is decided that is left open in a phase that need not decide it."""
    where = " and ".join(deciding_phases(record, result))
    decided = "decided" if decided_there(record, verdict, result) else "to be decided"
    return f"open, this phase need not decide it; {decided} in {where}"


def _logged(result: ObjectiveResult, log: Mapping[str, RunFinding]) -> str:
    """Return what the issue log has on *result*: its finding, since when, and why it was."""
    found = log.get(storable(objective_title(result)))
    if found is None:
        return ""
    text = f"finding {found.seen.id}, {found.standing}"
    if found.before is not None:
        text += f" since {found.before.first_run}"
        cause = found.before.cause.cause if found.has_cause else "not said yet"
        text += f", root cause: {cause}"
    return text


def _judge(case: ET.Element, result: ObjectiveResult, logged: str) -> None:
    text = "; ".join(filter(None, (_sentence(result), logged)))
    match result.status:
        case Status.FAIL:
            add_outcome(case, "failure", text, type_="sla")
        case Status.INCONCLUSIVE:
            add_outcome(case, "error", text, type_="inconclusive")
        case Status.WAIVED:
            _skip(case, text)
        case Status.WARN:
            ET.SubElement(case, "system-out").text = _clean(f"WARN: {text}")
        case Status.PASS:
            pass


def _sentence(result: ObjectiveResult) -> str:
    """Return everything about a result in one sentence, for those who see nothing else."""
    parts = [
        f"{result.name} {words.measured(result)}, goal {words.goal(result)} in {result.phase}",
        f"as {result.view} saw it, n = {result.n:,}",
        words.still_needed(result),
        words.remark(result),
        f"owner: {result.owner.name}, {result.owner.contact}",
    ]
    return "; ".join(part for part in parts if part)


def _run_suite(
    root: ET.Element, record: RunRecord, verdict: Verdict, log: Mapping[str, RunFinding]
) -> None:
    suite = ET.SubElement(root, "testsuite", name=RUN_SUITE, time="0.000")
    completed = add_case(suite, RUN_SUITE, "run completed")
    if record.ending is not Ending.COMPLETE:
        missing = ", ".join(not_run(record))
        text = ending_text(record) + (f" Phases not run: {missing}." if missing else "")
        add_outcome(completed, "error", text, type_=str(record.ending))
    doubtless = add_case(suite, RUN_SUITE, "nothing in doubt")
    if verdict.doubts:
        doubts = [f"{d.what} ({d.phase})" if d.phase else d.what for d in verdict.doubts[:_MOST]]
        if (more := len(verdict.doubts) - _MOST) > 0:
            doubts.append(f"and {more:,} more in result.json")
        _blame(doubtless, "error", "; ".join(doubts), type_="inconclusive", verdict=verdict)
    for volume in verdict.capacity.volumes if verdict.capacity is not None else ():
        _volume_case(suite, volume, verdict)
    _objective_cases(suite, "run.sla", run_results(verdict), record, verdict, log)
    for each in inventory(record):
        _line_case(suite, each, verdict)


def _volume_case(suite: ET.Element, volume: Volume, verdict: Verdict) -> None:
    """Add whether a volume that a search had to decide is carried."""
    name = "present volume" if volume.multiple == 1 else f"future volume ({times(volume.multiple)})"
    case = add_case(suite, f"{RUN_SUITE}.capacity", f"{name} is met")
    if volume.status is Status.FAIL:
        _blame(case, "failure", volume_text(volume), type_="sla", verdict=verdict)
    elif volume.status is Status.INCONCLUSIVE:
        _blame(case, "error", volume_text(volume), type_="inconclusive", verdict=verdict)


def _line_case(suite: ET.Element, each: InventoryLine, verdict: Verdict) -> None:
    is_line = each.kind is InterfaceKind.LINE
    name = (
        f"line {each.line} reaches {each.queue}" if is_line else f"{each.kind} {each.line} answers"
    )
    case = add_case(suite, f"{RUN_SUITE}.lines", name)
    if each.check is None:
        _skip(case, "not probed")
    elif not each.check.ok:
        reached = each.check.reached if each.check.reached is not None else "nothing"
        note = f": {each.check.note}" if each.check.note else ""
        text = f"reached {reached}{note}" if is_line else each.check.note
        _blame(case, "failure", text, type_=each.kind, verdict=verdict)


def _blame(case: ET.Element, tag: str, text: str, *, type_: str, verdict: Verdict) -> None:
    """Say *text* as what has to be looked at; where nothing was judged, as what was found."""
    if verdict.explored:
        _skip(case, text)
    else:
        add_outcome(case, tag, text, type_=type_)


def _skip(case: ET.Element, text: str) -> None:
    ET.SubElement(case, "skipped", message=_clean(text))


def add_case(suite: ET.Element, class_name: str, name: str) -> ET.Element:
    """Add a case to *suite* and return it; without more it counts as passed."""
    return ET.SubElement(suite, "testcase", classname=_clean(class_name), name=_clean(name))


def add_outcome(case: ET.Element, tag: str, text: str, *, type_: str) -> None:
    """Say *text* twice: GitHub's renderers read the attribute, GitLab's the body."""
    ET.SubElement(case, tag, message=_clean(text), type=type_).text = _clean(text)


def set_counts(suite: ET.Element) -> None:
    """Write into *suite* how many of its cases failed, erred or were skipped."""
    suite.set("tests", str(len(suite)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))


def _clean(text: str) -> str:
    """Return *text* as XML 1.0 may hold it, and as nobody can be misled by it."""
    return words.visible(text)
