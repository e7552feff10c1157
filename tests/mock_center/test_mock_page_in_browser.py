"""The mock's page in a real browser: it refreshes itself, fits a phone, and loads nothing else."""

from pathlib import Path

import pytest
from live_centre import LONG_CALLS, orders, running

from tests.chromium import CHROMIUM, QUIET, needed

pytestmark = pytest.mark.browser


@pytest.fixture
def playwright():
    needed("page")
    from playwright.async_api import async_playwright

    return async_playwright()


@pytest.mark.parametrize(
    ("width", "scheme"), [pytest.param(1280, "light", marks=pytest.mark.nightly), (420, "dark")]
)
async def test_the_page_follows_the_centre_on_any_screen_and_in_silence(
    tmp_path: Path, playwright, width: int, scheme: str
):
    """A wall screen in the operations room and a phone at night: nobody presses reload there."""
    made = orders(tmp_path, defects={"hangs_up": "5%"}, **LONG_CALLS)
    async with running(made) as centre, playwright as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        page = await context.new_page()
        noise: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(centre.edge + "/")
        up = await page.inner_text("article:nth-of-type(1) .state")
        await centre.inject("site_down", "north")
        await page.wait_for_selector('article:nth-of-type(1) .state[data-value="down"]')
        leader = await page.inner_text('[data-is="ticket_primary"]')
        fits = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        dark = await page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 128"
        )
        await browser.close()

        assert up == "up"
        assert leader in ("south", "nobody")
        assert fits
        assert dark is (scheme == "dark")
        assert noise == []
        assert {url.removeprefix(centre.edge) for url in asked} <= {"/", "/state.json"}
