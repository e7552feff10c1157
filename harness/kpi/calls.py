"""KPIs of calls as callers experienced them, from the contact log."""

from array import array
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from heapq import merge
from itertools import chain, compress, repeat
from operator import itemgetter, ne

from harness.kpi import measure
from harness.kpi.columns import CallColumns
from harness.kpi.evidence import PhaseEvidence
from harness.kpi.figures import LEFT_QUEUE, NEVER, NEVER_GOT_IN, End, Fate
from harness.kpi.measure import HIT, MISS, OPEN, SKIP, counted
from harness.kpi.question import Formula, Question
from harness.model.verdict import Measurement

MOST_UNKNOWN = 0.01
"""Share of the talks of which it may be unknown how they ended."""
SHORT_HANDLE_S = 10.0
"""A talk below this was no help to anybody: in a real bank's log seven in a hundred such talks gave
away agents who hung up on their callers."""

_NOBODY: AbstractSet[int] = frozenset()
_UNDECIDED = frozenset({Fate.WAITING, Fate.ON_ITS_WAY})


@dataclass(frozen=True, slots=True)
class _Counting:
    """How a formula counts an abandon: as ``quick`` up to a limit, as ``slow`` after it."""

    quick: int
    slow: int
    limit_is_short: bool = False


_COUNTING = {
    Formula.OFFERED: _Counting(MISS, MISS),
    Formula.CREDIT_ALL: _Counting(HIT, MISS),
    Formula.ANSWERED: _Counting(SKIP, SKIP),
    Formula.EXCL_T: _Counting(SKIP, MISS),
    Formula.CREDIT_SHORT: _Counting(HIT, MISS, limit_is_short=True),
    Formula.EXCL_SHORT: _Counting(SKIP, MISS, limit_is_short=True),
    Formula.GENESYS: _Counting(MISS, MISS),
    Formula.DEQUEUED: _Counting(HIT, MISS),
}


