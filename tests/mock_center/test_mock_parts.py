"""The small pure parts: routing, health, standing, the ticket desk, chance, tokens, the ring."""

import asyncio
import json
import math
import statistics
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from live_centre import orders

from mock_center.chance import HandleTime, stream
from mock_center.clock import CentreClock, wall_now
from mock_center.conditions import Conditions
from mock_center.config import parse_centre
from mock_center.edge.api.calls import CallsApi
from mock_center.edge.link import SiteLink
from mock_center.edge.routing import Health, route
from mock_center.edge.tokens import TokenExpiredError, TokenInvalidError, Tokens
from mock_center.events import Feed, GoneError
from mock_center.site.calls import CallFloor, RevokedError
from mock_center.site.membership import Membership
from mock_center.site.metrics import SiteMetrics
from mock_center.site.site import Site, lapse_s
from mock_center.tickets.desk import Desk, Step, Task, Work


def test_calls_follow_the_split_and_the_same_call_always_goes_the_same_way():
    """Runs with and without a fault share the same customers, and so the same routes."""
    sites, split = ["north", "south"], {"north": 0.7, "south": 0.3}
    first = [route(sites, split, seed="1", reference=f"r{n}")[0] for n in range(4000)]
    again = [route(sites, split, seed="1", reference=f"r{n}")[0] for n in range(4000)]

    assert first == again
    assert Counter(first)["north"] / 4000 == pytest.approx(0.7, abs=0.03)


def test_what_is_left_takes_every_call_even_without_a_share():
    """A carrier overflows to whoever is up; a share of 0 % is not a ban."""
    assert route(["south"], {"north": 1.0, "south": 0.0}, seed="1", reference="r") == ["south"]
    assert route([], {"north": 1.0}, seed="1", reference="r") == []


def test_a_site_falls_after_failures_in_a_row_and_rises_after_successes_in_a_row():
    """One lost probe is no outage, and one good one no recovery."""
    health = Health(fall=2, rise=2)
    health.force(up=True)
    seen = [health.observe(ok=ok) for ok in (False, True, False, False, True, False, True, True)]

    assert seen == [False, False, False, True, False, False, False, True]
    assert health.up


def test_a_site_lapses_when_the_edge_has_not_asked_for_too_long():
    """A frozen site cannot count; on waking it must know by itself that it was given up."""
    standing = Membership(lapse_s=1.0)
    standing.admit(0.0, 7)
    standing.probed(5.0)

    assert not standing.lapses(5.9)
    assert standing.lapses(6.1)
    assert standing.admission is None
    assert not standing.lapses(99.0), "once is enough"


