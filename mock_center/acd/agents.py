"""The agents of one site: who is there, in which state, idle for how long. Pure."""

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

from mock_center.acd.learning import SEASONED, Proficiency

if TYPE_CHECKING:
    from mock_center.acd.contact import Contact


class State(StrEnum):
    """What an agent is doing. The last five are the reasons for being away from the queue."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    RESERVED = "reserved"
    BUSY = "busy"
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    MISSED = "missed"
    BREAK = "break"
    TRAINING = "training"
    MEETING = "meeting"
    TECH = "tech"


AWAY = (State.MISSED, State.BREAK, State.TRAINING, State.MEETING, State.TECH)
PRESENT = tuple(state for state in State if state != "offline")


class Pool(StrEnum):
    """Whose agents they are: the site's own, its backup for spikes, or people from outside."""

    REGULAR = "regular"
    BACKUP = "backup"
    OUTSIDE = "outside"


class Agent:
    """One agent of one team, made by ``Team.hire``; engine and workforce alone change it.

    *outside*: a person or program from outside decides what this agent does. *sidelined*: at work
    and available, but never offered a call.
    """

    __slots__ = (
        "appointment", "contact", "idle_since", "leaving", "number", "outside", "pause",
        "proficiency", "shift", "sidelined", "since_s", "state", "team",
    )  # fmt: skip

    def __init__(self, number: int, team: "Team", *, sidelined: bool) -> None:
        self.number = number
        self.team = team
        self.outside = team.pool is Pool.OUTSIDE
        self.sidelined = sidelined
        self.state = State.OFFLINE
        self.since_s = 0.0
        self.idle_since = -1  # the entry among the idle that counts; others are old
        self.contact: Contact | None = None
        self.proficiency: Proficiency = SEASONED
        self.appointment = -1
        self.leaving = False  # goes home when the present contact is over
        self.pause: State | None = None  # goes away when the present contact is over, and why
        self.shift = 0  # counts the times at work, so that what was planned for one ends with it


class Team:
    """The agents of one skill and pool, and the time they spend in each state."""

    __slots__ = ("_counts", "_spent", "members", "off_duty", "pool", "skill")

    def __init__(self, skill: str, pool: Pool) -> None:
        self.skill = skill
        self.pool = pool
        self.members: dict[int, Agent] = {}  # those at work, by number
        self.off_duty: list[Agent] = []
        self._counts = dict.fromkeys(State, 0)
        self._spent = dict.fromkeys(State, 0.0)  # in stays that are over

    def hire(self, number: int, *, sidelined: bool = False) -> Agent:
        """Return a new agent, who is offline."""
        self._counts[State.OFFLINE] += 1
        return Agent(number, self, sidelined=sidelined)

    def count(self, state: State) -> int:
        """Return how many are in *state*."""
        return self._counts[state]

    def move(self, agent: Agent, state: State, now_s: float) -> None:
        """Put *agent* into *state* at *now_s*."""
        counts, before = self._counts, agent.state
        self._spent[before] += now_s - agent.since_s
        counts[before] -= 1
        counts[state] += 1
        agent.state = state
        agent.since_s = now_s

    def seconds(self, state: State, now_s: float) -> float:
        """Return the agent-seconds spent in *state*, not offline, up to *now_s*."""
        members = self.members.values()
        present_s = (now_s - agent.since_s for agent in members if agent.state is state)
        return self._spent[state] + sum(present_s)


class Idle:
    """The available agents of one skill, over all pools; the one idle for longest first.

    Whoever stops being available is not searched for: the entry left behind is old, and skipped.
    """

    __slots__ = ("_queue", "_stamp")

    def __init__(self) -> None:
        self._queue: deque[tuple[float, int, Agent]] = deque()
        self._stamp = 0

    def add(self, agent: Agent, now_s: float) -> None:
        """Add *agent*, idle from *now_s* on."""
        self._stamp += 1
        agent.idle_since = self._stamp
        self._queue.append((now_s, self._stamp, agent))

    def since(self) -> float | None:
        """Return since when the longest-idle agent has been idle; None if nobody is."""
        queue = self._queue
        while queue:
            since_s, stamp, agent = queue[0]
            if agent.state is State.AVAILABLE and agent.idle_since == stamp:
                return since_s
            queue.popleft()
        return None

    def pop(self) -> Agent | None:
        """Remove and return the longest-idle agent; None if nobody is idle."""
        queue = self._queue
        while queue:
            _, stamp, agent = queue.popleft()
            if agent.state is State.AVAILABLE and agent.idle_since == stamp:
                return agent
        return None
