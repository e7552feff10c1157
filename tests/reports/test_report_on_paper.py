"""``report.html`` printed by Chromium on A4, and read back from the PDF."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PageObject, PdfReader

from harness.kpi.catalogue import CATALOGUE
from harness.model.scenario import Owner
from tests.once import made_once, shared_folder
from tests.reports.browser import open_report
from tests.reports.made_up_verdicts import Run, objective

pytestmark = pytest.mark.browser

BETWEEN_MARGINS = 688
"""CSS pixels: what A4 leaves between the margins that the page asks for."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of paper: what stands on it, its points by points, and its smallest letters'."""

    text: str
    width: int
    height: int
    smallest: float

    @property
    def squeezed(self) -> str:
        """What stands on it, without blanks."""
        return squeezed(self.text)


@dataclass(frozen=True, slots=True)
class Printed:
    """What came of a report that was printed from a window in which no chart had been seen.

    ``charts`` are the names of each one's lines, ``unfolded`` how much was open before and after,
    ``wide`` how many CSS pixels it takes where there are ``BETWEEN_MARGINS``, ``noise`` what it
    complained of or asked for.
    """

    sheets: tuple[Sheet, ...]
    charts: dict[str, list[str]]
    unfolded: tuple[int, int]
    wide: int
    noise: list[str]

    @property
    def text(self) -> str:
        """All that stands on paper, without blanks."""
        return "".join(sheet.squeezed for sheet in self.sheets)


Printer = Callable[[str, Run], Printed]


@pytest.fixture
def printer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Printer:
    """Return what prints a run's report, by a name: each once for all tests of a session."""

    def of(name: str, run: Run) -> Printed:
        def make(path: Path) -> None:
            page, noise = map(request.getfixturevalue, ("page", "noise"))
            told = asdict(printed(page, run, tmp_path, noise))
            path.write_text(json.dumps(told), encoding="utf-8")

        kept = made_once(shared_folder(tmp_path_factory) / f"printed-{name}.json", make)
        told = json.loads(kept.read_text(encoding="utf-8"))
        sheets = tuple(Sheet(**each) for each in told.pop("sheets"))
        return Printed(sheets, unfolded=tuple(told.pop("unfolded")), **told)

    return of


def printed(page: Page, run: Run, folder: Path, noise: list[str]) -> Printed:
    """Print a run's report as a person would print it who has unfolded one table."""
    page.set_viewport_size({"width": 1280, "height": 300})
    open_report(page, run, folder, charts=False)
    page.evaluate("document.querySelector('figure details')?.setAttribute('open', '')")
    before = page.locator("details[open]").count()
    path = folder / "report.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    after = page.locator("details[open]").count()
    picture = page.evaluate("JSON.parse(document.getElementById('picture')?.textContent ?? '{}')")
    charts = {
        chart["id"]: [trace["name"] for trace in chart["traces"]]
        for chart in picture.get("charts", ())
    }
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": BETWEEN_MARGINS, "height": 900})
    wide = page.evaluate("document.documentElement.scrollWidth")
    return Printed(read(path), charts, (before, after), wide, noise)


def read(path: Path) -> tuple[Sheet, ...]:
    """Return the sheets of the PDF at *path*."""
    return tuple(map(_read, PdfReader(path).pages))


