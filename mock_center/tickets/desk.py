"""The ticket desk: what is to be done, worked by priority, then age. Pure: no I/O, no clock.

An agent picks a ticket up, works, replies, works a little more, solves it, and is free again; or
the reply leaves it with the customer, a third party or the second line, and the agent is free at
once. Escalated tickets are the second line's: a queue of its own, served by the same agents, who
take it before the first line's tickets of the same priority.

Agents from outside ask for a ticket and have it for as long as they like: the desk hands the next
one out, hears from the store what became of it, and takes it back.

Only the site that leads the store runs a desk; after a failover the new leader loads what is open,
and a touch that was half done elsewhere starts anew. The store decides what counts: a step may be
refused there, and the ticket is then put here again as it really stands.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count


class Step(StrEnum):
    """What an agent just did to a ticket; all but ``SOLVED`` are replies."""

    REPLIED = "replied"
    ASKED = "asked"
    HELD = "held"
    ESCALATED = "escalated"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Work:
    """How long one touch takes, in centre seconds: until the reply, and from it to the solving.

    *reply* is how it is replied to: only after ``REPLIED`` does the solving follow. *away_s* is how
    long the third party takes, if it is asked.
    """

    reply_s: float
    solve_s: float
    reply: Step = Step.REPLIED
    away_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """An open ticket as the desk sees it; *created_at* only orders tickets of one priority.

    *touch* is the number of touches it has had; *replied*: only the solving of the last is left.
    """

    ticket: str
    reference: str
    priority: str
    created_at: float
    replied: bool = False
    touch: int = 0
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """One step of one ticket, finished at *at_s*; a third party takes *away_s* from then on."""

    task: Task
    step: Step
    at_s: float
    away_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Job:
    entry: int
    task: Task
    step: Step
    work: Work


class Desk:
    """The ticket agents of one site and the tickets they have not finished.

    Args:
        agents: how many work tickets, >= 0.
        draw: the work that the next touch of a ticket needs.
    """

    def __init__(self, agents: int, draw: Callable[[Task], Work]) -> None:
        self._agents = agents
        self._draw = draw
        self._waiting: list[tuple[str, bool, float, int, str]] = []
        self._agenda: list[tuple[float, int, str]] = []
        # What is in the heaps but not in here (under the same entry) is out of date.
        self._piled: dict[str, tuple[int, Task]] = {}
        self._jobs: dict[str, _Job] = {}
        self._out: dict[str, Task] = {}
        self._entries = count()

    @property
    def unfinished(self) -> int:
        """The tickets that wait or are being worked on."""
        return len(self._piled) + len(self._jobs) + len(self._out)

    @property
    def second_line(self) -> int:
        """The escalated tickets that wait."""
        return sum(task.escalated for _, task in self._piled.values())

    @property
    def agents(self) -> int:
        """How many agents work tickets; more may be finishing their last one."""
        return self._agents

    @property
    def busy(self) -> int:
        """How many agents are at work on a ticket."""
        return len(self._jobs)

    def next_due(self) -> float | None:
        """Return the centre second at which the next step is done, or None if nobody works."""
        while self._agenda:
            due_s, entry, ticket = self._agenda[0]
            if self._is_job(ticket, entry):
                return due_s
            heapq.heappop(self._agenda)
        return None

    def staff(self, now_s: float, agents: int) -> list[Done]:
        """Let *agents* work from now on; return the steps done up to *now_s*.

        Those who leave finish their ticket first.
        """
        done = self.advance(now_s)
        self._agents = agents
        self._pick_up(now_s)
        return done

    def add(self, now_s: float, task: Task) -> list[Done]:
        """Have a ticket worked as *task* describes it; return the steps done up to *now_s*.

        One that waits already is put where it belongs now. One that is being worked goes on,
        unless somebody outside has answered it, or the customer has written after its reply: then
        it goes back on the pile. One that was handed out stays so.
        """
        done = self.advance(now_s)
        if task.ticket in self._out:
            self._out[task.ticket] = task
            return done
        job = self._jobs.get(task.ticket)
        waits_so = self._piled.get(task.ticket, (0, None))[1] == task
        if not waits_so and (job is None or _overtaken(job, task)):
            self._forget(task.ticket)
            self._pile(task)
            self._pick_up(now_s)
        return done

    def remove(self, now_s: float, ticket: str) -> list[Done]:
        """Take a ticket off the desk; its agent is free. Return the steps done up to *now_s*."""
        done = self.advance(now_s)
        self._forget(ticket)
        self._pick_up(now_s)
        return done

    def hand_out(self) -> Task | None:
        """Return the ticket that comes next, for an agent from outside; None if none waits."""
        task = self._next()
        if task is not None:
            self._out[task.ticket] = task
        return task

    def take_back(self, now_s: float, ticket: str) -> list[Done]:
        """Have a ticket that was handed out wait again, unless it was removed meanwhile.

        Return the steps done up to *now_s*.
        """
        done = self.advance(now_s)
        task = self._out.pop(ticket, None)
        if task is not None:
            self._pile(task)
            self._pick_up(now_s)
        return done

    def is_out(self, ticket: str) -> bool:
        """Return whether *ticket* was handed out, and has not been taken back or removed."""
        return ticket in self._out

    def advance(self, now_s: float) -> list[Done]:
        """Return the steps done up to and including *now_s*, in order, stamped when due."""
        done: list[Done] = []
        while (due_s := self.next_due()) is not None and due_s <= now_s:
            _, _, ticket = heapq.heappop(self._agenda)
            job = self._jobs.pop(ticket)
            done.append(Done(job.task, job.step, due_s, job.work.away_s))
            if job.step is Step.REPLIED:
                self._schedule(due_s + job.work.solve_s, job.task, Step.SOLVED, job.work)
            else:
                self._pick_up(due_s)
        return done

    def _pile(self, task: Task) -> None:
        entry = next(self._entries)
        self._piled[task.ticket] = (entry, task)
        key = (task.priority, not task.escalated, task.created_at, entry, task.ticket)
        heapq.heappush(self._waiting, key)

    def _pick_up(self, now_s: float) -> None:
        while len(self._jobs) < self._agents and (task := self._next()) is not None:
            work = self._draw(task)
            if task.replied:
                self._schedule(now_s + work.solve_s, task, Step.SOLVED, work)
            else:
                self._schedule(now_s + work.reply_s, task, work.reply, work)

    def _next(self) -> Task | None:
        """Take the ticket that comes next off the pile and return it; None if none waits."""
        while self._waiting:
            *_, entry, ticket = heapq.heappop(self._waiting)
            if self._piled.get(ticket, (None,))[0] == entry:
                return self._piled.pop(ticket)[1]
        return None

    def _schedule(self, due_s: float, task: Task, step: Step, work: Work) -> None:
        entry = next(self._entries)
        self._jobs[task.ticket] = _Job(entry, task, step, work)
        heapq.heappush(self._agenda, (due_s, entry, task.ticket))

    def _forget(self, ticket: str) -> None:
        self._jobs.pop(ticket, None)
        self._piled.pop(ticket, None)
        self._out.pop(ticket, None)

    def _is_job(self, ticket: str, entry: int) -> bool:
        job = self._jobs.get(ticket)
        return job is not None and job.entry == entry


def _overtaken(job: _Job, task: Task) -> bool:
    """Whether what an agent does on a ticket is no longer what *task* needs."""
    if job.step is not Step.SOLVED:
        return task.replied or task.touch != job.task.touch
    # Until our own reply is written the ticket still looks as if it was owed one.
    written = task.touch > job.task.touch or job.task.replied
    return written and not task.replied
