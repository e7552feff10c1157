"""When the contacts of a phase are due, by whichever way the scenario asks for. Pure.

Determinism is per seed, phase and stream: *key* names the random stream, and nobody else draws from
it. Recorded contacts and busy days hang on the seed and the stream alone, since they go on from one
phase to the next.
"""

from collections.abc import Iterator
from itertools import takewhile
from random import Random

from harness.model.arrivals import Process
from harness.model.contact import Stream
from harness.model.scenario import Phase, Scenario
from harness.traffic.arrivals import poisson_arrivals, uniform_arrivals
from harness.traffic.rate import arrivals_of, hold, pieces
from harness.traffic.recorded import Moment, replayed


def due_in(scenario: Scenario, phase: Phase, stream: Stream, key: str) -> Iterator[Moment]:
    """Yield when contacts of *stream* are due in *phase*, in seconds from its start."""
    arrivals = arrivals_of(scenario, stream)
    if arrivals.recording is not None:
        of_run = f"{scenario.seed}:{stream}:recorded"
        starts_s = scenario.starts_s(phase)
        rng = Random(key)
        yield from replayed(arrivals.recording, phase, starts_s=starts_s, key=of_run, rng=rng)
        return
    rate = pieces(scenario, phase, stream)
    if arrivals.process is Process.UNIFORM:
        due_s = uniform_arrivals(rate)
    else:
        due_s = poisson_arrivals(rate, Random(key))
    # Pieces are cut in floating point: a contact of the very end must not become the next phase's.
    yield from map(Moment, takewhile(lambda each: each < phase.duration_s, due_s))


def due_in_hold(scenario: Scenario, phase: Phase, stream: Stream, key: str) -> Iterator[Moment]:
    """Yield when those are due who keep the load up after *phase*, without end.

    By chance at the rate of the phase's end, also after a recording: it is not known beforehand how
    long it takes, and nothing of it is judged.
    """
    rate = [hold(scenario, phase, stream)]
    if arrivals_of(scenario, stream).process is Process.UNIFORM:
        due_s = uniform_arrivals(rate)
    else:
        due_s = poisson_arrivals(rate, Random(key))
    for each in due_s:
        yield Moment(phase.duration_s + each)
