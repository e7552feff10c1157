"""Defects that no client's request shows at once: that they do what their row in the table says."""

from dataclasses import replace

import psutil
from live_centre import orders

from mock_center.clock import CentreClock
from mock_center.conditions import Conditions
from mock_center.config import parse_centre
from mock_center.events import Feed
from mock_center.site.calls import CallFloor
from mock_center.site.floor import handling_of
from mock_center.site.metrics import SiteMetrics

MEGABYTE = 1_000_000


def test_agents_who_hang_up_do_so_within_seconds_in_the_share_asked_for(tmp_path):
    """And nothing else changes: with and without the defect the same customers call."""
    honest = handling_of(parse_centre(orders(tmp_path)))
    broken = handling_of(parse_centre(orders(tmp_path, defects={"hangs_up": "5%"})))
    pairs = [(honest(f"r{n}"), broken(f"r{n}")) for n in range(4000)]
    hung_up = [after.talk_s for before, after in pairs if after != before]

    assert 160 <= len(hung_up) <= 240, "5% of 4,000, give or take three standard errors"
    assert all(2.0 <= talk_s <= 9.0 for talk_s in hung_up)
    assert min(hung_up) < 3.0 < 8.0 < max(hung_up), "all over these seconds"
    assert all(after.wrap_up_s == before.wrap_up_s for before, after in pairs)


async def test_a_leak_is_resident_memory_and_outlives_the_call(tmp_path):
    """Memory that nobody touched does not show in any process metric: no soak could find it."""
    centre = parse_centre(orders(tmp_path))
    # So large that the allocator asks the system anew: what this process has left over is not used.
    leak = replace(centre.defects, leaks_per_call_bytes=40 * MEGABYTE)
    centre = replace(centre, defects=leak)
    floor = CallFloor(
        centre, "north", CentreClock(1.0), SiteMetrics(centre, "north"), Feed(1000), Conditions()
    )
    before = psutil.Process().memory_info().rss
    for number in range(2):
        floor.place(f"c-{number}", "billing", f"r{number}")
        floor.hang_up(f"c-{number}")
    floor.reset(Feed(1000))
    grown = psutil.Process().memory_info().rss - before
    floor.close()

    assert floor.contacts == 0
    assert grown > 75 * MEGABYTE


async def test_a_clock_that_is_set_moves_stamps_from_then_on_and_nothing_else(tmp_path):
    """The distributor goes on as before: what is wrong is only what it tells of when."""
    wrong = {"sets_clock_after": "100s", "sets_clock_by": {"north": "-30"}}
    centre = parse_centre(orders(tmp_path, defects=wrong))
    clock = CentreClock(1.0)
    by_site = {
        site: CallFloor(centre, site, clock, SiteMetrics(centre, site), Feed(10), Conditions())
        for site in ("north", "south")
    }
    moved = {
        (site, at_s): round(floor._stamp(at_s) - clock.stamp(at_s), 6)
        for site, floor in by_site.items()
        for at_s in (99.9, 100.0, 5000.0)
    }
    for floor in by_site.values():
        floor.close()

    assert moved == {
        ("north", 99.9): 0.0, ("north", 100.0): -30.0, ("north", 5000.0): -30.0,
        ("south", 99.9): 0.0, ("south", 100.0): 0.0, ("south", 5000.0): 0.0,
    }  # fmt: skip
