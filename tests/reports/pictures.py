"""The pictures of docs/reading_the_report.md, drawn by Chromium from made-up runs.

``make pictures`` draws them anew: whenever the report looks different, so that the page of the docs
shows what its reader sees. The runs are those of the tests, each with the verdict it would have.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import reports
from harness.model.event import Ending
from harness.model.verdict import Decision, Doubt, ObjectiveResult, Status, Verdict
from harness.record.run_record import RunRecord
from harness.verdict.sentence import sentence
from tests.chromium import CHROMIUM, QUIET
from tests.reports.browser import show
from tests.reports.made_up_run import FACTS, FAULT, LINES, PHASES, SCENARIO, SLA, TARGET, fill
from tests.reports.made_up_verdicts import go, inconclusive, no_go, nothing_measured

FOLDER = Path("docs/pictures")
WIDTH = 1040
MOST_BYTES = 150_000

_TO_THE_END = replace(SCENARIO, phases=SCENARIO.phases[:-1])
_WENT_WELL = (
    *PHASES[:3],
    replace(PHASES[3], gate_note="service_level[support] 79.2 % is within its margin"),
    replace(PHASES[4], gate=Status.PASS, gate_note="all met"),
)
_REACHED = tuple(replace(line, reached=line.queue, ok=True, note="") for line in LINES)
_STOPPED = (*PHASES[:3], replace(PHASES[3], end_s=2130.0, held_until_s=2130.0, gate=None))
_RULE = "abandonment > 30% for 5m: 38.0 % of 121 contacts in peak"


def _goes_well(record: RunRecord) -> None:
    fill(
        record,
        ending=Ending.COMPLETE,
        scenario=_TO_THE_END,
        phases=_WENT_WELL,
        lines=_REACHED,
        hurt=0.15,
    )


def _is_halted(record: RunRecord) -> None:
    fill(record, ending=Ending.HALTED, phases=_STOPPED, fault=None, lines=_REACHED)
    record.put_ending(Ending.HALTED, _RULE)


def _never_begins(record: RunRecord) -> None:
    record.put_plan(SCENARIO, SLA, TARGET, FACTS)
    record.put_ending(Ending.INTERRUPTED)


def _proves_nothing(record: RunRecord) -> None:
    fault = replace(FAULT, proven_s=None, proof="north went on answering")
    fill(
        record,
        ending=Ending.COMPLETE,
        scenario=_TO_THE_END,
        phases=_WENT_WELL,
        fault=fault,
        lines=_REACHED,
        hurt=0.15,
    )


def _halted() -> Verdict:
    early = tuple(each for each in no_go().results if each.phase == "pilot")
    doubts = (Doubt(f"the run was stopped early: {_RULE}"), Doubt("never run: site-loss, settle"))
    verdict = replace(no_go(), doubts=doubts, recoveries=(), audit=None, surprises=(), notes=())
    return _with(verdict, Decision.INCONCLUSIVE, early)


def _undecided() -> Verdict:
    doubts = (Doubt("site_down north was not shown to have taken effect", "site-loss"),)
    kept = tuple(each for each in inconclusive().results if each.phase != "site-loss")
    verdict = replace(inconclusive(), doubts=doubts, recoveries=())
    return _with(verdict, Decision.INCONCLUSIVE, kept)


def _met() -> Verdict:
    return _with(replace(go(), notes=()), Decision.GO, go().results)


def _with(verdict: Verdict, decision: Decision, results: tuple[ObjectiveResult, ...]) -> Verdict:
    """Return *verdict* as *decision* for *results*, in the words in which a run would say it."""
    said = sentence(decision, results, verdict.doubts)
    return replace(verdict, decision=decision, results=results, sentence=said)


_Drawn = Callable[[Browser, Path, Path], None]


def _top(browser: Browser, report: Path, picture: Path) -> None:
    """Draw a report's first screen."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 760})
    show(page, report)
    page.screenshot(path=picture)
    page.close()


def _part(css: str, height: int, browser: Browser, report: Path, picture: Path) -> None:
    """Draw the top *height* pixels of a report's part."""
    page = browser.new_page(viewport={"width": WIDTH, "height": height})
    show(page, report)
    page.locator(css).first.evaluate("part => part.scrollIntoView()")
    page.screenshot(path=picture)
    page.close()


PICTURES: dict[str, tuple[Callable[[RunRecord], None], Callable[[], Verdict], _Drawn]] = {
    "report_go.png": (_goes_well, _met, _top),
    "report_no_go.png": (fill, no_go, _top),
    "report_inconclusive.png": (_proves_nothing, _undecided, _top),
    "report_halted.png": (_is_halted, _halted, _top),
    "report_empty.png": (_never_begins, nothing_measured, _top),
    "report_objectives.png": (fill, no_go, partial(_part, "#objectives", 720)),
    "report_timeline.png": (fill, no_go, partial(_part, "#timeline", 740)),
    "report_fault.png": (fill, no_go, partial(_part, "#faults", 720)),
}


def draw(folder: Path) -> None:
    """Draw all pictures into *folder*."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as temporary:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for name, (filled, verdict, drawn) in PICTURES.items():
            run = Path(temporary) / name
            run.mkdir()
            with RunRecord.create(run) as record:
                filled(record)
                drawn(browser, reports.write(record, verdict(), folder=run), folder / name)
        browser.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
