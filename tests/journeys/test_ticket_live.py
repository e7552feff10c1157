"""The story of a ticket against a live mock centre, carried by asyncio instead of gevent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from harness.adapter.driver import Driver
from harness.adapter.protocol import Notice, NoticeKind, Request, Response
from harness.adapter.reference import ReferenceAdapter
from harness.clock import RunClock, wall_now
from harness.model.contact import Attachment, Exchange, StepKind, Ticket, WriteOutcome
from harness.model.target import Endpoints
from harness.traffic.follow_up import FollowUp
from harness.traffic.intentions import Intentions
from harness.traffic.people import make_people
from harness.traffic.schedule import PlannedTicket
from scenarios.journeys.story import Journey, Scene
from scenarios.journeys.ticket import write
from tests.fakes import TICKETS, scenario
from tests.mock_center.live_centre import CLIENT, orders, running

DEADLINE_S = 10.0
SPEED = 20.0
REFERENCE = "a-run/peak/tickets/7"
PLAN = PlannedTicket(
    id="peak/tickets/7",
    number=7,
    phase="peak",
    held=False,
    due_s=0.0,
    priority="P2",
    person=7,
    subject="Synthetic ticket about a complaint",
)
# Fast enough for a test, slow enough that the customer asks for the second line before the reply.
WORK = {"ticket_work": {"mean": "10s", "variation": "0"}, "tickets": {"pending": "40%"}}


async def notices(driver: Driver, reference: str) -> AsyncIterator[Notice]:
    """Yield the news about *reference*, opening the stream before the first is asked for."""
    stream = await driver.open_stream("w1")
    try:
        async for line in stream.content:
            notice = driver.adapter.parse_notice(line)
            if notice and notice.kind is not NoticeKind.OTHER and notice.reference == reference:
                yield notice
    finally:
        stream.close()


async def play(journey: Journey, driver: Driver, clock: RunClock, news: AsyncIterator[Notice]):
    """Play *journey* to its end: its requests are carried, its waits last as long as they say."""
    coming: asyncio.Task[Notice] | None = None
    step = next(journey)
    while True:
        answer: Response | Notice | None
        if isinstance(step, Request):
            answer = await driver._exchange(step)
        else:
            coming = coming or asyncio.ensure_future(anext(news))
            wait_s = min(max(0.0, clock.wall(step.until_s) - wall_now()), DEADLINE_S)
            await asyncio.wait([coming], timeout=wait_s)
            answer = None
            if coming.done():
                answer, coming = coming.result(), None
            else:
                assert wait_s < DEADLINE_S, "the news that the customer waits for never came"
        try:
            step = journey.send(answer)
        except StopIteration:
            if coming is not None:
                coming.cancel()
            return


async def test_a_customer_and_a_live_centre_bring_a_ticket_to_its_end(tmp_path):
    """Files named, second line asked for, questions answered, opened again, solved again."""
    async with running(orders(tmp_path, **WORK)) as centre:
        endpoints = Endpoints(
            centre.edge, {}, client_id=CLIENT["id"], client_secret=CLIENT["secret"]
        )
        adapter = ReferenceAdapter(endpoints)
        clock = RunClock(wall_now(), SPEED)
        told: list[Ticket] = []
        later: list[FollowUp] = []
        exchanges: list[Exchange] = []
        scene = Scene(
            adapter=adapter,
            clock=clock,
            consumer="w1",
            reference=REFERENCE,
            tell=told.append,
            exchanges=exchanges,
            scenario=scenario(tickets=TICKETS),
            later=later.append,
        )
        plan = replace(
            PLAN,
            means_to=Intentions(
                answers_s=(1.0,) * 8,
                reopens_after_s=2.0,
                escalates_after_s=1.0,
                chases_after_s=3.0,
                attachments=(Attachment("synthetic-log-1.txt", 20_000, "text/plain"),),
            ),
        )
        async with Driver(adapter, endpoints) as driver:
            news = notices(driver, REFERENCE)
            journey = write(plan, make_people("2026")[7], clock.now_s(), scene)
            async with asyncio.timeout(30):
                await play(journey, driver, clock, news)
            (copy,) = await driver.carry(adapter.read_tickets("south"))
            stored = (await centre.ask("GET", f"/v1/tickets/{copy.provider_id}"))[1]

    ticket = told[-1]
    kinds = [step.kind for step in ticket.steps]
    writes = [step.outcome for step in ticket.steps if step.outcome is not None]
    wrote = kinds.count(StepKind.WROTE)
    assert set(kinds) >= {StepKind.APPEALED, StepKind.CHASED, StepKind.REPLIED, StepKind.REOPENED}
    assert kinds.count(StepKind.SOLVED) == 2
    assert set(writes) == {WriteOutcome.ACKNOWLEDGED}
    assert wrote == kinds.count(StepKind.ASKED) + 1
    assert (copy.comments, copy.reopened, copy.escalated) == (wrote, 1, True)
    assert stored["attachments"][0]["file_name"] == "synthetic-log-1.txt"
    assert len(later) == 1
