"""Queueing theory: what a number of agents can do with a load of calls, in the long run.

Erlang A (M/M/n+M: Poisson arrivals, exponential handling and patience, first come first served) is
the model: callers hang up, so it has an answer for an overloaded centre too. Erlang C is its limit
for callers who never hang up, Erlang B that for a centre without a queue. No package for Python
3.11 is right for large centres (``docs/decisions/015``), so this is ours, held to published tables.

**Where it holds.** A queue of its own for each skill, a rate that stays for a few handle times,
every agent present. How handle times spread matters little, their mean a lot; of patience the first
minute matters (Whitt 2004): where it is not exponential, ``harness.kpi.patience`` is the model. It
does not hold for over-dispersed days (average it over the day's factor), for redials (they raise
the rate), for priorities, transfers and agents who share skills.

Everything is summed in logarithms outwards from the likeliest state, so nothing overflows with
thousands of agents, and the work grows with the root of the load, not with the load.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.kpi.search import least

_NATS = 60.0
"""States whose probability lies so many e-folds below the likeliest are left out: 1e-26 of it."""
_MOST_AGENTS = 10_000_000


@dataclass(frozen=True, slots=True)
class Pool:
    """Agents who share one queue, and its load at a constant rate. Times in centre seconds.

    ``handle_s`` is what a contact takes an agent on average: talk, hold and wrap-up.
    ``patience_s`` is the mean time after which a waiting caller hangs up; infinite: never.

    Raises:
        ValueError: a number is negative, a handle time or patience not above 0, or not a number.
    """

    agents: int
    per_hour: float
    handle_s: float
    patience_s: float = math.inf

    def __post_init__(self) -> None:
        """Refuse what no centre can be."""
        if self.agents < 0 or not 0 <= self.per_hour < math.inf:
            raise ValueError(f"{self.agents} agents and {self.per_hour} contacts an hour")
        if not 0 < self.handle_s < math.inf or not self.patience_s > 0:
            raise ValueError(f"a handle time of {self.handle_s} s, patience of {self.patience_s} s")

    @property
    def offered(self) -> float:
        """The load in Erlangs: the agents that would be busy if nobody hung up."""
        return self.per_hour * self.handle_s / 3600


@dataclass(frozen=True, slots=True)
class Expected:
    """What theory expects of a pool in the long run; shares 0..1 of all offered, centre seconds.

    ``wait_share``: not answered at once. ``abandonment``: hang up. ``mean_wait_s``: of all, who
    hang up included. ``asa_s``: of the answered alone, which is another figure (lower under a
    normal load, higher under an overload); None if nobody is ever answered. ``service_level``:
    answered within the threshold (formula "offered"). ``occupancy``: busy time / logged-in time;
    None without agents. ``queue_length``: mean number waiting. ``quit_in_time``: hang up within the
    threshold. Without hanging up and with too few agents the queue grows for ever: the waits and
    the queue are then truly infinite, the service level 0.
    """

    wait_share: float
    abandonment: float
    mean_wait_s: float
    asa_s: float | None
    service_level: float
    occupancy: float | None
    queue_length: float
    quit_in_time: float = 0.0


def erlang_b(channels: int, offered: float) -> float:
    """Return the share of calls that find all *channels* busy, and are lost.

    *offered* Erlangs are call attempts times the whole time a channel is held: menu, queue and
    talk, not wrap-up. The recursion of the inverse, which only grows and cannot cancel (Jagerman
    1974). No channels lose every call; no load loses none.

    Raises:
        ValueError: a number is negative.
    """
    if channels < 0 or not 0 <= offered < math.inf:
        raise ValueError(f"{channels} channels for {offered} Erlangs")
    if offered == 0:
        return 1.0 if channels == 0 else 0.0
    inverse = 1.0
    for channel in range(1, channels + 1):
        inverse = 1 + inverse * channel / offered
        if math.isinf(inverse):
            return 0.0
    return 1 / inverse


def erlang_c(agents: int, offered: float) -> float:
    """Return the share of calls that have to wait if nobody ever hangs up.

    1 from the load on at which the queue grows for ever: a formula put to use beyond that gives
    more than 1, as some packages do.

    Raises:
        ValueError: a number is negative.
    """
    blocked = erlang_b(agents, offered)
    if offered >= agents:
        return 1.0
    busy = offered / agents
    return blocked / (1 - busy * (1 - blocked))


@lru_cache(maxsize=4096)
def expect(pool: Pool, *, threshold_s: float) -> Expected:
    """Return what to expect of *pool*; its service level is that within *threshold_s* seconds.

    Erlang A, or Erlang C if patience is infinite.

    Raises:
        ValueError: the threshold is negative.
    """
    if not threshold_s >= 0:
        raise ValueError(f"a threshold of {threshold_s} s")
    if pool.agents == 0:
        return _nobody_there(pool, threshold_s)
    if pool.per_hour == 0:
        return Expected(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    if math.isinf(pool.patience_s):
        return _patient(pool, threshold_s)
    return _impatient(pool, threshold_s)


def channels_needed(offered: float, *, blocking: float) -> int | None:
    """Return the least channels on which at most the share *blocking* of calls is lost.

    None if no number of channels does it: a *blocking* of 0 under any load.

    Raises:
        ValueError: *offered* is negative.
    """
    if blocking <= 0 and offered > 0:
        return None
    return _least(lambda channels: erlang_b(channels, offered) <= blocking)


def _least(enough: Callable[[int], bool]) -> int | None:
    """Return the least number, 0 included, that is *enough*, if every greater one is too."""
    return 0 if enough(0) else least(enough, most=_MOST_AGENTS)


def _nobody_there(pool: Pool, threshold_s: float) -> Expected:
    """Return what becomes of callers where there is no agent: all hang up, or wait for ever."""
    patient = math.isinf(pool.patience_s)
    return Expected(
        wait_share=1.0,
        abandonment=0.0 if patient else 1.0,
        mean_wait_s=pool.patience_s,
        asa_s=None,
        service_level=0.0,
        occupancy=None,
        queue_length=pool.per_hour / 3600 * pool.patience_s if pool.per_hour else 0.0,
        quit_in_time=-math.expm1(-threshold_s / pool.patience_s),
    )


def _patient(pool: Pool, threshold_s: float) -> Expected:
    """Erlang C: who waits, waits an exponential time of rate nμ − λ."""
    waits = erlang_c(pool.agents, pool.offered)
    if pool.offered >= pool.agents:
        return Expected(1.0, 0.0, math.inf, math.inf, 0.0, 1.0, math.inf)
    spare_per_s = (pool.agents - pool.offered) / pool.handle_s
    mean_wait_s = waits / spare_per_s
    return Expected(
        wait_share=waits,
        abandonment=0.0,
        mean_wait_s=mean_wait_s,
        asa_s=mean_wait_s,
        service_level=1 - waits * math.exp(-spare_per_s * threshold_s),
        occupancy=pool.offered / pool.agents,
        queue_length=pool.per_hour / 3600 * mean_wait_s,
    )


def _impatient(pool: Pool, threshold_s: float) -> Expected:
    """Erlang A, from the stationary distribution of the number in the centre.

    A caller who arrives with *ahead* others waiting is served if patience outlasts the sum V of
    independent exponential times of rates nμ + iθ, i = 0..ahead. Then e^(−θV) has a Beta
    distribution, and all that is wanted of V is elementary: see ``_Tagged``.
    """
    agents, patience_s = pool.agents, pool.patience_s
    rate_per_s = pool.per_hour / 3600
    at_once = waits = hang_up = in_time = still_wait = answered_wait_s = 0.0
    total = 0.0
    tagged = _Tagged(agents / pool.handle_s, 1 / patience_s, threshold_s)
    for in_centre, weight in _states(pool):
        total += weight
        if in_centre < agents:
            at_once += weight
            continue
        tagged.behind(in_centre - agents)
        waits += weight
        hang_up += weight * (1 - tagged.served)
        in_time += weight * tagged.served * tagged.in_time
        still_wait += weight * tagged.waits_on
        answered_wait_s += weight * tagged.served * tagged.wait_s
    abandonment = hang_up / total
    answered = 1 - abandonment
    mean_wait_s = abandonment * patience_s
    return Expected(
        wait_share=waits / total,
        abandonment=abandonment,
        mean_wait_s=mean_wait_s,
        asa_s=answered_wait_s / total / answered if answered > 0 else None,
        service_level=min(1.0, (at_once + in_time) / total),
        occupancy=min(1.0, pool.offered * answered / agents),
        queue_length=rate_per_s * mean_wait_s,
        quit_in_time=max(0.0, (waits - in_time - still_wait) / total),
    )


def _states(pool: Pool) -> Iterator[tuple[int, float]]:
    """Yield how many contacts may be in the centre, rising, and how likely that is (not scaled).

    A birth and death process; the likeliest state has weight 1, and those that are 60 e-folds less
    likely are left out on both sides.
    """
    arrive, serve, give_up = pool.per_hour / 3600, 1 / pool.handle_s, 1 / pool.patience_s
    excess = arrive - pool.agents * serve
    peak = pool.agents + int(excess / give_up) if excess > 0 else int(arrive / serve)

    def leave(in_centre: int) -> float:
        waiting = max(0, in_centre - pool.agents)
        return min(in_centre, pool.agents) * serve + waiting * give_up

    below, log_weight = [], 0.0
    for in_centre in range(peak, 0, -1):
        log_weight += math.log(leave(in_centre) / arrive)
        if log_weight < -_NATS:
            break
        below.append((in_centre - 1, math.exp(log_weight)))
    yield from reversed(below)
    in_centre, log_weight = peak, 0.0
    while log_weight > -_NATS:
        yield in_centre, math.exp(log_weight)
        in_centre += 1
        log_weight += math.log(arrive / leave(in_centre))


class _Tagged:
    """What becomes of a caller who arrives with others waiting ahead; their number only rises.

    With c = nμ/θ and X = e^(−θV) of the distribution Beta(c, ahead + 1), ``served`` is E[X] =
    c / (c + ahead + 1). ``in_time`` is the share of the served with V <= T: the chance that a
    Beta(c + 1, ahead + 1) exceeds e^(−θT), which is that of more than *ahead* failures in a
    negative binomial distribution of shape c + 1, summed term by term. ``waits_on`` is the chance
    e^(−θT)·P(V > T) to wait at T still, of shape c. ``wait_s`` is the mean wait of the served:
    Σ 1/(nμ + (i + 1)θ). (The finite sum behind Palm's and Garnett's formulas for
    M/M/n+M; uniformisation would give the same at the cost of a matrix.)
    """

    def __init__(self, serve_per_s: float, give_up_per_s: float, threshold_s: float) -> None:
        self._serve, self._give_up = serve_per_s, give_up_per_s
        # 1 − e^(−θT), and the same times the shape c + 1, kept apart: c may be huge, this tiny.
        self._hurried = -math.expm1(-give_up_per_s * threshold_s)
        self._growth = self._hurried * (serve_per_s + give_up_per_s) / give_up_per_s
        self._ahead = -1
        self._log_term = -(serve_per_s + give_up_per_s) * threshold_s
        self._log_other = -serve_per_s * threshold_s
        self._patient = math.exp(-give_up_per_s * threshold_s)
        self._too_late = self._longer = 0.0
        self.wait_s = 0.0
        self.served = 1.0
        self.in_time = 1.0
        self.waits_on = 0.0

    def behind(self, ahead: int) -> None:
        """Move on to a caller with *ahead* others waiting."""
        if self._ahead < 0 < ahead and self.hopeless(ahead):
            self._jump(ahead)
        while self._ahead < ahead:
            self._step()
        self.served = self._serve / (self._serve + (ahead + 1) * self._give_up)
        self.in_time = max(0.0, 1 - self._too_late)
        self.waits_on = self._patient * min(1.0, self._longer)

    def hopeless(self, ahead: int) -> bool:
        """Whether so many are ahead that none of them can be served in time, to 1e-26."""
        # The number who leave within T is at most about Poisson of this mean, plus its spread.
        leave = self._growth / (1 - self._hurried) if self._hurried < 1 else math.inf
        return ahead > leave + 12 * math.sqrt(leave / (1 - self._hurried or 1)) + 100

    def _jump(self, ahead: int) -> None:
        """Go straight to *ahead*: an overloaded queue of millions is not walked through."""
        first = self._serve + self._give_up / 2
        self.wait_s = math.log1p((ahead + 1) * self._give_up / first) / self._give_up
        self._too_late = self._longer = 1.0
        self._log_term = self._log_other = -math.inf
        self._ahead = ahead

    def _step(self) -> None:
        self._ahead += 1
        i = self._ahead
        self.wait_s += 1 / (self._serve + (i + 1) * self._give_up)
        if i > 0:
            # Shape c + 1 for who is served, shape c for the wait itself.
            ratio = (self._growth + self._hurried * (i - 1)) / i
            other = (self._growth + self._hurried * (i - 2)) / i
            self._log_term += math.log(ratio) if ratio > 0 else -math.inf
            self._log_other += math.log(other) if other > 0 else -math.inf
        self._too_late += math.exp(self._log_term)
        self._longer += math.exp(self._log_other)
