"""``report.html`` in a real browser: drawn, silent, and alone."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.chromium import Chromium
from tests.reports.browser import open_report, written
from tests.reports.conftest import KeptRun
from tests.reports.made_up_verdicts import Run

pytestmark = pytest.mark.browser

CHARTS = ("load", "service-level", "waits", "in-queue", "in-talk", "tickets", "api")


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.nightly), 400])
def test_every_report_opens_in_silence_asks_for_nothing_and_is_no_wider_than_its_window(
    page: Page, shown_run: Run, noise: list[str], tmp_path: Path, width: int
) -> None:
    """One console error in the meeting, and nobody believes the numbers.

    On a phone in the corridor, nobody scrolls sideways to find the verdict.
    """
    page.set_viewport_size({"width": width, "height": 900})
    open_report(page, shown_run, tmp_path)

    assert noise == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_stays_silent_while_somebody_works_with_it(
    page: Page, no_go_run: Run, noise: list[str], tmp_path: Path
) -> None:
    """Sorting, folding, zooming, turning the lights off: none of it complains or asks."""
    open_report(page, no_go_run, tmp_path)
    for button in page.locator("#objectives button, #stretches button:nth-child(-n + 3)").all():
        button.click()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 400, "height": 900})
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert noise == []


@pytest.fixture(scope="module")
def one_page(
    chromium: Chromium, kept_run: KeptRun, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """Return the page of the run that failed, its charts drawn once for all who use it."""
    with chromium.at_work() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        open_report(page, kept_run("no_go"), tmp_path_factory.mktemp("drawn"))
    yield page
    with chromium.at_work():
        page.close()


@pytest.fixture
def drawn(browser: Browser, one_page: Page) -> Page:
    """Return that page as it was when its charts had been drawn, whatever was done to it since."""
    one_page.emulate_media(color_scheme="light")
    one_page.evaluate("dispatchEvent(new Event('afterprint')); scrollTo(0, 0)")
    one_page.locator("#stretches button").first.click()
    # In the second frame from now, whatever that changes has been told and drawn.
    one_page.evaluate(
        "() => new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))"
    )
    expect(first_tick(one_page)).to_have_text("0")
    return one_page


def test_all_charts_are_drawn_with_phases_and_faults_named_and_their_numbers_in_a_table(
    drawn: Page,
) -> None:
    """A dip in the service level means nothing until one sees the fault above it.

    And a picture says nothing to a screen reader, and little to whoever wants the number.
    """
    for chart in CHARTS:
        picture = drawn.locator(f"#chart-{chart}")
        named = picture.locator(".annotation-text").all_text_contents()
        assert picture.locator(".scatterlayer path.js-line").count() >= 2, chart
        assert {"pilot", "ramp", "peak", "site-loss", "site_down north"} <= set(named), chart
        figure = drawn.locator("figure", has=picture)
        name = figure.get_by_role("heading").evaluate(
            "title => title.firstChild.textContent.trim()"
        )
        expect(figure.get_by_role("img", name=f"{name} over time")).to_have_count(1)
        assert figure.locator("tbody tr").count() >= 40, chart


def test_zooming_one_chart_zooms_them_all_and_double_click_shows_all_again(drawn: Page) -> None:
    """A cause is in one chart and its effect in another, at the same minute."""
    chart = drawn.locator("#chart-waits")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    x, y = box["x"], box["y"] + 150
    drawn.mouse.move(x + 500, y)
    drawn.mouse.down()
    drawn.mouse.move(x + 700, y, steps=5)
    drawn.mouse.up()
    expect(first_tick(drawn)).not_to_have_text("0")
    for _ in range(5):  # to a slow renderer, a double click may be two clicks
        drawn.mouse.dblclick(x + 500, y)
        with suppress(AssertionError):
            expect(first_tick(drawn)).to_have_text("0", timeout=2_000)
            break

    expect(first_tick(drawn)).to_have_text("0")


def first_tick(page: Page) -> Locator:
    """Return the leftmost label under the load chart."""
    return page.locator("#chart-load .xtick text").first


def test_dark_and_paper_have_colours_of_their_own(drawn: Page) -> None:
    """Pale lines made for a dark screen vanish on paper."""
    line = drawn.locator("#chart-load path.js-line").first
    light = line.evaluate("line => getComputedStyle(line).stroke")
    drawn.emulate_media(color_scheme="dark")
    expect(line).not_to_have_css("stroke", light)
    drawn.evaluate("dispatchEvent(new Event('beforeprint'))")

    expect(line).to_have_css("stroke", light)


def test_a_zoomed_chart_is_whole_to_a_printer_and_zoomed_again_afterwards(drawn: Page) -> None:
    """Paper is evidence of the whole run, whatever somebody looked at last."""
    drawn.locator("#stretches").get_by_role("button", name="site-loss").click()
    expect(first_tick(drawn)).to_have_text("50")
    drawn.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(first_tick(drawn)).to_have_text("0")
    drawn.evaluate("dispatchEvent(new Event('afterprint'))")

    expect(first_tick(drawn)).to_have_text("50")


def test_charts_are_drawn_once_they_come_near(page: Page, no_go_run: Run, tmp_path: Path) -> None:
    """To read what draws them takes longer than all the rest, and the verdict stands above them."""
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(written(no_go_run, tmp_path).as_uri())
    expect(page.locator("table.sortable").first).to_be_attached()
    before = page.locator(".main-svg").count()
    page.locator("#timeline").scroll_into_view_if_needed()

    expect(page.locator("#chart-api .main-svg").first).to_be_attached(timeout=60_000)
    assert before == 0


@pytest.mark.nightly
def test_a_link_to_the_timeline_finds_it_drawn(page: Page, no_go_run: Run, tmp_path: Path) -> None:
    """Whoever jumps there, by the list of contents or from a message, has not scrolled."""
    page.set_viewport_size({"width": 1280, "height": 300})
    path = written(no_go_run, tmp_path)
    page.goto(f"{path.as_uri()}#timeline")

    for chart in CHARTS:
        expect(page.locator(f"#chart-{chart} .main-svg").first).to_be_attached()


def test_a_browser_that_tells_not_what_comes_near_draws_at_once(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """Late is a matter of comfort, never is not."""
    page.add_init_script("delete window.IntersectionObserver")
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(written(no_go_run, tmp_path).as_uri())

    for chart in CHARTS:
        expect(page.locator(f"#chart-{chart} .main-svg").first).to_be_attached()


def test_without_scripts_tables_stand_in_place_of_the_charts(
    browser: Browser, no_go_run: Run, tmp_path: Path
) -> None:
    """A mail's preview runs none: empty frames would look like a run without figures."""
    path = written(no_go_run, tmp_path)
    with browser.new_context(java_script_enabled=False) as quiet:
        page = quiet.new_page()
        page.goto(f"{path.as_uri()}#timeline")
        page.get_by_text("Load as a table").click()

        expect(page.locator("#timeline noscript p")).to_be_visible()
        expect(page.locator("#chart-load")).to_be_hidden()
        expect(
            page.get_by_role("region", name="Load as a table").locator("td").first
        ).to_be_visible()


