"""``report.html`` as axe-core finds it: the rules of WCAG that a machine can check."""

from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.effort import by_night
from tests.reports.browser import open_report
from tests.reports.made_up_verdicts import Run

pytestmark = pytest.mark.browser

GRAVE = ("serious", "critical")


CHARTS = ".chart svg"  # one picture each to a screen reader, and many parts to axe


def violations(page: Page, *only: str, within: str = "html") -> list[str]:
    """Return the serious and critical violations of the page as it is now, each with its place.

    Of all rules, or of *only* some; in all of the page, or *within* a part of it.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"], **({"runOnly": only} if only else {})}
    context = {"include": [[within]], "exclude": [[CHARTS]]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [
        f"{each['id']} at {node['target']}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def unfold(page: Page) -> None:
    """Open whatever can be opened, for axe passes over what is hidden.

    Of the charts' tables, whose rows are all alike, three rows each.
    """
    page.evaluate(
        """() => {
          for (const row of document.querySelectorAll("figure tbody tr:nth-child(n + 4)"))
            row.remove();
          for (const each of document.querySelectorAll("details")) each.open = true;
          for (const each of document.querySelectorAll("button[aria-expanded=false]")) each.click();
        }"""
    )


def test_no_report_has_a_serious_violation_in_light_or_dark(
    page: Page, shown_run: Run, tmp_path: Path
) -> None:
    """Contrast, names, roles, heads: whoever decides may read with a screen reader, or at night."""
    # Charts are pictures to axe, drawn or not; drawn, their parts take it most of its time.
    open_report(page, shown_run, tmp_path, charts=by_night())
    unfold(page)

    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
def test_nor_on_a_phone(
    page: Page, two_faults_run: Run, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    """There tables are laid out as lists, and heads as a row of buttons."""
    page.set_viewport_size({"width": 400, "height": 900})
    page.emulate_media(color_scheme=scheme)
    open_report(page, two_faults_run, tmp_path, charts=by_night())
    unfold(page)

    assert violations(page) == []


def test_violations_would_be_found(page: Page, undrawn_run: Run, tmp_path: Path) -> None:
    """A check that has never failed may be no check."""
    open_report(page, undrawn_run, tmp_path)
    page.evaluate(
        """() => {
          document.querySelector(".sentence").style.color = "#ccc";
          document.querySelector("thead button").innerHTML = "";
          document.querySelector("header").append(document.createElement("div"));
          document.querySelector("header > div:last-child").role = "img"; // as charts, unnamed
          document.documentElement.removeAttribute("lang");
        }"""
    )

    assert {each.split()[0] for each in violations(page)} == {
        "color-contrast", "button-name", "role-img-alt", "html-has-lang",
    }  # fmt: skip


def test_too_little_contrast_in_the_dark_would_be_found(
    page: Page, undrawn_go_run: Run, tmp_path: Path
) -> None:
    """Dark grey is well to be read on white: the page was really looked at in the dark."""
    page.emulate_media(color_scheme="dark")
    open_report(page, undrawn_go_run, tmp_path)
    page.evaluate("document.documentElement.style.setProperty('--quiet', '#444')")

    assert violations(page, "color-contrast", within="header")
    page.emulate_media(color_scheme="light")
    assert violations(page, "color-contrast", within="header") == []
