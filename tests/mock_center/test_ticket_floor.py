"""The live ticket floor: who works, and what the disk may do to it."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from dataclasses import replace

from live_centre import orders

from mock_center.clock import CentreClock, wall_now
from mock_center.config import parse_centre
from mock_center.site.metrics import SiteMetrics
from mock_center.site.tickets import TicketFloor
from mock_center.tickets.node import TicketNode
from mock_center.tickets.store import TicketStore
from mock_center.tickets.writes import Create, Progress

CREATE = Create("k1", "f", "r1", "w1", "c", "P2", "s", "b", 1.0)
QUICK = {"ticket_work": {"mean": "1s", "variation": "0"}}


class Flaky(TicketStore):
    """A store whose disk refuses the first of the agents' steps."""

    refused = 0

    def commit(self, epoch, writes):
        if not self.refused and any(isinstance(write, Progress) for write in writes):
            self.refused += 1
            raise sqlite3.OperationalError("disk I/O error")
        return super().commit(epoch, writes)


class Told:
    """The events of a floor."""

    def __init__(self) -> None:
        self.kinds: list[object] = []
        self._news = asyncio.Event()

    def __call__(self, event: dict[str, object]) -> None:
        self.kinds.append(event["type"])
        self._news.set()

    async def until(self, kind: str) -> None:
        async with asyncio.timeout(5):
            while kind not in self.kinds:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def leading(folder, store=TicketStore, hours=None, **mock):
    """Hold a floor of a centre with one site, which leads."""
    centre = parse_centre(orders(folder, speed=50.0, **QUICK, **mock) | (hours or {}))
    node = TicketNode(
        "north", store(folder / "n.sqlite", "north"), {}, lag_s=None, changed=lambda: None
    )
    told = Told()
    metrics = SiteMetrics(centre, "north")
    floor = TicketFloor(centre, "north", CentreClock(50.0), metrics, node, told)
    async with asyncio.TaskGroup() as group:
        runs = [group.create_task(each.run()) for each in (node, floor)]
        await node.lead(1)
        await floor.open()
        yield floor, told
        for run in runs:
            run.cancel()


async def test_simulated_agents_stand_back_while_others_are_logged_in(tmp_path):
    """A ticket must not be answered under the hands of the people who rehearse."""
    async with leading(tmp_path) as (floor, told):
        floor.outside(present=True)
        await floor.create(CREATE, 1)
        waiting = (floor._desk.busy, floor._desk.unfinished)
        floor.outside(present=False)
        await told.until("ticket.solved")

        assert waiting == (0, 1)
        assert told.kinds == ["ticket.replied", "ticket.solved"]


async def test_who_logs_in_on_a_backlog_is_offered_the_first_of_it(tmp_path):
    """Nothing else may happen for hours that would make the desk look."""
    async with leading(tmp_path) as (floor, told):
        floor.staff(-100)
        await floor.create(CREATE, 1)
        agent = floor.log_in("k")

        assert floor.agent_is(agent)["state"] == "reserved"
        assert told.kinds == ["agent.changed"]
        assert floor._pacemaker._timer is not None, "the offer runs out"


async def test_more_agents_and_fewer(tmp_path):
    """Scaling up while it runs: counted from the plan, and never below nobody."""
    async with leading(tmp_path) as (floor, _):
        planned = floor._desk.agents
        floor.staff(2)
        more = floor._desk.agents
        floor.staff(-100)

        assert (planned, more, floor._desk.agents) == (3, 5, 0)


async def test_a_step_that_the_disk_refused_is_done_again(tmp_path):
    """A ticket that falls off the desk for an I/O error would wait for ever."""
    async with leading(tmp_path, Flaky) as (floor, told):
        await floor.create(CREATE, 1)
        await told.until("ticket.solved")

        assert floor._node.store.refused == 1
        assert told.kinds == ["ticket.replied", "ticket.solved"]


async def test_a_priority_with_business_hours_is_judged_by_them(tmp_path):
    """At nine on a Monday a desk that opens at eight in the evening has kept nobody waiting."""
    hours = {"opening_hours": {"billing": "Mon-Fri 20:00-21:00"}}
    clocks = {"clocks": {"P2": {"first_reply": "1h", "business": "yes"}}}
    async with leading(tmp_path, hours=hours, tickets=clocks) as (floor, told):
        made = await floor.create(replace(CREATE, created_at=wall_now()), 1)
        await told.until("ticket.solved")
        ticket = floor._node.store.get(made.ticket.id)
        urgent = floor.reading(replace(ticket, priority="P1"), [])
        read = floor.reading(ticket, [])

        assert read["calendar"]["first_reply_s"] >= 0.99
        assert read["business"]["first_reply_s"] == 0.0
        assert urgent["business"] is None
