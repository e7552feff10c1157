"""The interface check against a live centre whose voice menu serves every caller it can."""

from pathlib import Path

from harness.adapter.driver import Driver
from harness.adapter.reference import ReferenceAdapter
from harness.clock import RunClock, wall_now
from harness.inventory import check_lines
from harness.model.target import Endpoints
from tests.mock_center.live_centre import BILLING, CLIENT, SUPPORT, orders, running

SPEED = 10.0
MENU = {"mean": "10s", "variation": "0", "contained": "100%"}


async def test_a_line_behind_a_menu_that_serves_everybody_is_reached_by_asking_for_a_person(
    tmp_path: Path,
):
    """Else a healthy line fails by chance, as often as the menu serves its callers."""
    async with running(orders(tmp_path, agents=4, speed=SPEED, ivr=MENU)) as centre:
        endpoints = Endpoints(
            centre.edge, centre.sites, client_id=CLIENT["id"], client_secret=CLIENT["secret"]
        )
        lines = {"billing": (BILLING,), "support": (SUPPORT,)}
        async with Driver(ReferenceAdapter(endpoints), endpoints) as driver:
            checks = [
                each
                async for each in check_lines(
                    lines, driver, RunClock(wall_now(), SPEED), prefix="check/", phase="lines"
                )
            ]

    assert [(each.line, each.reached, each.ok) for each in checks] == [
        (BILLING, "billing", True),
        (SUPPORT, "support", True),
    ]
