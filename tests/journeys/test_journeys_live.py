"""Every journey against a live centre with every feature: nothing real leaves, nothing is untold."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import pytest

from harness.adapter.driver import Driver
from harness.adapter.protocol import Notice, Request, Response
from harness.adapter.reference import ReferenceAdapter
from harness.clock import RunClock, wall_now
from harness.guard.synthetic import SyntheticOnly
from harness.model.callers import CallAgain, CallbackWish, Callers, Delay, MenuKeys, TicketAfterCall
from harness.model.contact import Call, Contact, Outcome, Stream, Why
from harness.model.patience import exponential
from harness.model.scenario import CallTraffic, Scenario, TicketTraffic
from harness.model.target import Endpoints
from harness.model.writers import Habit, Writers
from harness.traffic.follow_up import FollowUp
from harness.traffic.people import make_people
from harness.traffic.schedule import Planned, PlannedCall, planned
from scenarios.journeys.call import phone
from scenarios.journeys.story import Leave, Lost, Scene, Wait
from scenarios.journeys.ticket import write
from tests.fakes import phase, scenario
from tests.mock_center.live_centre import BILLING, CLIENT, SUPPORT, orders, running

SPEED = 30.0
LENGTH_S = 180.0
LATEST_WALL_S = 60.0
"""When we give up waiting for all that customers can do; a quiet machine needs a tenth of it."""
PEOPLE = make_people("2026", 2000, languages={"en": 0.9, "cy": 0.1})
STEPS = {
    *("place_call", "hang_up", "press", "ask_for_callback", "open_ticket"),
    *("comment_ticket", "read_ticket", "reopen_ticket", "escalate_ticket"),
}
OUTCOMES = {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.CONTAINED, Outcome.CALLBACK}
WHYS = {Why.FIRST, Why.ABANDONED, Why.REPEAT, Why.CHASE}
BUSY_CENTRE = {
    "talk": {"mean": "20s", "variation": "1.0"},
    "wrap_up": {"mean": "2s", "variation": "0"},
    "ivr": {"mean": "5s", "variation": "0.5", "contained": "10%"},
    "callbacks": {"offered_at": "0s", "ring": "1s", "reached": "100%"},
    "transfer": {"share": "30%", "mean": "10s", "to": {"billing": "support"}},
    "resolved": "50%",
    "channels": "12",
    "ticket_work": {"mean": "5s", "variation": "0"},
    "tickets": {"pending": "40%"},
}


def busy_scenario() -> Scenario:
    """Return one whose customers do everything that customers can do."""
    often = {why: CallAgain(1.0, Delay(5.0), 2) for why in Why}
    callers = Callers(
        again=often,
        callback=CallbackWish(0.5, 5.0),
        menu=MenuKeys(0.5, "0", 1.0),
        ticket=TicketAfterCall(0.5, 0.5, Delay(2.0)),
    )
    soon = Habit(0.7, Delay(5.0))
    writers = Writers(replies=soon, reopens=soon, escalations=soon, chases=soon, attachments=0.5)
    mix = {"billing": 0.7, "support": 0.3}
    return scenario(
        phase(duration_s=LENGTH_S),
        lines={"billing": (BILLING,), "support": (SUPPORT,)},
        calls=CallTraffic(2400.0, mix, exponential(25.0, "25s"), callers=callers),
        tickets=TicketTraffic(600.0, {"P1": 0.5, "P3": 0.5}, writers=writers),
    )


def _carried(request: Request) -> Iterator[Request]:
    response = yield request
    return response


@dataclass
class Players:
    """Plays journeys in asyncio, as the generator does in gevent, and keeps what was sent."""

    driver: Driver
    scenario: Scenario
    clock: RunClock
    tasks: asyncio.TaskGroup
    sent: list[Request] = field(default_factory=list)
    told: dict[str, Contact] = field(default_factory=dict)
    coming: list[FollowUp] = field(default_factory=list)
    playing: dict[str, asyncio.Queue[Notice]] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def have_done_it_all(self) -> bool:
        """Return whether everything has happened that customers can do."""
        calls = [each for each in self.told.values() if isinstance(each, Call)]
        return (
            {each.step for each in self.sent} >= STEPS
            and {each.outcome for each in calls} >= OUTCOMES
            and {each.why for each in calls} >= WHYS
            and any(each.called_back_s for each in calls)
            and any(each.answered_again_s for each in calls)
            and any(each.id.endswith("/ticket") for each in self.told.values())
        )

    async def listen(self) -> None:
        """Hand every notice to the journey it is about, for ever."""
        response = await self.driver.open_stream("live-0")
        async for line in response.content:
            notice = self.driver.adapter.parse_notice(line)
            if notice is not None and notice.reference in self.playing:
                self.playing[notice.reference].put_nowait(notice)

    def later(self, follow_up: FollowUp) -> None:
        """Start *follow_up* when it is due."""
        self.coming.append(follow_up)
        if not self.over.is_set():
            self.tasks.create_task(self.play(follow_up.plan, follow_up.due_s))

    def tell(self, contact: Contact) -> None:
        """Keep how *contact* stands now."""
        self.told[contact.id] = contact

    async def play(self, plan: Planned, due_s: float) -> None:
        """Play *plan* from its due time to its end, or until all is over."""
        await asyncio.sleep(max(0.0, self.clock.wall(due_s) - wall_now()))
        if self.over.is_set():
            return
        news = self.playing[plan.id] = asyncio.Queue()
        scene = Scene(
            adapter=self.driver.adapter,
            clock=self.clock,
            consumer="live-0",
            reference=plan.id,
            tell=self.tell,
            scenario=self.scenario,
            later=self.later,
        )
        person, story = PEOPLE[plan.person], phone if isinstance(plan, PlannedCall) else write
        journey = story(plan, person, due_s, scene)  # type: ignore[arg-type, operator]
        try:
            wanted = next(journey)
            while True:
                if isinstance(wanted, Request):
                    wanted = journey.send(await self._carry(wanted))
                elif self.over.is_set():
                    wanted = journey.throw(Leave())
                else:
                    wanted = journey.send(await self._news(wanted, news))
        except (StopIteration, Leave, Lost):
            del self.playing[plan.id]

    async def _carry(self, request: Request) -> Response:
        self.sent.append(request)
        return await self.driver.carry(_carried(request))

    async def _news(self, wait: Wait, news: asyncio.Queue[Notice]) -> Notice | None:
        left_s = self.clock.wall(min(wait.until_s, 1e6)) - wall_now()
        while not self.over.is_set():
            try:
                async with asyncio.timeout(max(0.0, min(left_s, 0.2))):
                    return await news.get()
            except TimeoutError:
                left_s = self.clock.wall(min(wait.until_s, 1e6)) - wall_now()
                if left_s <= 0:
                    return None
        return None


@asynccontextmanager
async def played(folder: Path) -> AsyncIterator[Players]:
    """Play the busy scenario against a live centre; yield what became of everything."""
    line = orders(folder, agents=4, speed=SPEED, **BUSY_CENTRE)
    there = busy_scenario()
    async with running(line) as centre:
        endpoints = Endpoints(
            centre.edge, centre.sites, client_id=CLIENT["id"], client_secret=CLIENT["secret"]
        )
        clock = RunClock(wall_now(), SPEED)
        async with Driver(ReferenceAdapter(endpoints), endpoints) as driver:
            async with asyncio.TaskGroup() as tasks:
                players = Players(driver, there, clock, tasks)
                listening = tasks.create_task(players.listen())
                for stream in Stream:
                    due = planned(there, there.phases[0], stream)
                    for plan in takewhile(lambda each: each.due_s < LENGTH_S, due):
                        tasks.create_task(players.play(plan, plan.due_s))
                with suppress(TimeoutError):
                    async with asyncio.timeout(LATEST_WALL_S):
                        while not players.have_done_it_all():  # noqa: ASYNC110  nobody tells us
                            await asyncio.sleep(0.1)
                players.over.set()
                listening.cancel()
            yield players


def steps(players: Players) -> Counter[str]:
    return Counter(each.step for each in players.sent)


async def test_every_journey_sends_only_what_is_provably_made_up(tmp_path: Path):
    """All that customers can do, done: calls, keys, callbacks, tickets, redials and repeats.

    And what they did is told: each contact has an outcome or was still under way, each follow-up a
    parent that gave cause for it.
    """
    async with played(tmp_path) as players:
        scanner = SyntheticOnly(
            names=[each.name for each in PEOPLE],
            customers=[each.id for each in PEOPLE],
            lines=[BILLING, SUPPORT],
        )
        found = [f for each in players.sent for f in scanner.findings(each.path, each.body)]
        calls = [each for each in players.told.values() if isinstance(each, Call)]
        outcomes = {each.outcome for each in calls}
        whys = Counter(each.why for each in calls)

    assert found == []
    assert {*steps(players)} >= STEPS
    assert any(b"file_name" in each.body for each in players.sent)
    assert outcomes >= OUTCOMES
    assert {*whys} >= WHYS
    assert any(each.called_back_s for each in calls)
    assert any(each.answered_again_s for each in calls)
    assert any(each.id.endswith("/ticket") for each in players.told.values())
    for each in calls:
        if each.parent is not None:
            assert each.parent in players.told
            assert each.due_s >= (players.told[each.parent].due_s)
    assert all(math.isfinite(each.due_s) for each in players.coming)


@pytest.mark.parametrize("planted", ["+447911123456", "jo@gmail.com", "4111111111111111"])
def test_the_scanner_would_have_found_it(planted: str):
    """In the very requests that the journeys make, had a real customer been in the pool."""
    scanner = SyntheticOnly(customers=[PEOPLE[0].id], lines=[BILLING])
    body = b'{"line":"%s","caller":"%s","customer":"%s","reason":"a bill"}' % tuple(
        each.encode() for each in (BILLING, planted, PEOPLE[0].id)
    )

    assert [each.where for each in scanner.findings("/v1/calls", body)] == ["caller"]
