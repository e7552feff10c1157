"""Who of our virtual agents works where, and how long each contact takes them. Pure.

Handling is drawn from the seed and the customer's reference, not from who happens to answer: the
same customer is as long on the line in a run with a fault as in one without.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from harness.model.staffing import TICKETS, Crew, ShiftTally


@dataclass(frozen=True, slots=True)
class Post:
    """One virtual agent: what it is called, where it works, what it can do."""

    number: int
    site: str
    skill: str

    @property
    def name(self) -> str:
        """The name under which it logs in."""
        return f"Virtual agent {self.number}"

    @property
    def answers_tickets(self) -> bool:
        """Whether it works at the ticket desk."""
        return self.skill == TICKETS


def posts(crew: Crew) -> Iterator[Post]:
    """Yield every virtual agent, the sites and skills by turns, numbered from 0.

    By turns, so that a stripe of the numbers (one worker's share) has some of each.
    """
    left = {(site, skill): heads for site, of in crew.heads.items() for skill, heads in of.items()}
    number = 0
    while any(left.values()):
        for (site, skill), heads in left.items():
            if heads:
                left[site, skill] -= 1
                yield Post(number, site, skill)
                number += 1


@dataclass(frozen=True, slots=True)
class Handling:
    """What one offer comes to: taken after *picks_up_s* or *declined*; then work and wrap-up."""

    picks_up_s: float
    declined: bool
    work_s: float
    wrap_up_s: float


def handling(crew: Crew, *, seed: str, reference: str, is_ticket: bool, turn: int) -> Handling:
    """Return what the contact called *reference* takes the agent who answers it.

    *turn* numbers the offers of one agent, so that a contact that is declined is not declined by
    everybody, for ever.
    """
    rng = Random(f"{seed}:handling:{reference}")
    work_s = (crew.ticket_work if is_ticket else crew.talk).draw(rng)
    wrap_up_s = crew.wrap_up.draw(rng)
    mood = Random(f"{seed}:offer:{reference}:{turn}")
    return Handling(crew.picks_up.draw(mood), mood.random() < crew.declined, work_s, wrap_up_s)


def time_to_break(crew: Crew, *, seed: str, post: int, turn: int) -> float | None:
    """Return after how many centre seconds at work the agent next goes away; None: never.

    Half to one and a half of the usual time, so that not everybody goes at once.
    """
    if crew.away is None:
        return None
    return crew.away_every_s * Random(f"{seed}:break:{post}:{turn}").uniform(0.5, 1.5)


def break_s(crew: Crew, *, seed: str, post: int, turn: int) -> float:
    """Return how long that break lasts, in centre seconds."""
    return crew.away.draw(Random(f"{seed}:away:{post}:{turn}")) if crew.away else 0.0


class Place(StrEnum):
    """Where an agent's time goes."""

    OUT = "out"
    IDLE = "idle"
    BUSY = "busy"
    AWAY = "away"


SLOW_S = 2.0
"""Centre seconds by which our own machinery may delay an answer; the limit for lag, too."""


class ShiftLog:
    """What one agent goes through, counted as it happens. Times are centre seconds of the run."""

    def __init__(self, post: Post, now_s: float) -> None:
        self.post = post
        self.sessions = 0
        self.failures = 0
        self.lost = 0
        self.offers = 0
        self.declined = 0
        self.missed = 0
        self.gone = 0
        self.handled = 0
        self.first_error = ""
        self._taken = 0
        self._slow = 0
        self._slowest_s = 0.0
        self._place = Place.OUT
        self._since_s = now_s
        self._spent_s = dict.fromkeys(Place, 0.0)

    def go(self, place: Place, now_s: float) -> None:
        """From *now_s* on the agent is at *place*."""
        self._spent_s[self._place] += now_s - self._since_s
        self._place, self._since_s = place, now_s

    def begin(self, now_s: float) -> None:
        """From now on the agent is wanted: how long the first log-in took does not count."""
        self.go(self._place, now_s)
        self._spent_s = dict.fromkeys(Place, 0.0)

    def refused(self, error: str) -> None:
        """A log-in was refused, or not answered."""
        self.failures += 1
        self.first_error = self.first_error or error

    def came(self, now_s: float) -> None:
        """The agent is logged in."""
        self.sessions += 1
        self.go(Place.IDLE, now_s)

    def took(self, late_s: float) -> None:
        """An offer was taken, by our own doing *late_s* later than meant."""
        self._taken += 1
        self._slow += late_s > SLOW_S
        self._slowest_s = max(self._slowest_s, late_s)

    def tally(self, now_s: float) -> ShiftTally:
        """Return the counts so far."""
        self.go(self._place, now_s)
        spent_s = self._spent_s
        return ShiftTally(
            site=self.post.site,
            skill=self.post.skill,
            heads=1,
            absent=0 if self.sessions else 1,
            failures=self.failures,
            lost=self.lost,
            offers=self.offers,
            taken=self._taken,
            declined=self.declined,
            missed=self.missed,
            gone=self.gone,
            handled=self.handled,
            slow=self._slow,
            slowest_s=self._slowest_s,
            present_s=sum(spent_s.values()) - spent_s[Place.OUT],
            away_s=spent_s[Place.AWAY],
            busy_s=spent_s[Place.BUSY],
            wanted_s=sum(spent_s.values()),
            first_error=self.first_error,
        )
