"""What a fault did to new calls and to those in progress, from the attempts of customers.

Beside ``recovery``, which says when service was back: when a customer first met the fault, how long
the door was shut, who was talking and who of them was dropped, how much longer people waited, and
what the return cost. Scrapes are asked for one thing only, the provider's own word.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from harness.kpi.columns import AttemptColumns, TalkColumns
from harness.kpi.figures import LEFT_QUEUE, NEVER_GOT_IN, End, Fate, LostCall
from harness.model.event import FaultRun
from harness.model.sample import Scrape, Series
from harness.model.verdict import Failback, InProgress, Outage
from harness.verdict.recovery import decided, served, turning_point

BEFORE_S = 300.0
"""Centre seconds before the injection that say how long people wait on an ordinary day."""
LEAST_WAITS = 20
"""Fewer waits than these, before or after, are compared with nothing."""
BIN_ATTEMPTS = 5.0
"""Whether the door is shut is told by bins of so many attempts on average, a second at least."""
_FAILED = NEVER_GOT_IN | {Fate.CUT_OFF}


def outage(
    fault: FaultRun,
    attempts: AttemptColumns,
    lost: Sequence[LostCall],
    talks: TalkColumns,
    ended: TalkColumns,
    edge: Iterable[Scrape],
    *,
    threshold_s: float,
    restored_share: float,
    until_s: float,
) -> Outage | None:
    """Return what *fault* did until *until_s*, when the next one strikes or nobody looks any more.

    *attempts* are those due from ``BEFORE_S`` before the injection on, *lost* the calls that the
    centre lost since, *talks* those that went on when it struck, *ended* those that ended until
    *until_s*, *edge* the scrapes of the edge. None if the fault was never injected. A menu's time
    is left out of when an attempt ended, but not of when a call was lost.
    """
    if fault.injected_from_s is None:
        return None
    start_s = fault.injected_from_s
    end_s = min(until_s, fault.heal_proven_s or until_s)
    during = attempts.between(start_s, end_s)
    failed = during.met(_FAILED)
    waited = zip(failed.due_s, failed.wait_s, strict=True)
    ends = [due_s + wait_s for due_s, wait_s in waited if wait_s < until_s]
    met_s = [*ends, *(call.ended_s for call in lost if start_s <= call.ended_s <= end_s)]
    known = decided(attempts.between(start_s, until_s), threshold_s, until_s)
    told_s, told_error_s = site_told(fault, edge, end_s=end_s)
    width_s, shut = _shut(during, end_s - start_s, start_s)
    before = attempts.between(start_s - BEFORE_S, start_s)
    extra_s, extra_total_s = _extra_wait(before, during)
    missed = served(known, threshold_s).count(0)
    allowed = (1 - restored_share) * len(known)
    return Outage(
        attempts=len(during),
        failed=len(failed),
        first_failure_s=max(0.0, min(met_s) - start_s) if met_s else None,
        site_told_s=told_s,
        site_told_error_s=told_error_s,
        by_arrival_s=failed.due_s[-1] - failed.due_s[0] if failed else None,
        by_completion_s=max(ends) - min(ends) if ends else None,
        blocked_s=min(shut * width_s, end_s - start_s),
        blocked_error_s=2 * width_s if shut else 0.0,
        extra_wait_s=extra_s,
        extra_wait_total_s=extra_total_s,
        budget_burnt=missed / allowed if allowed else None,
        in_progress=_in_progress(fault, talks, start_s, end_s),
        unknown=_unknown(during, ended, start_s, end_s),
        failback=_failback(fault, known, lost, ended, threshold_s, restored_share, until_s),
    )


def site_told(
    fault: FaultRun, edge: Iterable[Scrape], *, end_s: float
) -> tuple[float | None, float]:
    """Return after how long the edge said that the fault's site is down, and the error of that.

    The error is the time since the scrape before: it went down between the two. None if it never
    said so before *end_s*, or if the fault is of no site.
    """
    if not fault.site or fault.injected_from_s is None:
        return None, 0.0
    start_s, before_s = fault.injected_from_s, fault.injected_from_s
    up = Series("cc_site_up", (("site", fault.site),))
    for scrape in edge:
        value = scrape.values.get(up) if scrape.ok else None
        if value is None or scrape.at_s >= end_s:
            continue
        if scrape.at_s >= start_s and value == 0:
            return scrape.at_s - start_s, scrape.at_s - max(start_s, before_s)
        before_s = scrape.at_s
    return None, 0.0


def _shut(during: AttemptColumns, length_s: float, start_s: float) -> tuple[float, int]:
    """Return how wide a bin is, and in how many of them fewer than half of the calls got in."""
    if not during or length_s <= 0:
        return 0.0, 0
    width_s = max(1.0, BIN_ATTEMPTS * length_s / len(during))
    tried, refused = (
        Counter(int((due_s - start_s) / width_s) for due_s in each.due_s)
        for each in (during, during.met(NEVER_GOT_IN))
    )
    return width_s, sum(2 * refused[number] > count for number, count in tried.items())


def _extra_wait(
    before: AttemptColumns, during: AttemptColumns
) -> tuple[float | None, float | None]:
    """Return by how much longer people waited than before, on average and all together."""
    usual_s, waits_s = before.met(LEFT_QUEUE).wait_s, during.met(LEFT_QUEUE).wait_s
    if min(len(usual_s), len(waits_s)) < LEAST_WAITS:
        return None, None
    extra_s = fmean(waits_s) - fmean(usual_s)
    return extra_s, extra_s * len(waits_s)


def _in_progress(
    fault: FaultRun, talks: TalkColumns, start_s: float, end_s: float
) -> tuple[InProgress, ...]:
    """Return, site by site, the talks that went on at *start_s* and those dropped by *end_s*.

    So the count does not grow with the phase's length: a call that began after the fault is not in
    it. Talks of which the answer was not seen are left out; one that was seen to go on at *end_s*
    was kept, however it ended.
    """
    talking: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    columns = zip(talks.ended_s, talks.site, talks.end, talks.talk_s, strict=True)
    for ended_s, site, end, talk_s in columns:
        if ended_s < start_s or not 0 <= ended_s - talk_s <= start_s:
            continue
        talking[site] += 1
        dropped[site] += end == End.DROPPED and ended_s <= end_s
        unknown[site] += end == End.UNKNOWN and ended_s <= end_s
    sites = sorted(talking) if not fault.site else [fault.site, *sorted({*talking} - {fault.site})]
    return tuple(InProgress(site, talking[site], dropped[site], unknown[site]) for site in sites)


def _unknown(came: AttemptColumns, ended: TalkColumns, start_s: float, end_s: float) -> int:
    """Return of how many calls it is not known whether they were lost from *start_s* to *end_s*.

    Of those that *came* then we lost sight while they queued, or of a talk before it was over.
    """
    rows = zip(ended.ended_s, ended.end, strict=True)
    talks = sum(end == End.UNKNOWN and start_s <= ended_s <= end_s for ended_s, end in rows)
    return talks + len(came.met({Fate.UNSEEN}))


def _failback(
    fault: FaultRun,
    known: AttemptColumns,
    lost: Sequence[LostCall],
    ended: TalkColumns,
    threshold_s: float,
    restored_share: float,
    until_s: float,
) -> Failback | None:
    """Return what the return cost; None if healing never began or nobody looked after it."""
    since_s = fault.healed_from_s
    if since_s is None or since_s >= until_s:
        return None
    after = known.between(since_s, until_s)
    last_hurt, first, _ = turning_point(served(after, threshold_s), restored_share)
    restored_s = None if first is None else after.due_s[first] - since_s
    here = [call for call in lost if since_s <= call.ended_s < until_s]
    return Failback(
        restored_s=0.0 if last_hurt is None and first is not None else restored_s,
        turned_away=tuple(after.met(NEVER_GOT_IN).id),
        attempts=len(after),
        dropped=tuple(call.id for call in here if call.dropped),
        cut_off=tuple(call.id for call in here if not call.dropped),
        unknown=_unknown(after, ended, since_s, until_s),
    )
