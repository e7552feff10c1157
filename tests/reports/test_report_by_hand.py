"""``report.html`` in the hands of a person: tables sorted, phases folded, all of it by keyboard."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from harness.model.verdict import Status
from tests.reports.browser import open_report
from tests.reports.made_up_verdicts import RECOVERY_TIME, Run, objective

pytestmark = pytest.mark.browser

PEAK = "#objectives tbody:has(bdi:text-is('peak'))"


def with_results(run: Run, *results) -> Run:
    """Return *run* with *results* in place of its own."""
    return Run(run.record, replace(run.verdict, results=results))


def column(page: Page, head: str, *, within: str = PEAK) -> list[str]:
    """Return what stands in the column under *head*, from top to bottom."""
    cells = page.locator(f"{within} > tr:not(.group, .tail) [data-label='{head}']")
    return [text.strip() for text in cells.all_inner_texts()]


def sort_by(page: Page, head: str, *, table: str = "table.objectives") -> Locator:
    """Press the head of a column, and return it."""
    page.locator(f"{table} thead").get_by_role("button", name=head, exact=True).click()
    return page.locator(f"{table} th", has=page.get_by_role("button", name=head, exact=True))


def test_numbers_are_sorted_as_numbers(page: Page, undrawn_run: Run, tmp_path: Path) -> None:
    """As text, 1,204 calls would be fewer than 58."""
    counts = (377, 1204, 58)
    run = with_results(undrawn_run, *(objective(scope=str(n), n=n) for n in counts))
    open_report(page, run, tmp_path)
    sort_by(page, "n")
    rising = column(page, "n")
    sort_by(page, "n")

    assert rising == ["58", "377", "1,204"]
    assert column(page, "n") == ["1,204", "377", "58"]


def test_units_are_never_mixed_and_what_was_not_measured_comes_last(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """248 s are not more than 86 %, and no value at all is neither the least nor the most."""
    run = with_results(
        undrawn_run,
        objective(scope="none", value=None, low=None, high=None),
        objective(**RECOVERY_TIME | {"scope": "slow"}, value=248.0, low=None, high=None),
        objective(scope="high", value=0.9, low=None, high=None),
        objective(**RECOVERY_TIME | {"scope": "fast"}, value=0.38, low=None, high=None),
        objective(scope="low", value=0.2, low=None, high=None),
    )
    open_report(page, run, tmp_path)
    sort_by(page, "Value")
    rising = column(page, "Value")
    sort_by(page, "Value")

    assert rising == ["380 ms", "4m8s", "20 %", "90 %", "–"]
    assert column(page, "Value") == ["4m8s", "380 ms", "90 %", "20 %", "–"]


def test_margins_of_all_units_are_compared_by_the_room_they_leave(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """Two points above 80 % are closer to failing than a recovery with half of its time left."""
    run = with_results(
        undrawn_run,
        objective(**RECOVERY_TIME | {"scope": "half"}, value=150.0, low=None, high=None),
        objective(scope="close", value=0.82),
        objective(scope="missed", value=0.7),
    )
    open_report(page, run, tmp_path)
    sort_by(page, "Margin")

    assert column(page, "Margin") == ["−10.0 points", "+2.0 points", "+150.0 s"]


def test_equal_rows_keep_their_order_whichever_way_the_others_are_sorted(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """Both views of an objective stay together, the callers' first."""
    names = ("b", "a", "c")
    run = with_results(undrawn_run, *(objective(scope=name, n=7) for name in names))
    open_report(page, run, tmp_path)
    printed = column(page, "Objective")
    for _ in range(2):
        sort_by(page, "n")

        assert column(page, "Objective") == printed


