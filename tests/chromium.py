"""Debian's Chromium, for every test that looks at a page."""

import os
from pathlib import Path

import pytest

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
