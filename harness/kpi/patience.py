"""Erlang's model with callers of any patience: M/M/n+G, exact.

Erlang A needs an exponential patience. Real callers' is not: a few hang up at the first tone, the
rest stay long. Putting its mean into Erlang A would be wrong just where it matters, because at
short waits what counts is how many hang up in the first seconds, not the mean (Whitt 2004). The
rival is to fit an exponential to that beginning; it fails where waits grow long.

The virtual wait V of a caller who never hangs up has the density λ·π·exp(φ(t)), φ(t) = λ·H(t) −
nμt, H(t) = ∫₀ᵗ S(u)du, with S the share of callers whose patience outlasts u, and a chance to be
zero (Baccelli and Hebuterne 1981; Zeltyn and Mandelbaum 2005). All figures are integrals over it. φ
is concave, so they are taken where it is within 60 e-folds of its peak, and nothing overflows.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from harness.kpi.erlang import Expected, Pool, erlang_b, expect
from harness.model.patience import Patience, Weibull

_NATS = (1.0, 4.0, 15.0, 60.0)
"""How many e-folds below its peak the density is cut into pieces; at the last one it ends."""
_STEPS = 150
"""Of each piece, for Simpson's rule."""
_HALVINGS = 200


def expect_with(pool: Pool, patience: Patience, *, threshold_s: float) -> Expected:
    """Return what to expect of *pool* whose callers have *patience*, as ``erlang.expect`` does.

    The pool's own ``patience_s`` does not count.

    Raises:
        ValueError: the threshold is negative.
    """
    mean_s = patience.mean_s
    pool = replace(pool, patience_s=mean_s)
    if patience.is_exponential or not pool.per_hour or not threshold_s >= 0:
        return expect(pool, threshold_s=threshold_s)
    if not pool.agents:
        gone = 1 - patience.outlasts(threshold_s)
        return replace(expect(pool, threshold_s=threshold_s), quit_in_time=gone)
    return _waits(pool, patience, threshold_s)


def _waits(pool: Pool, patience: Patience, threshold_s: float) -> Expected:
    arrive, serve = pool.per_hour / 3600, pool.agents / pool.handle_s
    idle = erlang_b(pool.agents - 1, pool.offered)
    if idle == 0.0:  # so many agents that nobody ever waits
        return Expected(0.0, 0.0, 0.0, 0.0, 1.0, pool.offered / pool.agents, 0.0)

    def phi(wait_s: float) -> float:
        return arrive * _listened(patience, wait_s) - serve * wait_s

    peak_s = _peak(patience, serve / arrive)
    top = phi(peak_s)
    far_s = max(peak_s, pool.handle_s)
    while phi(far_s) > top - _NATS[-1]:
        far_s *= 2
    cuts = {peak_s}
    for nats in _NATS:
        cuts.add(_where(phi, top - nats, inside_s=peak_s, outside_s=0.0))
        cuts.add(_where(phi, top - nats, inside_s=peak_s, outside_s=far_s))
    if min(cuts) < threshold_s < max(cuts):
        cuts.add(threshold_s)
    waits = served = served_s = in_time = quit_soon = still_there = listened_s = 0.0
    for start_s, end_s in pairwise(sorted(cuts)):
        for wait_s, weight in _simpson(start_s, end_s):
            here = weight * math.exp(phi(wait_s) - top)
            stays = patience.outlasts(wait_s)
            waits += here
            served += here * stays
            served_s += here * stays * wait_s
            listened_s += here * _listened(patience, wait_s)
            if end_s <= threshold_s:
                in_time += here * stays
                quit_soon += here * (1 - stays)
            else:
                still_there += here
    # The chance to be answered at once, on the scale of the integrals.
    at_once = math.exp(-top) / idle / arrive
    total = at_once + waits
    answered = (at_once + served) / total
    quit_soon += still_there * (1 - patience.outlasts(threshold_s))
    mean_wait_s = listened_s / total
    return Expected(
        wait_share=waits / total,
        abandonment=max(0.0, (waits - served) / total),
        mean_wait_s=mean_wait_s,
        asa_s=served_s / total / answered,
        service_level=min(1.0, (at_once + in_time) / total),
        occupancy=min(1.0, pool.offered * answered / pool.agents),
        queue_length=arrive * mean_wait_s,
        quit_in_time=quit_soon / total,
    )


def _peak(patience: Patience, share: float) -> float:
    """Return the wait that only *share* of the callers outlast: there φ is highest."""
    if share >= 1:
        return 0.0
    far_s = patience.mean_s
    while patience.outlasts(far_s) > share:
        far_s *= 2
    return _where(patience.outlasts, share, inside_s=0.0, outside_s=far_s)


def _where(
    f: Callable[[float], float], level: float, *, inside_s: float, outside_s: float
) -> float:
    """Return where *f* falls to *level* between a time at which it is above and one further out.

    The outer time itself, if *f* is above the level there too.
    """
    if f(outside_s) >= level:
        return outside_s
    for _ in range(_HALVINGS):
        middle_s = (inside_s + outside_s) / 2
        if middle_s in (inside_s, outside_s):
            break
        if f(middle_s) >= level:
            inside_s = middle_s
        else:
            outside_s = middle_s
    return outside_s


def _simpson(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    """Yield the points and weights of Simpson's rule over the piece."""
    width_s = (end_s - start_s) / _STEPS
    for step in range(_STEPS + 1):
        weight = 1.0 if step in (0, _STEPS) else 4.0 if step % 2 else 2.0
        yield start_s + step * width_s, weight * width_s / 3


def _listened(patience: Patience, wait_s: float) -> float:
    """Return H: how long a caller stays on average who would have to wait *wait_s*."""
    return sum(kind.share * _listened_by(kind, wait_s) for kind in patience.kinds)


def _listened_by(kind: Weibull, wait_s: float) -> float:
    if kind.shape == 1:
        return -kind.scale_s * math.expm1(-wait_s / kind.scale_s)
    return kind.mean_s * _gamma_share(1 / kind.shape, (wait_s / kind.scale_s) ** kind.shape)


def _gamma_share(a: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function P(a, x).

    By its series below a + 1, by Lentz's continued fraction of the rest above (Abramowitz and
    Stegun 6.5.29 and 6.5.31).
    """
    if x <= 0:
        return 0.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-16:
            n += 1
            term *= x / n
            total += term
        return total * front
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for i in range(1, 500):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 - front * fraction
