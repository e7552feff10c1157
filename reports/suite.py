"""The reports of a folder of scenarios: one table, one summary, one JUnit file, one result.

They stand in a folder of their own; each scenario's own reports stay where its run is, beside it.
``result.json``, version 1:

    version      1
    suite        name, decision, text, exit_code, tally
    scenarios    scenario, proves, verdict, exit_code, why, run, wall_s: in the order of the files
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from harness.errors import ExitCode
from harness.model.suite import Part, Suite
from harness.verdict.words import DECISION_GLYPHS
from reports import REPORT, replace_file
from reports.junit import add_case, add_outcome, set_counts
from reports.markdown import cell
from reports.words import cut, duration, visible

VERSION = 1
SUMMARY = "summary.md"
_WIDTH = 80
_RUN = "scenario"


def write(suite: Suite, folder: Path) -> Path:
    """Write the reports of *suite* into *folder*, beside the runs; return that of people."""
    replace_file(folder / "result.json", json.dumps(_result(suite), indent=1) + "\n")
    replace_file(folder / "junit.xml", _junit(suite, folder.parent))
    replace_file(folder / SUMMARY, "\n".join(_summary(suite)) + "\n")
    return folder / SUMMARY


def table(suite: Suite) -> Iterator[str]:
    """Yield a row for each scenario: its verdict, its name, how long it took, and why.

    No row is wider than a terminal. What the verdict is about stands below the table, once.
    """
    said = [part.word.partition(" (")[0] for part in suite.parts]
    words = max(map(len, said))
    names = max(len(part.scenario) for part in suite.parts)
    for word, part in zip(said, suite.parts, strict=True):
        line = f"{word:<{words}}  {part.scenario:<{names}}  {_took(part):>6}  {part.why}"
        yield cut(line, _WIDTH)


def _took(part: Part) -> str:
    return duration(round(part.wall_s)) if part.run else ""


def _result(suite: Suite) -> dict[str, Any]:
    return {
        "version": VERSION,
        "suite": {
            "name": suite.name,
            "decision": suite.decision.value,
            "text": suite.text,
            "exit_code": int(suite.code),
            "tally": suite.tally,
        },
        "scenarios": [
            {
                "scenario": part.scenario,
                "proves": part.proves,
                "verdict": part.text or None,
                "exit_code": None if part.code is None else int(part.code),
                "why": part.why,
                "run": part.run or None,
                "wall_s": round(part.wall_s, 1),
            }
            for part in suite.parts
        ],
    }


def _summary(suite: Suite) -> Iterator[str]:
    yield f"## {DECISION_GLYPHS[suite.decision]} {cell(suite.text)}: {cell(suite.name)}"
    yield ""
    yield f"{cell(suite.tally)}."
    yield ""
    yield "| Verdict | Scenario | Wall time | Why |"
    yield "|---|---|---:|---|"
    for part in suite.parts:
        name = cell(part.scenario)
        link = f"[{name}](../{part.run}/{REPORT})" if part.text else name
        yield f"| {cell(part.word)} | {link} | {_took(part)} | {cell(part.why)} |"
    yield ""
    yield "What a GO of each proves:"
    yield ""
    for part in suite.parts:
        yield f"- {cell(part.scenario)}: {cell(part.proves)}"


def _junit(suite: Suite, runs: Path) -> str:
    """Return a suite with a case for each scenario, and after it the suites of each run."""
    root = ET.Element("testsuites", name=visible(suite.name))
    first = ET.SubElement(root, "testsuite", name=visible(suite.name))
    for part in suite.parts:
        _verdict_case(first, part)
    set_counts(first)
    for part in suite.parts:
        root.extend(_suites_of(part, runs / part.run / "junit.xml"))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _verdict_case(suite: ET.Element, part: Part) -> None:
    verdict = add_case(suite, _RUN, part.scenario)
    verdict.set("time", f"{part.wall_s:.3f}")
    if part.code is None:
        ET.SubElement(verdict, "skipped", message=visible(part.why))
    elif part.code is ExitCode.NO_GO:
        add_outcome(verdict, "failure", f"{part.word}: {part.why}", type_="verdict")
    elif part.code is not ExitCode.GO:
        add_outcome(verdict, "error", f"{part.word}: {part.why}", type_="verdict")


def _suites_of(part: Part, path: Path) -> Iterator[ET.Element]:
    """Yield what the run of *part* told as JUnit, by the scenario's name; or nothing."""
    if not part.text or not path.is_file():
        return
    for suite in ET.parse(path).getroot().findall("testsuite"):  # noqa: S314  our own file
        suite.set("name", f"{part.scenario}.{suite.get('name')}")
        for each in suite.findall("testcase"):
            each.set("classname", f"{part.scenario}.{each.get('classname')}")
        yield suite
