"""How busy a day is, and each half hour of it: chance beyond that of single customers.

Counts of real days spread three times as widely as Poisson's (``docs/decisions/022``): the whole
day is busier or calmer, and so is each half hour. Both factors are Gamma distributed with mean 1.
Half hours depend on the one before by the Beta-Gamma process of order one (Lewis, McKenzie and
Hugus 1989): its values are exactly Gamma and its correlation exactly what was asked for, where a
normal process bent into shape would only come near.
"""

from functools import lru_cache
from random import Random

from harness.model.arrivals import DAY_S, HALF_HOUR_S, Days

_HALF_HOURS = int(DAY_S / HALF_HOUR_S)


def factor(days: Days | None, name: str, clock_s: float) -> float:
    """Return by how much the rate at *clock_s* is above the average of all days.

    *name* says whose days these are: the seed and the stream. The same name has the same days.
    1 without *days*.
    """
    if days is None:
        return 1.0
    day, of_day_s = divmod(clock_s, DAY_S)
    return factors_of_day(days, name, int(day))[int(of_day_s // HALF_HOUR_S)]


@lru_cache(maxsize=1024)
def factors_of_day(days: Days, name: str, day: int) -> tuple[float, ...]:
    """Return the factor of each half hour of *day*, that of the day itself in all of them."""
    whole = _gamma(days.day, Random(f"{name}:day:{day}"))
    return tuple(whole * part for part in _chain(days, Random(f"{name}:half-hours:{day}")))


def _chain(days: Days, rng: Random) -> list[float]:
    if not days.interval:
        return [1.0] * _HALF_HOURS
    form, share = 1 / days.interval**2, days.correlation
    found = [_gamma(days.interval, rng)]
    while len(found) < _HALF_HOURS:
        kept = found[-1] * rng.betavariate(form * share, form * (1 - share)) if share else 0.0
        found.append(kept + rng.gammavariate(form * (1 - share), 1 / form))
    return found


def _gamma(variation: float, rng: Random) -> float:
    return rng.gammavariate(1 / variation**2, variation**2) if variation else 1.0