@pytest.mark.parametrize("first", ["calls", "tickets"])
async def test_a_site_that_was_frozen_for_too_long_counts_nothing_of_that_time(
    first: str, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    """Its callers were served elsewhere meanwhile, or cut off: nobody was answered twice.

    The clockwork is overdue when a site wakes, and runs before any request is read.
    """
    centre = parse_centre(orders(tmp_path))
    settings = {"incarnation": 1, "folder": tmp_path, "peers": {}, "token": "t", "staff": {}}
    site = Site(centre, name="north", began_at=wall_now(), **settings)
    site.membership.admit(time.monotonic(), 1)
    for number in range(20):
        site.calls.place(f"c-{number}", "billing", f"r{number}")
    woken_s = time.monotonic() + 40
    monkeypatch.setattr(time, "monotonic", lambda: woken_s)
    for floor in (getattr(site, first), site.calls):
        floor._pacemaker._fire()
        assert site.membership.admission is None
    monkeypatch.undo()
    site.calls.close()
    site.tickets.close()
    await site._session.close()
    where = {"queue": "billing", "site": "north"}
    count = site.metrics.registry.get_sample_value

    assert lapse_s(centre) < 40
    assert count("cc_wait_seconds_count", {**where, "outcome": "answered"}) == 5
    assert count("cc_calls_ended_total", {**where, "reason": "agent"}) == 0
    assert count("cc_calls_ended_total", {**where, "reason": "site-loss"}) == 20


def test_tickets_are_worked_by_priority_then_age():
    """An urgent ticket overtakes; of two alike the older is first."""
    desk = Desk(1, lambda _: Work(reply_s=10.0, solve_s=2.0))
    desk.add(0.0, Task("busy", "busy", "P4", 0.0))
    for name, priority, created in (("low", "P3", 1.0), ("late", "P1", 3.0), ("urgent", "P1", 2.0)):
        desk.add(1.0, Task(name, name, priority, created))
    desk.add(1.0, Task("late", "late", "P1", 3.0))
    done = desk.advance(1000.0)

    solved = [(step.task.ticket, step.at_s) for step in done if step.step is Step.SOLVED]
    assert solved == [("busy", 12.0), ("urgent", 24.0), ("late", 36.0), ("low", 48.0)]
    assert desk.unfinished == 0
    assert desk.next_due() is None


def test_a_ticket_that_was_replied_elsewhere_is_only_solved():
    """After a failover no customer is answered twice."""
    desk = Desk(1, lambda _: Work(reply_s=10.0, solve_s=2.0))
    desk.add(0.0, Task("t", "t", "P1", 0.0, replied=True))

    assert [step.step for step in desk.advance(100.0)] == [Step.SOLVED]


def test_handle_times_have_the_mean_and_variation_that_were_asked_for():
    """The lognormal is given by its own mean, not by that of its logarithm."""
    rng = stream("1", "handle")
    draws = [HandleTime(150.0, 1.0).draw(rng) for _ in range(100_000)]

    assert statistics.fmean(draws) == pytest.approx(150, rel=0.02)
    assert statistics.pstdev(draws) / statistics.fmean(draws) == pytest.approx(1.0, rel=0.05)
    assert HandleTime(30.0, 0.0).draw(rng) == 30.0
    assert math.isclose(stream("1", "a").random(), stream("1", "a").random())


def test_a_token_is_good_until_it_expires_and_no_other_is():
    """Expiry has its own answer, for the client has to ask for a new one and go on."""
    tokens = Tokens("id", "secret")
    good, late = tokens.issue(), tokens.issue(expires_in_s=-1)

    tokens.check(good)
    with pytest.raises(TokenExpiredError):
        tokens.check(late)
    for bad in ("", "x", good[:-1], "9" + good, Tokens("id", "secret").issue()):
        with pytest.raises(TokenInvalidError):
            tokens.check(bad)


async def test_a_site_can_be_cut_off_while_a_request_to_it_times_out():
    """Both happen at the same moment when a site hangs; the edge must survive it."""
    link = SiteLink("north", "http://127.0.0.1:9", "token")

    with pytest.raises(TimeoutError):
        async with link._deadline(60) as wait:
            wait.reschedule(asyncio.get_running_loop().time())
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:  # the time is up, and the block about to be left
                await link.cut()
                raise
    await link.close()

    assert not link.up


async def test_a_callback_whose_hang_up_came_first_is_not_made(tmp_path):
    """The edge gave it to another site when this one was slow: two would call the customer."""
    centre = parse_centre(orders(tmp_path, callbacks={}))
    clock, metrics = CentreClock(1.0), SiteMetrics(centre, "north")
    floor = CallFloor(centre, "north", clock, metrics, Feed(10), Conditions())
    floor.hang_up("b-1")
    with pytest.raises(RevokedError):
        floor.call_back("b-1", "billing", "r1", call=None, promised_at=None)
    floor.close()

    assert floor.contacts == 0


async def test_while_everybody_is_away_no_wait_is_foretold_and_a_callback_is_offered(tmp_path):
    """Those who are logged in and away answer nobody: "0 s" would be the worst of all answers."""
    centre = parse_centre(orders(tmp_path, callbacks={}, agents=0))
    clock, metrics = CentreClock(1.0), SiteMetrics(centre, "north")
    floor = CallFloor(centre, "north", clock, metrics, Feed(10), Conditions())
    agent = floor.log_in("billing", "k")
    floor.place("c-1", "billing", "r1")
    floor.agent_does(agent, "decline", {"call": "c-1"})

    class North:
        async def ask(self, *_: object, **__: object) -> object:
            return floor.queues()

    fleet = SimpleNamespace(up=["north"], links={"north": North()})
    api = CallsApi(SimpleNamespace(fleet=fleet, centre=centre))
    shown = json.loads((await api._list_queues(None)).text)["queues"][0]
    floor.close()

    assert (shown["queue"], shown["agents"], shown["waiting"]) == ("billing", 1, 1)
    assert (shown["expected_wait_s"], shown["callback_offered"]) == (None, True)


async def test_a_ring_gives_what_it_holds_and_says_when_it_no_longer_does():
    """A stream with a silent hole would turn lost events into lost calls."""
    feed = Feed(3)
    for n in range(5):
        feed.publish({"type": "x", "n": n})

    assert [line[:8] for line in feed.after(2)] == [b'{"seq":3', b'{"seq":4', b'{"seq":5']
    assert feed.after(5) == []
    for gone in (1, 6):
        with pytest.raises(GoneError):
            feed.after(gone)
