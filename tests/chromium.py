"""Debian's Chromium, for every test that looks at a page: one for all tests of a process."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def needed(page: str) -> None:
    """Skip loudly where there is none to look at *page* with, or fail where CI has to have it."""
    if not CHROMIUM.exists():
        message = f"no {CHROMIUM}: the {page} was NOT looked at in a browser"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@dataclass(frozen=True, slots=True)
class Chromium:
    """A browser that is started, and the event loop by which it is talked to.

    Playwright leaves its loop marked as the running one of the thread between any two calls, so
    that no other can be run there. ``at_work`` keeps that mark to those who look at a page.
    """

    browser: Browser
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def at_work(self) -> Iterator[Browser]:
        """Let the browser be used within the block, and other event loops run outside of it."""
        _mark(self.loop)
        try:
            yield self.browser
        finally:
            _mark(None)


@contextmanager
def started() -> Iterator[Chromium]:
    """Start the browser for the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        chromium = Chromium(browser, asyncio.get_running_loop())
        _mark(None)
        yield chromium
        with chromium.at_work():
            browser.close()
        _mark(chromium.loop)  # for the end of playwright itself, which takes it away


def _mark(loop: asyncio.AbstractEventLoop | None) -> None:
    # Made for whoever brings an event loop of their own, as playwright does.
    asyncio._set_running_loop(loop)