def _read(sheet: PageObject) -> Sheet:
    sizes: set[float] = set()

    def visit(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip():
            sizes.add(round(abs(size * tm[3] * cm[3]), 1))

    text = sheet.extract_text(visitor_text=visit)
    paper = sheet.mediabox
    return Sheet(text, round(paper.width), round(paper.height), min(sizes))


def squeezed(text: str) -> str:
    """Return *text* without blanks and ligatures: where a line was broken, a PDF does not say."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@pytest.fixture
def pack(printer: Printer, no_go_run: Run) -> Printed:
    """Return the run that failed on paper."""
    return printer("no_go", no_go_run)


@pytest.fixture
def shown_pack(request: pytest.FixtureRequest, printer: Printer, shown_run: Run) -> Printed:
    """Return each run in turn on paper."""
    return printer(request.node.callspec.params["shown_run"], shown_run)


@pytest.fixture
def long_pack(printer: Printer, no_go_run: Run) -> Printed:
    """Return a run on paper that has forty objectives, and seven hundred contacts behind one."""
    ids = tuple(f"x{i:06d}" for i in range(700))
    many = tuple(
        objective(
            scope=f"queue {i}",
            owner=Owner(
                f"People of {i} " + "and others " * 9 + f"to number {i}", "x@client.example"
            ),
            note=f"a remark on queue {i}",
            ids=ids if i == 0 else (),
        )
        for i in range(40)
    )
    verdict = replace(no_go_run.verdict, results=many, recoveries=())
    return printer("long", Run(no_go_run.record, verdict))


def test_the_pack_on_paper_has_the_verdict_every_objective_and_room_to_sign(
    pack: Printed, no_go_run: Run
) -> None:
    """What was folded on screen is open on paper: nobody can click there."""
    text = pack.text
    results = no_go_run.verdict.results
    roles = {no_go_run.record.scenario.owner.name, *(each.owner.name for each in results)}

    assert squeezed(no_go_run.verdict.sentence) in text
    for result in results:
        assert result.name in text
    # As many rows as results, each with its status; one that is not decided at low load is OPEN.
    assert text.count("OPENabandonment[billing]") == 2
    assert text.count("PASSservice_level[billing]") == 3
    for kpi in {result.kpi for result in results} & CATALOGUE.keys():
        assert squeezed(CATALOGUE[kpi].definition) in text
    assert "c000740c000741" in text  # the contacts behind the failed objective
    assert "Signatures" in text
    for role in roles:
        assert squeezed(role) in text[text.rindex("Signatures") :] or role == "Operations"


def test_every_sheet_is_numbered_and_names_its_run(shown_pack: Printed, shown_run: Run) -> None:
    """A loose sheet must not end up in the pack of another run."""
    hostile = not shown_run.record.facts.run.startswith("2026")

    for number, sheet in enumerate(shown_pack.sheets, 1):
        assert f"Page {number} of {len(shown_pack.sheets)}" in sheet.text
        assert hostile or squeezed(shown_run.record.facts.run) in sheet.squeezed


def test_it_is_a_pack_of_a_few_sheets_of_a4(shown_pack: Printed) -> None:
    """Neither a roll of one page, nor every second's numbers on eighty."""
    assert 2 <= len(shown_pack.sheets) <= 12
    for sheet in shown_pack.sheets:
        assert (sheet.width, sheet.height) == (595, 842)
        assert len(sheet.squeezed) > 150  # none is empty


def test_letters_are_large_enough_to_be_read(shown_pack: Printed) -> None:
    """A browser makes everything smaller if one table is too wide: letters for ants."""
    for sheet in shown_pack.sheets:
        assert sheet.smallest >= 5.5


def test_nothing_is_too_wide_for_paper(shown_pack: Printed) -> None:
    """What sticks out is what makes the browser shrink all the rest."""
    assert shown_pack.wide <= BETWEEN_MARGINS


def test_printing_asks_for_nothing_and_complains_of_nothing(shown_pack: Printed) -> None:
    """One console error in the meeting, and nobody believes the numbers."""
    assert shown_pack.noise == []


def test_heads_of_tables_are_repeated_on_the_next_sheet(long_pack: Printed) -> None:
    """A column of numbers without its head is a riddle."""
    with_rows = [sheet.text for sheet in long_pack.sheets if "[queue" in sheet.squeezed]

    # The findings do not name them: they passed.
    assert len(with_rows) >= 3
    for text in with_rows:
        assert re.search(r"Status\s+Objective\s+View\s+Value", text)


def test_charts_that_nobody_scrolled_to_are_on_paper(pack: Printed) -> None:
    """They are drawn once they come near; a printer asks for all of them at once."""
    text = pack.text

    assert len(pack.charts) == 7
    for chart, lines in pack.charts.items():
        for line in lines:
            assert squeezed(line) in text, chart


def test_no_chart_is_torn_in_two(pack: Printed) -> None:
    """Half a chart at the foot of a page and half on the next is no chart."""
    texts = [sheet.squeezed for sheet in pack.sheets]
    notes = {
        "Contactsstartedperminute": "ticketsplanned",
        "Shareofthecallsthatleft": "goal80%/60%",
        "Howlongthecallerswhowereanswered": "95thpercentile",
        "itsownmetrics(cc_calls_in_queue)": "south",
        "Ticketsacknowledged,andtickets": "firstrepliedto",
        "95thpercentileofallrequests": "tickets",
    }

    for note, legend in notes.items():
        (sheet,) = [text for text in texts if note in text]
        # Caption, legend, and the last label of its axis below it stand on one sheet.
        after = sheet[sheet.index(note) :]
        assert legend in after
        assert "60min" in after


def test_no_row_is_torn_in_two(long_pack: Printed) -> None:
    """A value on one sheet and who answers for it on the next."""
    texts = [sheet.squeezed for sheet in long_pack.sheets]
    placed = [
        {
            number
            for number, text in enumerate(texts)
            if any(
                part in text
                for part in (f"[queue{i}]", f"Peopleof{i}", f"tonumber{i}", f"remarkonqueue{i}")
            )
        }
        for i in range(10, 40)
    ]

    assert len(set().union(*placed)) >= 4
    for sheets in placed:
        assert len(sheets) == 1


def test_a_zoomed_chart_is_whole_on_paper_and_zoomed_again_afterwards(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """Paper is evidence of the whole run, whatever somebody looked at last."""
    open_report(page, no_go_run, tmp_path)
    first = page.locator("#chart-load .xtick text").first
    page.locator("#stretches").get_by_role("button", name="site-loss").click()
    page.wait_for_function("document.querySelector('#chart-load .xtick text').textContent === '50'")
    path = tmp_path / "report.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    text = "".join(sheet.text for sheet in read(path))

    assert text.count("60 min") == 7
    assert re.search(r"\b0\s+10\s+20\s+30", text)
    page.wait_for_function("document.querySelector('#chart-load .xtick text').textContent === '50'")
    assert first.text_content() == "50"


def test_what_was_folded_is_folded_again_after_printing(pack: Printed) -> None:
    """Printing is no reason to lose one's place on screen."""
    assert pack.unfolded == (1, 1)


def test_long_lists_of_contacts_are_cut_on_paper_and_counted(long_pack: Printed) -> None:
    """Five hundred ids are four sheets that nobody reads; result.json has them all."""
    text = long_pack.text

    assert text.count("x000") == 60
    assert "and640moreinresult.json" in text
    assert "200moreinresult.json" not in text
