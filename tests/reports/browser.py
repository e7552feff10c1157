"""Debian's Chromium, for tests that look at a page: anything it complains of fails the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.chromium import CHROMIUM, QUIET, needed


@contextmanager
def opened(path: Path) -> Iterator[Page]:
    """Open *path* for the block; errors, warnings and requests that leave the file are refused."""
    needed("page")
    noise: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = chromium.new_page(viewport={"width": 1600, "height": 1000})
        page.on("console", lambda message: noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noise.append(f"error: {error}"))
        page.on(
            "request",
            lambda asked: noise.extend([] if asked.url.startswith("file:") else [asked.url]),
        )
        page.goto(path.as_uri())
        yield page
        chromium.close()
    assert not noise