@counted("calls")
def service_level(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of calls that were served within the threshold, by the question's formula.

    Formula "offered" (ICMI no. 3), the default: every abandon counts against us, short ones too,
    since an outage makes callers hang up early. In every formula but "answered" being cut off while
    waiting counts against, and who waits still does so too once the threshold is over, and is left
    out (censored) before that. Blocked calls never queued: they have a KPI of their own. A wait of
    exactly the threshold is within it. An empty phase has no service level.
    """
    threshold_s, counting = q.within_s, _COUNTING[q.formula]
    limit_s = q.short_abandon_s if counting.limit_is_short else threshold_s
    only_answered = q.formula is Formula.ANSWERED
    callback = q.formula is Formula.DEQUEUED
    calls = e.calls.within(q.scope)
    counts = bytearray()
    answered, abandoned = Fate.ANSWERED.value, Fate.ABANDONED.value  # plain: enums are slow
    columns = zip(
        calls.fate, _answer_waits(calls, e), calls.wait_s, calls.due_s, calls.ivr_s, strict=True
    )
    for fate, answered_s, wait_s, due_s, ivr_s in columns:
        if fate == answered:
            counts.append(answered_s <= threshold_s)
        elif fate == abandoned:
            counts.append(counting.quick if wait_s <= limit_s else counting.slow)
        elif fate == Fate.WAITING:
            too_long = _longer_than(threshold_s, e.seen_until_s - due_s - ivr_s)
            counts.append(MISS if too_long and not only_answered else OPEN)
        elif fate == Fate.CUT_OFF and not only_answered:
            counts.append(MISS)
        elif fate == Fate.CALLBACK and callback:
            counts.append(wait_s <= threshold_s)
        else:
            counts.append(SKIP)
    return counts


@counted("calls")
def abandonment(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of calls that hung up while waiting, of those that left the queue."""
    fates = e.calls.within(q.scope).fate
    return _counts(fates, {Fate.ABANDONED}, of=LEFT_QUEUE, still=_UNDECIDED)


@counted("calls")
def abandonment_net(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure abandonment without the short abandons: out of the numerator and the denominator."""
    calls, counts = e.calls.within(q.scope), abandonment.counting(e, q)
    for row, (count, wait_s) in enumerate(zip(counts, calls.wait_s, strict=True)):
        if count == HIT and wait_s <= q.short_abandon_s:
            counts[row] = SKIP
    return counts


def average_speed_of_answer(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the mean wait (seconds) of the calls that were answered."""
    calls = e.calls.within(q.scope)
    return measure.mean(_waits(calls, e, Fate.ANSWERED))


@counted("calls")
def answered_late(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of the answered calls that waited longer than the threshold."""
    calls = e.calls.within(q.scope)
    rows = zip(calls.fate, _answer_waits(calls, e), strict=True)
    return bytearray(
        wait_s > q.within_s if fate == Fate.ANSWERED and wait_s != NEVER else SKIP
        for fate, wait_s in rows
    )


def time_to_abandon(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the mean wait (seconds) of the calls that hung up while waiting."""
    return measure.mean(_waits(e.calls.within(q.scope), e, Fate.ABANDONED))


def longest_wait(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the longest wait (seconds) of anybody who queued, those who wait still included.

    By the callers' clock even where a run is too fast for it: nobody else saw all of them.
    """
    known = [wait_s for wait_s in _waits_in_queue(e, q) if wait_s != NEVER]
    return Measurement(max(known, default=None), len(known))


@counted("calls")
def waited_long(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of those who queued that waited longer than the threshold."""
    waits_s = _waits_in_queue(e, q)
    return bytearray(SKIP if wait_s == NEVER else wait_s > q.within_s for wait_s in waits_s)


@counted("talks_ended")
def drops(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of the talks that ended in the phase which nobody wanted to end."""
    unknown = frozenset({End.UNKNOWN})
    ends = e.talks_ended.within(q.scope).end
    return _counts(ends, {End.DROPPED}, of=frozenset(End) - unknown, still=unknown)


def dropped(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the share of the talks that ended in the phase which nobody wanted to end.

    A talk of which we do not know how it ended is left out; too many of those decide nothing.
    """
    measured = drops(e, q)
    unknown, ended = measured.censored, measured.n + measured.censored
    if unknown > MOST_UNKNOWN * ended:
        note = f"it is not known how {unknown} of {ended} talks ended"
        return replace(measured, weakness=note)
    return measured


def talk_time(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the mean time (seconds) from answer to end of the talks that ended, hold included."""
    return measure.mean(_known(e.talks_ended.within(q.scope).talk_s))


@counted("talks_ended")
def short_handle(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of talks of at most ten seconds, of those that ended in the phase."""
    talks = e.talks_ended.within(q.scope).talk_s
    return bytearray(SKIP if talk_s == NEVER else talk_s <= SHORT_HANDLE_S for talk_s in talks)


@counted("calls")
def blocked(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of attempts that never reached a queue, whatever the reason.

    An attempt of which we do not know what became counts as blocked: the caller heard nothing.
    """
    return _of_attempts(e, q, NEVER_GOT_IN)


@counted("calls")
def answer_seizure_ratio(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of attempts that the centre's platform took."""
    return _of_attempts(e, q, frozenset(Fate) - NEVER_GOT_IN)


@counted("calls")
def network_effectiveness(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of attempts that were taken, or turned down on purpose by the far end."""
    return _of_attempts(e, q, frozenset(Fate) - NEVER_GOT_IN | {Fate.REFUSED})


def setup_mean(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the mean time (seconds) from the start of an attempt until it queued."""
    return measure.mean(_known(e.calls.within(q.scope).setup_s))


def setup_p95(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the 95th percentile of the time (seconds) from an attempt's start to its queue."""
    return measure.quantile(_known(e.calls.within(q.scope).setup_s), 0.95)


@counted("calls")
def ivr_containment(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of the calls through the voice menu that needed nobody else.

    A call of which it is not known what became does not count as contained.
    """
    calls = e.calls.within(q.scope)
    return bytearray(
        HIT if fate == Fate.CONTAINED else MISS if ivr_s > 0 else SKIP
        for fate, ivr_s in zip(calls.fate, calls.ivr_s, strict=True)
    )


@counted("calls")
def cut_off(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of calls that the centre cut off in the queue, of those that left it."""
    return _counts(e.calls.within(q.scope).fate, {Fate.CUT_OFF}, of=LEFT_QUEUE)


@counted("calls")
def promised(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure nothing: every call that took a callback is a miss until somebody looks at it."""
    return _counts(e.calls.within(q.scope).fate, _NOBODY, of={Fate.CALLBACK})


def lost_calls(e: PhaseEvidence, q: Question) -> Measurement:
    """Count the calls that the centre lost: cut off while waiting, or dropped while talking.

    The waiting ones by when they were due, the talking ones by when they were dropped.
    """
    fates, ends = e.calls.within(q.scope).fate, e.talks_ended.within(q.scope).end
    n = sum(fate in LEFT_QUEUE for fate in fates) + len(ends)
    if not n:
        return Measurement(None, 0)
    return Measurement(float(fates.count(Fate.CUT_OFF) + ends.count(End.DROPPED)), n)


def api_p95(e: PhaseEvidence, _q: Question) -> Measurement:
    """Measure the 95th percentile of the API's response time (wall seconds), tickets included.

    A request that was not answered counts with the whole time that a client waits.
    """
    return measure.quantile(_api_walls(e), 0.95)


def api_p99(e: PhaseEvidence, _q: Question) -> Measurement:
    """Measure the 99th percentile of the API's response time, as ``api_p95``."""
    return measure.quantile(_api_walls(e), 0.99)


def api_availability(e: PhaseEvidence, _q: Question) -> Measurement:
    """Measure the share of requests that were answered, and not with a server's error (5xx)."""
    return measure.share(bytearray(wall_s >= 0 for wall_s in _api_by_time(e)), census=e.census)


def _of_attempts(e: PhaseEvidence, q: Question, good: frozenset[Fate]) -> bytearray:
    still = frozenset({Fate.ON_ITS_WAY})
    return _counts(e.calls.within(q.scope).fate, good, of=frozenset(Fate) - still, still=still)


def _counts(
    column: bytearray,
    good: AbstractSet[int],
    *,
    of: AbstractSet[int],
    still: AbstractSet[int] = _NOBODY,
) -> bytearray:
    """Return what each value of *column* counts as: *good* ones as a hit, any other *of* as a miss.

    *still* are open. Translated at once: asking a million values one by one took a tenth of a whole
    verdict.
    """
    return column.translate(
        bytes(
            OPEN if value in still else (HIT if value in good else MISS) if value in of else SKIP
            for value in range(256)
        )
    )


def _waits_in_queue(e: PhaseEvidence, q: Question) -> list[float]:
    """Return how long each call waited or waits still, by its caller's clock; ``NEVER``: not so."""
    calls = e.calls.within(q.scope)
    columns = zip(calls.fate, calls.wait_s, calls.due_s, calls.ivr_s, strict=True)
    return [
        e.seen_until_s - due_s - ivr_s
        if fate == Fate.WAITING
        else (wait_s if fate in LEFT_QUEUE or fate == Fate.CALLBACK else NEVER)
        for fate, wait_s, due_s, ivr_s in columns
    ]


def _answer_waits(calls: CallColumns, e: PhaseEvidence) -> "array[float]":
    return calls.site_wait_s if e.site_stamps else calls.wait_s


def _waits(calls: CallColumns, e: PhaseEvidence, of: Fate) -> "array[float]":
    waits = _answer_waits(calls, e) if of is Fate.ANSWERED else calls.wait_s
    return _known(compress(waits, _counts(calls.fate, {of}, of=frozenset(Fate))))


def _known(values: Iterable[float]) -> "array[float]":
    return array("d", filter(partial(ne, NEVER), values))


def _longer_than(threshold_s: float, wait_s: float) -> bool:
    return round(wait_s, 4) > threshold_s


def _api_by_time(e: PhaseEvidence) -> Iterator[float]:
    """Return what each request took, negative if it failed, by when its contact was due."""
    rows = (
        zip(chain.from_iterable(map(repeat, of.due_s, of.requests)), of.api, strict=True)
        for of in (e.calls, e.tickets)
    )
    return map(itemgetter(1), merge(*rows))


def _api_walls(e: PhaseEvidence) -> "array[float]":
    return array("d", map(abs, chain(e.calls.api, e.tickets.api)))
