"""The live ticket floor: the pure desk with a clock, each step written before it is told.

Only the site that leads the store works tickets. A reply is an event for the client only once the
store has acknowledged it. The site may die in between: so a new leader tells the latest replies
that it finds in its copy once more, marked as ``repeated``.

The store is the truth. Whatever has been written, by the desk or from outside, the ticket is then
put on the desk, taken off it, or given an alarm, as it stands now; a new leader does the same with
all it finds.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping

from mock_center import log
from mock_center.acd.agents import State as AgentState
from mock_center.clock import CentreClock, wall_now
from mock_center.config import TICKETS, Centre
from mock_center.hours import Calendar
from mock_center.site.metrics import SiteMetrics
from mock_center.site.pacemaker import Pacemaker
from mock_center.site.ticket_metrics import TicketMetrics
from mock_center.tickets import clocks, defects, draws
from mock_center.tickets.alarms import Alarm, Alarms
from mock_center.tickets.clocks import Measure, Promise
from mock_center.tickets.desk import Desk, Done, Step, Task, Work
from mock_center.tickets.news import Kind, News, news, reply_again
from mock_center.tickets.node import Role, TicketNode
from mock_center.tickets.outsiders import Outsiders
from mock_center.tickets.ticket import Comment, NotLeadingError, State, Ticket
from mock_center.tickets.writes import Create, Outcome, Progress, Wake, Write

_RETRY_CENTRE_S = 60.0
# Longer than it takes, at speed 1, to find that a site is lost.
_TOLD_AGAIN_S = 30.0


class TicketFloor:
    """Ticket agents of one site, working on what its *node* leads; *tell* gets their events.

    Args:
        centre: as configured.
        site: this site.
        clock: what centre seconds are taken from.
        metrics: this site's.
        node: its ticket store among its peers.
        tell: called with every event.
        check_standing: called before time passes here, as on the call floor.
    """

    def __init__(
        self,
        centre: Centre,
        site: str,
        clock: CentreClock,
        metrics: SiteMetrics,
        node: TicketNode,
        tell: Callable[[dict[str, object]], None],
        check_standing: Callable[[], None] = lambda: None,
    ) -> None:
        self._check_standing = check_standing
        self._centre = centre
        self._site = site
        self._clock = clock
        self._metrics = TicketMetrics(site, metrics.registry)
        self._node = node
        self._tell = tell
        self._calendar = Calendar(centre.hours)
        self._shifts = centre.staffing[site][TICKETS]
        self._more = 0
        self._outside = False
        self._outsiders = Outsiders(centre.ringing.timeout_s)
        self._works = False
        self._desk = self._new_desk()
        self._alarms = Alarms()
        self._pacemaker = Pacemaker(clock, self._next_due, self._beat)
        self._steps: asyncio.Queue[Done | Alarm] = asyncio.Queue()

    async def run(self) -> None:
        """Write the agents' steps, and what changes by itself, until cancelled."""
        while True:
            steps = [await self._steps.get()]
            while not self._steps.empty():
                steps.append(self._steps.get_nowait())
            async with asyncio.TaskGroup() as writes:
                for step in steps:
                    work = self._progress(step) if isinstance(step, Done) else self._wake(step)
                    writes.create_task(work)

    async def open(self) -> None:
        """Begin to work on everything in the store that is not solved, and to wait for the rest."""
        self.close()
        self._works = True
        store = self._node.store
        waking = await self._node.ask(store.wakings)
        for ticket in await self._node.ask(store.open_tickets):
            self._see(ticket)
        for name, stamp in waking:
            self._set_alarm(name, stamp)
        self._pacemaker.rearm()
        since = wall_now() - _TOLD_AGAIN_S
        for ticket, reply in await self._node.ask(store.replies_since, since):
            self._tell(reply_again(ticket, reply))

    def close(self) -> None:
        """Stop working: this site does not lead (any more)."""
        self._works = False
        for _, task in self._outsiders.working():
            self._lost_to_outsiders(task.ticket)
        self._desk = self._new_desk()
        self._alarms = Alarms()
        while not self._steps.empty():
            self._steps.get_nowait()
        self._pacemaker.rearm()

    def staff(self, heads: int) -> None:
        """Have *heads* more simulated agents than planned, fewer if negative.

        Those who leave finish their ticket first.
        """
        self._more = heads
        self._restaff()

    def outside(self, *, present: bool) -> None:
        """Note whether agents from outside are logged in: then no simulated one takes a ticket."""
        self._outside = present
        self._restaff()

    # -- agents from outside

    def log_in(self, key: str) -> int:
        """Let an agent from outside answer tickets; return its number, the same for one *key*."""
        number = self._outsiders.log_in(self._clock.now_s(), key)
        self.outside(present=True)
        self._hand_out()
        self._pacemaker.rearm()
        return number

    async def forget(self, key: str) -> None:
        """Log out who came under *key*: the edge never heard that anybody did."""
        number = self._outsiders.came_under(key)
        if number is not None:
            await self.agent_does(number, "log-out", {})

    def agent_is(self, agent: int) -> dict[str, object]:
        """Return the state of an agent from outside and the ticket it has, if any."""
        state, task = self._outsiders.state(agent)
        found: dict[str, object] = {"state": state.value, "call": None, "reference": None}
        if task is not None:
            found["ticket"] = {
                "id": task.ticket,
                "reference": task.reference,
                "priority": task.priority,
            }
        return found

    async def agent_does(self, agent: int, what: str, order: Mapping[str, object]) -> None:
        """Do for an agent from outside *what* it asks, as on the call floor, with a *ticket*.

        ``finish`` solves the ticket if it is *resolved* and nothing is owed to the customer; else,
        or if that could not be written, it goes back to the desk.

        Raises:
            WrongStateError: it cannot be done now.
            KeyError: there is no such action or field.
            ValueError: there is no such reason.
        """
        now_s, outsiders = self._clock.now_s(), self._outsiders
        match what:
            case "accept":
                outsiders.accept(agent, str(order["ticket"]))
            case "decline":
                self._put_back(outsiders.decline(agent, str(order["ticket"])))
            case "finish":
                task = outsiders.finish(agent, str(order["ticket"]))
                if order.get("resolved", True):
                    await self._solve(task)
                self._put_back(task)
            case "away":
                outsiders.set_away(now_s, agent, AgentState(str(order["reason"])))
            case "available":
                outsiders.set_away(now_s, agent, None)
            case "log-out":
                had = outsiders.log_out(agent)
                if had is not None:
                    self._put_back(had)
                self.outside(present=bool(len(outsiders)))
            case _:
                raise KeyError(what)
        self._hand_out()
        self._pacemaker.rearm()

    def forget_outsiders(self) -> None:
        """Log every agent from outside out: the site starts afresh."""
        self._outsiders.clear()
        self.outside(present=False)

    def _hand_out(self) -> None:
        """Offer what waits to agents from outside who are idle."""
        while self._works and (agent := self._outsiders.idle()) is not None:
            task = self._desk.hand_out()
            if task is None:
                return
            self._outsiders.offer(self._clock.now_s(), agent, task)
            self._news_for(agent)

    def _put_back(self, task: Task) -> None:
        """Have a ticket wait again, as it stands now, unless nothing is left to do."""
        self._queue(self._desk.take_back(self._clock.now_s(), task.ticket))

    async def _solve(self, task: Task) -> None:
        if not self._desk.is_out(task.ticket):
            return  # the customer has solved it meanwhile
        now_s = self._clock.now_s()
        await self._progress(Done(task, Step.SOLVED, now_s))

    def _lost_to_outsiders(self, ticket: str) -> None:
        agent = self._outsiders.lose(self._clock.now_s(), ticket)
        if agent is not None:
            self._news_for(agent)

    def _news_for(self, agent: int) -> None:
        about = {"type": "agent.changed", "agent": agent, "skill": TICKETS}
        self._tell({**about, **self.agent_is(agent)})

    async def create(self, write: Create, epoch: int) -> Outcome:
        """Write a ticket; once it is acknowledged, put it on the desk.

        Raises:
            NotLeadingError: this site does not lead *epoch*.
            sqlite3.Error: the disk refused.
        """
        seed, wrong = self._centre.seed, self._centre.defects
        if defects.forgets(seed, wrong.forgets_tickets, write.key):
            return Outcome(defects.forgotten(write, seed=seed, epoch=epoch, site=self._site))
        kept = defects.garbled(write, seed=seed, share=wrong.garbles_tickets)
        return await self.write(kept, epoch)

    async def write(self, write: Write, epoch: int) -> Outcome:
        """Write what came from outside; once it is acknowledged, tell it and act on it.

        Raises:
            NotLeadingError: this site does not lead *epoch*.
            sqlite3.Error: the disk refused.
        """
        outcome = await self._node.write(write, epoch)
        for item in news(outcome):
            self._count(item, outcome)
            if item.event is not None:
                self._tell(item.event)
        if outcome.changed and outcome.ticket is not None:
            self._see(outcome.ticket)
        return outcome

    def closes_at(self, solved_at: float) -> float:
        """Return the wall stamp at which a ticket that is solved at *solved_at* will be closed."""
        return solved_at + self._centre.tickets.closes_s / self._centre.speed

    def reading(self, ticket: Ticket, comments: Iterable[Comment]) -> dict[str, object]:
        """Return what the clocks of *ticket* show now, in centre seconds.

        ``business`` is None unless the ticket's priority is judged by business hours.
        """
        comments, now = tuple(comments), wall_now()
        judged = self._judging(ticket.priority)
        business = None
        if judged != self._seconds:
            business = clocks.reading(ticket, comments, now, judged)
        return {
            "calendar": clocks.reading(ticket, comments, now, self._seconds),
            "business": business,
        }

    async def measure(self) -> None:
        """Set the gauges to what is true now."""
        if self._node.role is not Role.LEADER:
            self._metrics.no_backlog()
            return
        backlog = await self._node.ask(self._node.store.backlog)
        since = backlog.old_since
        age_s = 0.0 if since is None else self._seconds(since, wall_now())
        self._metrics.backlog_is(backlog.states, age_s)

    def _see(self, ticket: Ticket) -> None:
        """Have the desk and the alarms agree with *ticket* as it stands in the store."""
        if not self._works:
            return
        now_s = self._clock.now_s()
        if ticket.state in (State.NEW, State.OPEN):
            self._queue(self._desk.add(now_s, _task(ticket)))
        else:
            self._queue(self._desk.remove(now_s, ticket.id))
            self._lost_to_outsiders(ticket.id)
        if ticket.wakes_at is None:
            self._alarms.clear(ticket.id)
        else:
            self._set_alarm(ticket.id, ticket.wakes_at)
        self._hand_out()
        self._pacemaker.rearm()

    def _set_alarm(self, ticket: str, stamp: float) -> None:
        # What was due while nobody led happens now, not in the past.
        due_s = max(self._clock.centre_s(stamp), self._clock.now_s())
        self._alarms.set(Alarm(ticket, due_s, stamp))

    def _restaff(self) -> None:
        now_s = self._clock.now_s()
        self._shift_ends_s = self._calendar.shift_change_after(self._shifts, now_s)
        self._queue(self._desk.staff(now_s, self._heads(now_s)))
        self._pacemaker.rearm()

    def _heads(self, now_s: float) -> int:
        """Return how many simulated agents are at work."""
        planned = sum(shift.heads for shift in self._shifts if self._calendar.at_work(shift, now_s))
        return 0 if self._outside else max(planned + self._more, 0)

    def _next_due(self) -> float | None:
        due = (
            self._desk.next_due(),
            self._alarms.next_due(),
            self._outsiders.next_due(),
            self._shift_ends_s,
        )
        return min((due_s for due_s in due if due_s is not None), default=None)

    def _beat(self) -> None:
        self._check_standing()
        now_s = self._clock.now_s()
        self._queue(self._alarms.ring(now_s))
        for agent, task in list(self._outsiders.expire(now_s)):
            self._put_back(task)
            self._news_for(agent)
        self._hand_out()
        if self._shift_ends_s is not None and self._shift_ends_s <= now_s:
            self._restaff()
        else:
            self._queue(self._desk.advance(now_s))

    def _queue(self, steps: Iterable[Done | Alarm]) -> None:
        for step in steps:
            self._steps.put_nowait(step)

    async def _progress(self, done: Done) -> None:
        ticket, at = done.task.ticket, self._clock.stamp(done.at_s)
        share, seed = self._centre.support_requests, self._centre.seed
        asks = done.step is Step.SOLVED and draws.asks_support(share, seed, done.task.reference)
        step = Progress(
            ticket,
            done.step,
            at,
            done.task.touch,
            text=draws.words(done.step),
            wakes_at=self._wakes_at(done, at),
            support=f"Your system has to be mended for {ticket}" if asks else None,
        )
        try:
            outcome = await self.write(step, self._node.epoch)
            if not outcome.changed and outcome.ticket is not None:
                self._see(outcome.ticket)  # somebody was faster: go on from what is true
        except NotLeadingError:
            return  # the new leader has the ticket as it was, and its own agents
        except sqlite3.Error as error:
            log.error("step_not_written", ticket=ticket, error=error)
            await self._look_again(ticket)

    async def _wake(self, alarm: Alarm) -> None:
        at = self._clock.stamp(alarm.due_s)
        wake = Wake(alarm.ticket, alarm.stamp, at, self.closes_at(at))
        try:
            await self.write(wake, self._node.epoch)
        except NotLeadingError:
            return  # the new leader has the same alarm
        except sqlite3.Error as error:
            log.error("wake_not_written", ticket=alarm.ticket, error=error)
            retry_s = self._clock.now_s() + _RETRY_CENTRE_S
            self._alarms.set(Alarm(alarm.ticket, retry_s, alarm.stamp))
            self._pacemaker.rearm()

    async def _look_again(self, ticket: str) -> None:
        try:
            found = await self._node.ask(self._node.store.get, ticket)
        except sqlite3.Error as error:
            log.error("ticket_not_read", ticket=ticket, error=error)
            return
        if found is not None:
            self._see(found)

    def _wakes_at(self, done: Done, at: float) -> float | None:
        if done.step is Step.SOLVED:
            return self.closes_at(at)
        if done.step is Step.ASKED:
            return at + self._centre.tickets.silent_s / self._centre.speed
        if done.step is Step.HELD:
            return at + done.away_s / self._centre.speed
        return None

    def _count(self, item: News, outcome: Outcome) -> None:
        ticket, before = outcome.ticket, outcome.before
        if item.kind is Kind.SUPPORT_OPENED:
            self._metrics.support_opened()
        if ticket is None:
            return
        priority = ticket.priority
        match item.kind:
            case Kind.CREATED:
                self._metrics.created(priority)
            case Kind.REPLIED:
                self._metrics.replied(priority, self._seconds(ticket.created_at, item.at))
                self._judge(ticket, Promise.FIRST_REPLY, ticket.created_at, item.at)
            case Kind.COMMENTED:
                if before and before.asked_at is not None and ticket.asked_at is None:
                    self._metrics.replied_again(priority, self._seconds(before.asked_at, item.at))
                    self._judge(ticket, Promise.NEXT_REPLY, before.asked_at, item.at)
            case Kind.ESCALATED:
                self._metrics.escalated(priority)
            case Kind.REOPENED:
                self._metrics.reopened(priority)
            case Kind.SOLVED:
                self._metrics.solved(
                    priority,
                    replies=ticket.replies,
                    after_s=self._seconds(ticket.created_at, item.at),
                    wait_s=clocks.spent_in(ticket, clocks.REQUESTER_WAIT, item.at, self._seconds),
                    work_s=clocks.spent_in(ticket, clocks.AGENT_WORK, item.at, self._seconds),
                )
                self._judge(ticket, Promise.RESOLUTION, ticket.created_at, item.at)

    def _judge(self, ticket: Ticket, promise: Promise, began: float, ended: float) -> None:
        took_s = self._judging(ticket.priority)(began, ended)
        met = clocks.kept(self._centre.tickets.clocks.get(ticket.priority), promise, took_s)
        if met is not None:
            self._metrics.promise(ticket.priority, promise, met=met)

    def _judging(self, priority: str) -> Measure:
        clock = self._centre.tickets.clocks.get(priority)
        return self._in_business if clock is not None and clock.business else self._seconds

    def _seconds(self, began: float, ended: float) -> float:
        return max(ended - began, 0.0) * self._centre.speed

    def _in_business(self, began: float, ended: float) -> float:
        return self._calendar.business_s(self._clock.centre_s(began), self._clock.centre_s(ended))

    def _new_desk(self) -> Desk:
        now_s = self._clock.now_s()
        self._shift_ends_s = self._calendar.shift_change_after(self._shifts, now_s)
        return Desk(self._heads(now_s), self._work)

    def _work(self, task: Task) -> Work:
        return draws.touch(self._centre.tickets, self._centre.seed, task)


def _task(ticket: Ticket) -> Task:
    return Task(
        ticket=ticket.id,
        reference=ticket.reference,
        priority=ticket.priority,
        created_at=ticket.created_at,
        replied=ticket.owed_since is None,
        touch=ticket.touches,
        escalated=ticket.escalated_at is not None,
    )
