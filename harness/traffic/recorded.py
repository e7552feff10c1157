"""Contacts as they once came, placed again: at 100 % every one of them, and no other.

A load below 100 % keeps each contact by the throw of a seeded coin; one of 250 % has each of them
twice and every other one a third time. Copies come within half a minute of their model, so that no
two customers dial in the same instant. Pure.
"""

from collections.abc import Iterator
from itertools import groupby
from random import Random
from typing import NamedTuple

from harness.model.arrivals import Recording
from harness.model.scenario import Phase

_NEARBY_S = 30.0


class Moment(NamedTuple):
    """When a contact is due, and the queue, line or priority it is for; empty if not told."""

    at_s: float
    name: str = ""


def moments(recording: Recording, key: str) -> Iterator[Moment]:
    """Yield the contacts of *recording*, by seconds from the run's start, in order.

    A count becomes exactly that many contacts, each anywhere in its interval (the order statistics
    of a Poisson process of which the number is known), drawn from a random stream that *key* and
    the interval name: where phases begin and end changes nothing.
    """
    names = recording.names or ("",) * len(recording.at_s)
    if not recording.counts:
        yield from map(Moment, recording.at_s, names)
        return
    rows = zip(recording.at_s, recording.counts, names, strict=True)
    for start_s, of_interval in groupby(rows, key=lambda row: row[0]):
        rng = Random(f"{key}:{start_s:g}")
        yield from sorted(
            Moment(start_s + rng.random() * recording.interval_s, name)
            for _, count, name in of_interval
            for _ in range(count)
        )


def replayed(
    recording: Recording, phase: Phase, *, starts_s: float, key: str, rng: Random
) -> Iterator[Moment]:
    """Yield what comes in *phase*, which starts *starts_s* into the run, by its own seconds."""
    yield from sorted(_wanted(recording, phase, starts_s, key, rng))


def _wanted(
    recording: Recording, phase: Phase, starts_s: float, key: str, rng: Random
) -> Iterator[Moment]:
    for moment in moments(recording, key):
        at_s = moment.at_s - starts_s
        if at_s >= phase.duration_s:
            return
        if at_s < 0:
            continue
        whole, part = divmod(phase.load.at(at_s / phase.duration_s), 1.0)
        for copy in range(int(whole) + (rng.random() < part)):
            if copy:
                nearby = max(0.0, at_s - _NEARBY_S), min(phase.duration_s, at_s + _NEARBY_S)
                yield Moment(rng.uniform(*nearby), moment.name)
            else:
                yield Moment(at_s, moment.name)


def expected_of(
    recording: Recording, phase: Phase, *, starts_s: float, after_s: float = 0.0
) -> float:
    """Return how many contacts to expect in *phase*: at 100 %, as many as the file has there.

    Of those after *after_s* seconds of it.
    """
    if not recording.counts:
        within = (at_s - starts_s for at_s in recording.at_s)
        shares = (at_s / phase.duration_s for at_s in within if after_s <= at_s < phase.duration_s)
        return sum(map(phase.load.at, shares))
    total = 0.0
    for start_s, count in zip(recording.at_s, recording.counts, strict=True):
        low_s = max(after_s, start_s - starts_s)
        high_s = min(phase.duration_s, start_s + recording.interval_s - starts_s)
        if low_s < high_s:
            load = phase.load.at((low_s + high_s) / 2 / phase.duration_s)
            total += count * load * (high_s - low_s) / recording.interval_s
    return total
