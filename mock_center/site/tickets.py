"""The live ticket floor: the pure desk with a clock, each step written before it is told.

Only the site that leads the store works tickets. A reply is an event for the client only once the
store has acknowledged it; if the site dies in between, the new leader's copy has the reply but no
event is sent for it: clients read the ticket, they do not only listen.
"""

import asyncio
import sqlite3
from collections.abc import Callable

from mock_center import log
from mock_center.chance import stream
from mock_center.clock import CentreClock
from mock_center.config import TICKETS, Centre
from mock_center.site.metrics import SiteMetrics
from mock_center.site.pacemaker import Pacemaker
from mock_center.tickets.desk import Desk, Done, Step, Task, Work
from mock_center.tickets.node import TicketNode
from mock_center.tickets.ticket import Create, NotLeadingError, Outcome, Progress, Ticket

_SOLVE_SHARE = 0.2


class TicketFloor:
    """Ticket agents of one site, working on what its *node* leads; *tell* gets their events."""

    def __init__(
        self,
        centre: Centre,
        site: str,
        clock: CentreClock,
        metrics: SiteMetrics,
        node: TicketNode,
        tell: Callable[[dict[str, object]], None],
    ) -> None:
        self._centre = centre
        self._clock = clock
        self._metrics = metrics
        self._node = node
        self._tell = tell
        self._agents = sum(shift.heads for shift in centre.staffing[site][TICKETS])
        self._desk = self._new_desk()
        self._pacemaker = Pacemaker(clock, self._next_due, self._beat)
        self._steps: asyncio.Queue[Done] = asyncio.Queue()

    async def run(self) -> None:
        """Write the agents' steps until cancelled."""
        while True:
            steps = [await self._steps.get()]
            while not self._steps.empty():
                steps.append(self._steps.get_nowait())
            async with asyncio.TaskGroup() as writes:
                for done in steps:
                    writes.create_task(self._write(done))

    async def open(self) -> None:
        """Begin to work on everything in the store that is not solved."""
        self.close()
        now_s = self._clock.now_s()
        for ticket in await self._node.ask(self._node.store.open_tickets):
            self._add(now_s, ticket)
        self._pacemaker.rearm()

    def close(self) -> None:
        """Stop working: this site does not lead (any more)."""
        self._desk = self._new_desk()
        while not self._steps.empty():
            self._steps.get_nowait()
        self._pacemaker.rearm()

    def staff(self, heads: int) -> None:
        """Have *heads* more agents, fewer if negative, from the next promotion on."""
        self._agents = max(self._agents + heads, 0)

    async def create(self, write: Create, epoch: int) -> Outcome:
        """Write a ticket; once it is acknowledged, put it on the desk.

        Raises:
            NotLeadingError: this site does not lead *epoch*.
            sqlite3.Error: the disk refused.
        """
        outcome = await self._node.write(write, epoch)
        if outcome.ticket is not None and not outcome.replayed and not outcome.conflict:
            self._metrics.ticket_created(outcome.ticket.priority)
            self._add(self._clock.now_s(), outcome.ticket)
            self._pacemaker.rearm()
        return outcome

    def _add(self, now_s: float, ticket: Ticket) -> None:
        task = Task(
            ticket=ticket.id,
            reference=ticket.reference,
            priority=ticket.priority,
            created_at=ticket.created_at,
            replied=ticket.state == "replied",
        )
        self._queue(self._desk.add(now_s, task))

    def _next_due(self) -> float | None:
        return self._desk.next_due()

    def _beat(self) -> None:
        self._queue(self._desk.advance(self._clock.now_s()))

    def _queue(self, steps: list[Done]) -> None:
        for done in steps:
            self._steps.put_nowait(done)

    async def _write(self, done: Done) -> None:
        at = self._clock.stamp(done.at_s)
        step = Progress(done.task.ticket, done.step.value, at)
        try:
            outcome = await self._node.write(step, self._node.epoch)
        except NotLeadingError:
            return  # the new leader has the ticket as it was, and its own agents
        except sqlite3.Error as error:
            log.error("step_not_written", ticket=done.task.ticket, error=error)
            return
        ticket = outcome.ticket
        if ticket is None:
            return
        if done.step is Step.REPLIED:
            after_s = (at - ticket.created_at) * self._centre.speed
            self._metrics.ticket_replied(ticket.priority, max(after_s, 0.0))
        self._tell(
            {
                "type": f"ticket.{done.step.value}",
                "reference": ticket.reference,
                "consumer": ticket.consumer,
                "id": ticket.id,
                f"{done.step.value}_at": at,
            }
        )

    def _new_desk(self) -> Desk:
        return Desk(self._agents, self._work)

    def _work(self, reference: str) -> Work:
        rng = stream(self._centre.seed, reference)
        work = self._centre.tickets.work
        return Work(work.draw(rng), work.scaled(_SOLVE_SHARE).draw(rng))