@pytest.mark.nightly
def test_who_prints_without_having_seen_the_charts_has_them_on_paper(
    page: Page, no_go_run: Run, tmp_path: Path
) -> None:
    """A page of empty frames in the meeting is worse than a second of waiting."""
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(written(no_go_run, tmp_path).as_uri())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    for chart in CHARTS:
        expect(page.locator(f"#chart-{chart} .main-svg").first).to_be_attached()


def test_the_first_key_press_offers_to_skip_to_the_objectives(
    page: Page, undrawn_run: Run, tmp_path: Path
) -> None:
    """By keyboard, the way to the table is one key and Enter."""
    open_report(page, undrawn_run, tmp_path)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("#objectives$"))


@pytest.mark.parametrize("width", [1280, pytest.param(400, marks=pytest.mark.nightly)])
def test_a_folded_phase_shows_its_rows_on_demand_and_on_paper(
    page: Page, undrawn_go_run: Run, tmp_path: Path, width: int
) -> None:
    """Rows that decide nothing are out of the way, and not out of the evidence."""
    page.set_viewport_size({"width": width, "height": 900})
    open_report(page, undrawn_go_run, tmp_path)
    row = page.locator("tr.open .badge").first
    fold = page.locator(".group").get_by_role("button", name="pilot")
    expect(row).to_be_hidden()
    fold.click()
    expect(row).to_be_visible()
    fold.click()
    expect(row).to_be_hidden()
    page.emulate_media(media="print")

    expect(row).to_be_visible()
