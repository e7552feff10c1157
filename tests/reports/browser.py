"""Debian's Chromium, for tests that look at a page: anything it complains of fails the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from playwright.sync_api import Page

import reports
from reports import html
from tests.chromium import needed, started
from tests.reports.made_up_verdicts import Run


@contextmanager
def opened(path: Path) -> Iterator[Page]:
    """Open *path* for the block; errors, warnings and requests that leave the file are refused."""
    needed("page")
    noise: list[str] = []
    with started() as chromium, chromium.at_work() as browser:
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.on("console", lambda message: noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noise.append(f"error: {error}"))
        page.on(
            "request",
            lambda asked: noise.extend([] if asked.url.startswith("file:") else [asked.url]),
        )
        page.goto(path.as_uri())
        yield page
    assert not noise


def open_report(page: Page, run: Run, folder: Path, *, charts: bool = True) -> Path:
    """Write and open a run's report, as ``show`` does, and return its path."""
    path = written(run, folder)
    show(page, path, charts=charts)
    return path


def written(run: Run, folder: Path) -> Path:
    """Write a run's report into *folder*, and return its path."""
    path = folder / reports.REPORT
    reports.replace_file(path, _rendered(run))
    return path


@lru_cache(maxsize=4)  # each is 5 MB, and most tests are about the same two
def _rendered(run: Run) -> str:
    return html.render(run.record, run.verdict)


def show(page: Page, path: Path, *, charts: bool = True) -> None:
    """Open the report at *path*, go to its charts, if it has any, and back once they are drawn.

    Without *charts* it stays at its head, which takes a tenth of the time.
    """
    page.goto(path.as_uri())
    if charts and page.query_selector("#picture"):
        page.evaluate("document.getElementById('timeline').scrollIntoView()")
        page.wait_for_selector("html[data-charts=drawn]", state="attached")
        page.evaluate("scrollTo(0, 0)")


def leaving(url: str) -> list[str]:
    """Return *url* if it is anywhere but in the file itself."""
    return [] if url.startswith(("file:", "data:")) else [f"request: {url}"]
