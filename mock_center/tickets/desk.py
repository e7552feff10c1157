"""The ticket desk: open tickets, worked by priority, then age. Pure: no I/O, no clock.

An agent picks a ticket up, works, replies, works a little more, solves it, and is free again.
Only the site that leads the store runs a desk; after a failover the new leader loads what is open,
and a ticket that was half done elsewhere starts anew.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count


class Step(StrEnum):
    """What an agent just did to a ticket."""

    REPLIED = "replied"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Work:
    """How long one ticket takes, in centre seconds: until the reply, and from it to the end."""

    reply_s: float
    solve_s: float


@dataclass(frozen=True, slots=True)
class Task:
    """An open ticket as the desk sees it; *created_at* only orders tickets of one priority."""

    ticket: str
    reference: str
    priority: str
    created_at: float
    replied: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """One step of one ticket, finished at *at_s*."""

    task: Task
    step: Step
    at_s: float


class Desk:
    """The ticket agents of one site and the tickets they have not finished.

    Args:
        agents: how many work tickets, >= 0.
        draw: the work a ticket needs, by its reference.
    """

    def __init__(self, agents: int, draw: Callable[[str], Work]) -> None:
        self._idle = agents
        self._draw = draw
        self._waiting: list[tuple[str, float, int, Task]] = []
        self._agenda: list[tuple[float, int, Task, Step, float]] = []
        self._known: set[str] = set()
        self._entries = count()

    @property
    def unfinished(self) -> int:
        """The tickets that wait or are being worked on."""
        return len(self._known)

    def next_due(self) -> float | None:
        """Return the centre second at which the next step is done, or None if nobody works."""
        return self._agenda[0][0] if self._agenda else None

    def add(self, now_s: float, task: Task) -> list[Done]:
        """Put a ticket on the pile; return the steps done up to *now_s*. A known one is ignored."""
        done = self.advance(now_s)
        if task.ticket not in self._known:
            self._known.add(task.ticket)
            heapq.heappush(
                self._waiting, (task.priority, task.created_at, next(self._entries), task)
            )
            self._pick_up(now_s)
        return done

    def advance(self, now_s: float) -> list[Done]:
        """Return the steps done up to and including *now_s*, in order, stamped when due."""
        done: list[Done] = []
        while self._agenda and self._agenda[0][0] <= now_s:
            due_s, _, task, step, solve_s = heapq.heappop(self._agenda)
            done.append(Done(task, step, due_s))
            if step is Step.REPLIED:
                self._schedule(due_s + solve_s, task, Step.SOLVED, 0.0)
            else:
                self._known.discard(task.ticket)
                self._idle += 1
                self._pick_up(due_s)
        return done

    def _pick_up(self, now_s: float) -> None:
        while self._idle and self._waiting:
            task = heapq.heappop(self._waiting)[3]
            work = self._draw(task.reference)
            self._idle -= 1
            if task.replied:
                self._schedule(now_s + work.solve_s, task, Step.SOLVED, 0.0)
            else:
                self._schedule(now_s + work.reply_s, task, Step.REPLIED, work.solve_s)

    def _schedule(self, due_s: float, task: Task, step: Step, solve_s: float) -> None:
        heapq.heappush(self._agenda, (due_s, next(self._entries), task, step, solve_s))
