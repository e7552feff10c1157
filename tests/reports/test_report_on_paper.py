"""``report.html`` printed by Chromium on A4, and read back from the PDF."""

import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PageObject, PdfReader

from harness.kpi.catalogue import CATALOGUE
from harness.model.scenario import Owner
from tests.reports.browser import open_report
from tests.reports.made_up_verdicts import Run, objective

pytestmark = pytest.mark.browser

BETWEEN_MARGINS = 688
"""CSS pixels: what A4 leaves between the margins that the page asks for."""


def printed(page: Page, run: Run, folder: Path) -> list[PageObject]:
    """Return the sheets of a run's report, printed as a person would print it."""
    open_report(page, run, folder, charts=False)
    path = folder / "report.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    return PdfReader(path).pages


@pytest.fixture(scope="module")
def printed_before() -> dict[tuple[str, ...], list[PageObject]]:
    """Return the sheets of what was printed already: each run of the tests once."""
    return {}


@pytest.fixture
def sheets(
    page: Page,
    shown_run: Run,
    tmp_path: Path,
    printed_before: dict[tuple[str, ...], list[PageObject]],
) -> list[PageObject]:
    """Return the sheets of each run's report in turn."""
    key = (shown_run.record.facts.run, shown_run.verdict.decision, shown_run.verdict.sentence)
    if key not in printed_before:
        printed_before[key] = printed(page, shown_run, tmp_path)
    return printed_before[key]


def squeezed(text: str) -> str:
    """Return *text* without blanks and ligatures: where a line was broken, a PDF does not say."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def text_of(sheets: list[PageObject]) -> str:
    """Return all that stands on *sheets*, without blanks."""
    return squeezed("".join(sheet.extract_text() for sheet in sheets))


def font_sizes(sheet: PageObject) -> set[float]:
    """Return the sizes of the letters on *sheet*, in points as they are on paper."""
    sizes: set[float] = set()

    def visit(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip():
            sizes.add(round(abs(size * tm[3] * cm[3]), 1))

    sheet.extract_text(visitor_text=visit)
    return sizes


def test_the_pack_on_paper_has_the_verdict_every_objective_and_room_to_sign(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """What was folded on screen is open on paper: nobody can click there."""
    text = text_of(printed(page, no_go_run, tmp_path))
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


def test_every_sheet_is_numbered_and_names_its_run(
    sheets: list[PageObject], shown_run: Run
) -> None:
    """A loose sheet must not end up in the pack of another run."""
    hostile = not shown_run.record.facts.run.startswith("2026")

    for number, sheet in enumerate(sheets, 1):
        text = sheet.extract_text()
        assert f"Page {number} of {len(sheets)}" in text
        assert hostile or squeezed(shown_run.record.facts.run) in squeezed(text)


def test_it_is_a_pack_of_a_few_sheets_of_a4(sheets: list[PageObject]) -> None:
    """Neither a roll of one page, nor every second's numbers on eighty."""
    assert 2 <= len(sheets) <= 12
    for sheet in sheets:
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == (595, 842)
        assert len(squeezed(sheet.extract_text())) > 150  # none is empty


def test_letters_are_large_enough_to_be_read(sheets: list[PageObject]) -> None:
    """A browser makes everything smaller if one table is too wide: letters for ants."""
    for sheet in sheets:
        assert min(font_sizes(sheet)) >= 5.5


def test_nothing_is_too_wide_for_paper(page: Page, shown_run: Run, tmp_path: Path) -> None:
    """What sticks out is what makes the browser shrink all the rest."""
    open_report(page, shown_run, tmp_path)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": BETWEEN_MARGINS, "height": 900})

    assert page.evaluate("document.documentElement.scrollWidth") <= BETWEEN_MARGINS


def test_heads_of_tables_are_repeated_on_the_next_sheet(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """A column of numbers without its head is a riddle."""
    many = tuple(objective(scope=f"queue {i}") for i in range(60))
    run = Run(no_go_run.record, replace(no_go_run.verdict, results=many))
    sheets = printed(page, run, tmp_path)
    with_rows = [text for sheet in sheets if "[queue " in (text := sheet.extract_text())]

    # The findings do not name them: they passed.
    assert len(with_rows) >= 3
    for text in with_rows:
        assert re.search(r"Status\s+Objective\s+View\s+Value", text)


def test_charts_that_nobody_scrolled_to_are_on_paper(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """They are drawn once they come near; a printer asks for all of them at once."""
    page.set_viewport_size({"width": 1280, "height": 300})
    text = text_of(printed(page, no_go_run, tmp_path))
    picture = json.loads(page.locator("#picture").inner_text())

    for chart in picture["charts"]:
        for trace in chart["traces"]:
            assert squeezed(trace["name"]) in text, chart["id"]


def test_no_chart_is_torn_in_two(page: Page, no_go_run: Run, tmp_path: Path) -> None:
    """Half a chart at the foot of a page and half on the next is no chart."""
    texts = [squeezed(each.extract_text()) for each in printed(page, no_go_run, tmp_path)]
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


def test_no_row_is_torn_in_two(page: Page, no_go_run: Run, tmp_path: Path) -> None:
    """A value on one sheet and who answers for it on the next."""
    many = tuple(
        objective(
            scope=f"queue {i}",
            owner=Owner(
                f"People of {i} " + "and others " * 9 + f"to number {i}", "x@client.example"
            ),
            note=f"a remark on queue {i}",
        )
        for i in range(60)
    )
    run = Run(no_go_run.record, replace(no_go_run.verdict, results=many))
    texts = [squeezed(each.extract_text()) for each in printed(page, run, tmp_path)]
    placed = [
        {
            number
            for number, text in enumerate(texts)
            if any(
                part in text
                for part in (f"[queue{i}]", f"Peopleof{i}", f"tonumber{i}", f"remarkonqueue{i}")
            )
        }
        for i in range(10, 60)
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
    text = "".join(sheet.extract_text() for sheet in PdfReader(path).pages)

    assert text.count("60 min") == 7
    assert re.search(r"\b0\s+10\s+20\s+30", text)
    page.wait_for_function("document.querySelector('#chart-load .xtick text').textContent === '50'")
    assert first.text_content() == "50"


def test_what_was_folded_is_folded_again_after_printing(
    page: Page, go_run: Run, tmp_path: Path
) -> None:
    """Printing is no reason to lose one's place on screen."""
    open_report(page, go_run, tmp_path, charts=False)
    page.locator("figure details").first.evaluate("each => each.open = true")
    before = page.locator("details[open]").count()
    page.pdf(path=tmp_path / "report.pdf")

    assert page.locator("details[open]").count() == before == 1


def test_long_lists_of_contacts_are_cut_on_paper_and_counted(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """Five hundred ids are four sheets that nobody reads; result.json has them all."""
    ids = tuple(f"x{i:06d}" for i in range(700))
    run = Run(
        no_go_run.record, replace(no_go_run.verdict, results=(objective(ids=ids),), recoveries=())
    )
    text = text_of(printed(page, run, tmp_path))

    assert text.count("x000") == 60
    assert "and640moreinresult.json" in text
    assert "200moreinresult.json" not in text
