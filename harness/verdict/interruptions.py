"""What was away while a run went on, when, and what that does to its verdict: by no plan of ours.

Of the target: nothing of it answered, its customers could not get in, a process was started anew.
Of what is known of it: a page of metrics did not answer, or stood still. What a fault of the plan
has done is told with the fault.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from harness.kpi.columns import CallColumns
from harness.model.sample import Series
from harness.model.verdict import Away, Interruption
from harness.verdict.evidence import Evidence
from harness.verdict.reach import (
    LEAST_MISSES,
    NOT_IN,
    STARTED,
    Silence,
    nobody_got_in,
    planned,
    silences,
    together,
    whole,
)
from harness.verdict.words import plural

_ALIVE = Series("process_cpu_seconds_total")
STILL_AFTER = 30
"""So many scrapes in a row that tell the same of a process that answered them."""
_LEAST_ATTEMPTS = 10
"""So many customers in a row who could not get in are told; fewer are a bad moment."""
_KEPT_OUT = bytes(fate in NOT_IN for fate in range(256))
_MANY = re.compile(rb"\x01{%d,}" % _LEAST_ATTEMPTS)
_JUDGED = "counts as its customers met it"


class _Pulse(NamedTuple):
    """What one answer tells of the process behind it; None: nothing."""

    at_s: float
    used: float | None
    started: float | None


def interruptions(run: Evidence, shut: Sequence["Shut"] = ()) -> tuple[Interruption, ...]:
    """Return what was away and when, the first first. Reads every scrape once.

    *shut* is when customers could not get in, of all phases.
    """
    pulses = {source: list(_pulses(run, source)) for source in run.sources()}
    quiet = [_away(run, source, told) for source, told in pulses.items()]
    at_once = list(together(quiet))
    found = [_of_all(run, shared) for shared in at_once]
    known = {id(each) for shared, one in zip(at_once, found, strict=True) for each in shared if one}
    found += [_of_one(run, each) for some in quiet for each in some if id(each) not in known]
    for source, told in pulses.items():
        found += _stood_still(run, source, told)
    found += _of_customers(run, shut, found)
    return tuple(sorted((each for each in found if each), key=lambda each: each.start_s))


@dataclass(frozen=True, slots=True)
class Shut:
    """A stretch in which *count* customers in a row could not get in, due from first to last."""

    start_s: float
    end_s: float
    count: int


def shut_doors(calls: CallColumns) -> list[Shut]:
    """Return when those of *calls*, by due time, could not get in, ten and more in a row."""
    kept_out = bytes(calls.fate).translate(_KEPT_OUT)
    return [
        Shut(calls.due_s[found.start()], calls.due_s[found.end() - 1], found.end() - found.start())
        for found in _MANY.finditer(kept_out)
    ]


def _of_customers(
    run: Evidence, shut: Sequence[Shut], found: Sequence[Interruption | None]
) -> Iterator[Interruption]:
    """Yield when customers could not get in though metrics were told, and no fault explains it."""
    told = [each for each in found if each and each.kind in (Away.TARGET, Away.NETWORK)]
    for each in shut:
        known = any(one.overlaps(each.start_s, each.end_s) for one in told)
        if known or planned(run, each.start_s, each.end_s):
            continue
        what = f"customers could not reach the target, {each.count} in a row"
        what += ", while it told its metrics" if run.sources() else ""
        yield Interruption(Away.DOOR, (), each.start_s, each.end_s, what, _JUDGED)


def stretches_of_stillness(
    pulses: Iterable[tuple[float, float | None]],
) -> Iterator[tuple[float, float]]:
    """Yield from when to when a process told of itself, again and again, that it used no CPU.

    It answered meanwhile, so it has: its page is an old one. *pulses* are its answers: when, and
    how many CPU seconds it said to have used.
    """
    told = list(pulses)
    since_s, alike = 0.0, 1
    for (before_s, before), (_, used) in pairwise(told):
        if before is not None and before == used:
            since_s = before_s if alike == 1 else since_s
            alike += 1
            continue
        if alike >= STILL_AFTER:
            yield since_s, before_s
        alike = 1
    if alike >= STILL_AFTER:
        yield since_s, told[-1][0]


def _of_all(run: Evidence, shared: Sequence[Silence]) -> Interruption | None:
    """Return that nothing of the target answered; None if a fault explains it, or some got in."""
    window = whole(shared)
    if planned(run, window.start_s, window.end_s):
        return None  # each that no fault explains is told by itself
    sources = tuple(each.source for each in shared)
    end_s = None if any(each.end_s is None for each in shared) else window.end_s
    anew = [each.source for each in shared if each.anew]
    if len(anew) == len(shared):
        what = f"the target was restarted: {', '.join(anew)} started anew"
        return Interruption(Away.TARGET, sources, window.start_s, end_s, what, _JUDGED)
    if not nobody_got_in(run, window):
        missed = max(each.missed for each in shared)
        what = f"no page of metrics was told, {plural(missed, 'scrape')} missed; who called got in"
        return _unread(what, sources, window.start_s, end_s, anew)
    if end_s is None:
        what = "nothing of the target answered any more"
        return Interruption(Away.TARGET, sources, window.start_s, None, what, _JUDGED)
    if all(each.anew is False for each in shared):
        what = "nothing of the target could be reached, and its processes lived on"
        effect = "contacts of then are left out: the network between was gone, ours or its own"
        return Interruption(Away.NETWORK, sources, window.start_s, end_s, what, effect)
    how = f"{', '.join(anew)} started anew" if anew else "whether it lived on cannot be told"
    what = f"nothing of the target answered; {how}"
    return Interruption(Away.TARGET, sources, window.start_s, end_s, what, _JUDGED)


def _of_one(run: Evidence, silence: Silence) -> Interruption | None:
    """Return that one source did not answer; None if a fault explains it."""
    end_s = silence.end_s
    site = _site(run, silence.source)
    if planned(run, silence.start_s, end_s or silence.start_s, site=site):
        return None
    if silence.missed < LEAST_MISSES:
        what = f"the process of {silence.source} was started anew"
        return Interruption(Away.PROCESS, (silence.source,), silence.start_s, end_s, what, _JUDGED)
    what = f"{silence.source} did not tell its metrics, {plural(silence.missed, 'scrape')} missed"
    anew = [silence.source] if silence.anew else []
    return _unread(what, (silence.source,), silence.start_s, end_s, anew)


def _unread(
    what: str, of: tuple[str, ...], start_s: float, end_s: float | None, anew: Sequence[str]
) -> Interruption:
    """Return that pages were not read, of which those of *anew* have other processes now."""
    if anew:
        effect = "what was counted since the last answer is gone; customers' own figures count"
        what = f"{what}; {', '.join(anew)} started anew"
        return Interruption(Away.PROCESS, of, start_s, end_s, what, effect)
    effect = "counters ran on; a phase that misses more than 5 % of its scrapes is in doubt"
    return Interruption(Away.METRICS, of, start_s, end_s, what, effect)


def _site(run: Evidence, source: str) -> str:
    """Return the site that *source* tells of; empty for one that tells of all, as the edge does."""
    return source if source in run.target.sites else ""


def _pulses(run: Evidence, source: str) -> Iterator[_Pulse]:
    for at_s, ok, (used, started) in run.told(source).of(_ALIVE, STARTED):
        if ok:
            yield _Pulse(at_s, used, started)


def _away(run: Evidence, source: str, pulses: Sequence[_Pulse]) -> list[Silence]:
    """Return when *source* was away: did not answer, or was started anew between two answers.

    A start may be so quick that hardly a scrape missed the process.
    """
    quiet = silences(run, source)
    for before, after in pairwise(pulses):
        if before.started is None or after.started in (None, before.started):
            continue
        if not any(each.overlaps(before.at_s, after.at_s) for each in quiet):
            quiet.append(Silence(source, before.at_s, after.at_s, 0, anew=True))
    return quiet


def _stood_still(run: Evidence, source: str, pulses: Sequence[_Pulse]) -> Iterator[Interruption]:
    for start_s, end_s in stretches_of_stillness((each.at_s, each.used) for each in pulses):
        if planned(run, start_s, end_s, site=_site(run, source)):
            continue
        what = f"the metrics page of {source} stood still while its process answered"
        effect = "the run is in doubt: what the page says of then is not known to be true"
        yield Interruption(Away.FROZEN, (source,), start_s, end_s, what, effect)