def test_a_third_press_brings_back_the_order_of_the_report(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """The worst first: that is what the meeting wants to see again."""
    open_report(page, undrawn_run, tmp_path)
    printed = column(page, "Objective")
    head = sort_by(page, "Objective")
    expect(head).to_have_attribute("aria-sort", "ascending")
    rising = column(page, "Objective")
    sort_by(page, "Objective")
    expect(head).to_have_attribute("aria-sort", "descending")
    sort_by(page, "Objective")

    expect(head).not_to_have_attribute("aria-sort", "none")
    assert page.locator("[aria-sort]").count() == 0
    assert rising == sorted(printed) != printed
    assert column(page, "Objective") == printed


def test_rows_are_sorted_within_their_phase_and_take_their_notes_along(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """A note under the wrong row would accuse the wrong objective."""
    open_report(page, undrawn_run, tmp_path)

    def told() -> dict[str, dict[str, str]]:
        return page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll("#objectives tbody")].map(
              (body) => [body.querySelector("bdi").textContent, Object.fromEntries(
                [...body.rows].filter((row) => row.matches(".has-tail"))
                  .map((row) => [row.textContent, row.nextElementSibling.textContent]))]))"""
        )

    before = told()
    for head in ("Status", "Value", "Owner", "Owner"):
        sort_by(page, head)

        assert told() == before
        assert page.locator("#objectives tbody > tr:first-child.group").count() == 4


def test_the_column_that_sorts_says_so_and_no_other(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """To a screen reader the arrow is nothing; it reads the state and hears the change."""
    open_report(page, undrawn_run, tmp_path)
    sort_by(page, "Value")
    sort_by(page, "Owner")

    assert page.locator("table.objectives [aria-sort]").all_inner_texts() == ["Owner"]
    expect(page.get_by_role("status")).to_have_text("Sorted by Owner, ascending")


SORTED = {
    "objectives": "table.objectives",
    "findings": "#findings table",
    "interfaces": "#inventory table",
    "faults": "#faults table.faults",
    "a chart's numbers": "figure:has(#chart-load) table",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each, marks=[] if each == "objectives" else pytest.mark.nightly)
        for each in SORTED
    ],
)
def test_every_head_of_the_tables_that_people_sort_is_a_button_that_sorts(
    request: pytest.FixtureRequest, page: Page, tmp_path: Path, name: str
) -> None:
    """Half of the columns sortable is a table that looks broken."""
    run = "undrawn_run" if name == "objectives" else "two_faults_run"
    open_report(page, request.getfixturevalue(run), tmp_path, charts=False)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    heads = page.locator(f"{SORTED[name]} thead th").all()

    assert len(heads) >= 4
    for head in heads:
        button = head.get_by_role("button")
        button.focus()
        page.keyboard.press("Enter")
        expect(head).to_have_attribute("aria-sort", "ascending")
        assert button.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"


def test_statuses_are_sorted_by_how_bad_they_are(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """Not by the alphabet, in which FAIL comes before PASS and WARN last."""
    run = with_results(undrawn_run, *(objective(status=each) for each in Status))
    open_report(page, run, tmp_path)
    for _ in range(2):
        sort_by(page, "Status")
    words = page.locator(f"{PEAK} td .badge").all_inner_texts()

    assert [word.split()[-1] for word in words] == [
        "PASS", "WAIVED", "WARN", "INCONCLUSIVE", "FAIL",
    ]  # fmt: skip


def test_a_phase_is_folded_by_a_button_that_says_whether_it_is_open(
    page: Page, undrawn_go_run: Run, tmp_path: Path
) -> None:
    """A triangle alone tells a screen reader nothing."""
    open_report(page, undrawn_go_run, tmp_path)
    button = page.locator("#objectives").get_by_role("button", name="pilot", exact=True)
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    rows = page.locator(f"#{button.get_attribute('aria-controls')} > tr:not(.group)")
    expect(rows.first).to_be_visible()
    page.keyboard.press("Space")

    expect(rows.first).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_what_has_to_be_looked_at_leads_to_its_row_whatever_is_folded(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """A link into a group that was folded would do nothing, and nobody would know why."""
    open_report(page, undrawn_run, tmp_path)
    group = page.locator("#objectives").get_by_role("button", name="site-loss", exact=True)
    group.click()
    link = page.locator(".concerns a").first
    row = page.locator(link.get_attribute("href") or "")
    expect(row).to_be_hidden()
    link.focus()
    page.keyboard.press("Enter")

    expect(row).to_be_visible()
    expect(row).to_be_in_viewport()
    expect(group).to_have_attribute("aria-expanded", "true")
    assert "FAIL" in row.inner_text()


def test_each_stretch_of_the_timeline_is_shown_by_a_button(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """Dragging is for the mouse; the keyboard needs another way to look closer."""
    open_report(page, no_go_run, tmp_path)
    tick = page.locator("#chart-load .xtick text").first
    expect(tick).to_have_text("0")
    stretches = page.locator("#stretches")
    button = stretches.get_by_role("button", name="site-loss", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(tick).to_have_text("50")
    expect(button).to_have_attribute("aria-pressed", "true")
    stretches.get_by_role("button", name="Whole run", exact=True).press("Enter")

    expect(tick).to_have_text("0")
    expect(button).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [1280, pytest.param(400, marks=pytest.mark.nightly)])
def test_whatever_can_be_clicked_is_reached_by_the_tab_key_and_seen_to_be(
    page: Page, no_go_run: Run, tmp_path: Path, width: int
) -> None:
    """Whoever has no mouse sees where they are, and gets everywhere."""
    page.set_viewport_size({"width": width, "height": 900})
    open_report(page, no_go_run, tmp_path, charts=False)
    page.evaluate("for (const each of document.querySelectorAll('.ids')) each.open = true")
    wanted = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll("body *")].filter((each) =>
            each.checkVisibility() && !each.closest(".chart") &&
            getComputedStyle(each).cursor === "pointer");
          const outermost = all.filter((each) => !all.includes(each.parentElement));
          for (const [i, each] of outermost.entries()) each.dataset.wanted = i;
          return outermost.length;
        }"""
    )
    reached: dict[str, str] = {}
    page.evaluate("document.activeElement.blur()")
    for _ in range(2 * wanted):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
              const here = document.activeElement, style = getComputedStyle(here);
              const box = here.getBoundingClientRect();
              const seen = box.right > 0 && box.left < innerWidth && box.width > 1;
              return [here.dataset.wanted ?? "", seen ? style.outlineStyle : "out of sight"];
            }"""
        )
        reached[here[0]] = here[1]
        if len(reached.keys() - {""}) == wanted:
            break

    assert wanted > 30
    assert set(reached) - {""} == {str(i) for i in range(wanted)}
    assert set(reached.values()) == {"solid"}


def test_without_scripts_every_row_can_be_read_and_nothing_pretends_to_be_a_button(
    browser: Browser, page: Page, undrawn_go_run: Run, tmp_path: Path
) -> None:
    """A mail client's preview runs no script."""
    path = open_report(page, undrawn_go_run, tmp_path)
    quiet = browser.new_context(java_script_enabled=False)
    bare = quiet.new_page()
    bare.goto(path.as_uri())

    assert bare.locator("button").count() == 0
    assert bare.locator("#objectives tbody tr").count() > 5
    for row in bare.locator("#objectives tbody tr").all():
        expect(row).to_be_visible()
    quiet.close()
    assert page.locator("button").count() > 10
