"""How likely a share is to be decided, before the run: by the verdict's own rules, on made-up hits.

A truth is assumed, hits are drawn from it some hundred times, and each draw is judged exactly as a
run would be: Wilson's interval or that of batch means, wary where it passes (decision 018). So what
is said before a run and what is decided after it cannot come apart. Contacts are drawn independent
of each other: calls of one rush are not, so a queue near its capacity needs more than is said here.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from random import Random

from harness.kpi.measure import tallied
from harness.kpi.search import least
from harness.kpi.statistics import BATCHES, LEAST_PER_BATCH, Tally
from harness.model.sla import Bound, Direction
from harness.model.verdict import Status
from harness.verdict.table import Claim

TRIALS = 400
"""So many made-up runs tell a chance to about two points."""
_TRIALS_OF_SEARCH = 200
_MOST_CONTACTS = 1_000_000
_SEED = "chances"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """By what a share is judged: *bound* and *direction*, at what confidence, a census or not."""

    bound: Bound
    direction: Direction
    confidence: float
    census: bool


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each answer is (0..1); what is left of 1 is not decided."""

    passes: float
    warns: float
    fails: float

    @property
    def lets_through(self) -> float:
        """How likely it is to stand in no GO's way."""
        return self.passes + self.warns


def chances(truth: float, n: int, rule: Rule, *, trials: int = TRIALS) -> Chances:
    """Return what becomes of a share that is really *truth* (0..1), judged on *n* contacts.

    The same arguments give the same answer: the draws have a seed of their own. Without contacts
    nothing is ever decided.

    Raises:
        ValueError: *truth* is no share.
    """
    if not 0 <= truth <= 1:
        raise ValueError(f"a truth of {truth}")
    made_up = _made_up(truth, n, trials, census=rule.census)
    known: dict[Tally, Status] = {}  # without batches many runs count the same
    found = []
    for tally in made_up:
        if tally not in known:
            known[tally] = _status(tally, rule)
        found.append(known[tally])
    return Chances(
        *(found.count(each) / trials for each in (Status.PASS, Status.WARN, Status.FAIL))
    )


def contacts_for(truth: float, rule: Rule, *, chance: float, at_least: int = 1) -> int | None:
    """Return about how many contacts let a share that is really *truth* pass with *chance*.

    To a twentieth, and not fewer than *at_least*. None if the truth is not better than the goal, or
    a million would not do.
    """
    goal = rule.bound.goal
    if truth == goal or not rule.direction.is_at_least(truth, goal):
        return None
    step = 1.05

    def enough(number: int) -> bool:
        n = _steps(number, step, at_least)
        return chances(truth, n, rule, trials=_TRIALS_OF_SEARCH).passes >= chance

    most = math.ceil(math.log(_MOST_CONTACTS / max(1, at_least)) / math.log(step))
    found = least(enough, most=max(1, most // 2))
    return None if found is None else _steps(found, step, at_least)


def contacts_to_fail(truth: float, rule: Rule, *, chance: float) -> int | None:
    """Return about how many contacts catch a share that is really *truth* with *chance*.

    To a twentieth. None if the truth is not worse than the warn limit, or a million would not do.
    """
    if rule.direction.is_at_least(truth, rule.bound.warn):
        return None
    step = 1.05

    def enough(number: int) -> bool:
        n = _steps(number, step, 1)
        return chances(truth, n, rule, trials=_TRIALS_OF_SEARCH).fails >= chance

    most = math.ceil(math.log(_MOST_CONTACTS) / math.log(step))
    found = least(enough, most=most // 2)
    return None if found is None else _steps(found, step, 1)


def _steps(number: int, step: float, at_least: int) -> int:
    return round(max(1, at_least) * step ** (number - 1))


def _status(tally: Tally, rule: Rule) -> Status:
    return Claim(tallied(tally), rule.bound, rule.direction).at(rule.confidence).status


def _made_up(truth: float, n: int, trials: int, *, census: bool) -> Sequence[Tally]:
    """Return what *trials* runs would have counted, were the share really *truth*."""
    batches = 0 if census else next((b for b in BATCHES if n >= b * LEAST_PER_BATCH), 0)
    if not batches:
        table = _binomial(n, truth)
        return [Tally(table.quantile(u), n) for u in _spread(trials, 0)]
    edges = [round(i * n / batches) for i in range(batches + 1)]
    sizes = [after - before for before, after in pairwise(edges)]
    columns = [
        [_binomial(size, truth).quantile(u) for u in _spread(trials, number)]
        for number, size in enumerate(sizes)
    ]
    return [
        Tally(sum(row), n, tuple(hits / size for hits, size in zip(row, sizes, strict=True)))
        for row in zip(*columns, strict=True)
    ]


@lru_cache(maxsize=64)
def _spread(trials: int, number: int) -> tuple[float, ...]:
    """Return *trials* numbers of 0..1 in a random order, one from each equal part of it.

    Evenly spread numbers find a chance much closer than as many random ones.
    """
    draw = Random(f"{_SEED}:{trials}:{number}")
    found = [(part + draw.random()) / trials for part in range(trials)]
    draw.shuffle(found)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Binomial:
    """How likely at most so many hits are, from *first* hits on."""

    first: int
    at_most: tuple[float, ...]

    def quantile(self, u: float) -> int:
        return self.first + min(bisect_left(self.at_most, u), len(self.at_most) - 1)


@lru_cache(maxsize=256)
def _binomial(n: int, p: float) -> _Binomial:
    """Return the binomial distribution, but for tails of less than 1e-12."""
    if n == 0 or p in (0.0, 1.0):
        return _Binomial(round(n * p), (1.0,))
    middle, spread = n * p, math.sqrt(n * p * (1 - p))
    first, last = (
        max(0, math.floor(middle - 7 * spread - 20)),
        min(n, math.ceil(middle + 7 * spread + 20)),
    )
    log_share = (
        math.lgamma(n + 1)
        - math.lgamma(first + 1)
        - math.lgamma(n - first + 1)
        + first * math.log(p)
        + (n - first) * math.log1p(-p)
    )
    odds = math.log(p) - math.log1p(-p)
    shares = []
    for hits in range(first, last + 1):
        shares.append(math.exp(log_share))
        if hits < n:
            log_share += math.log((n - hits) / (hits + 1)) + odds
    return _Binomial(first, tuple(accumulate(shares)))
