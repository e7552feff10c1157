"""How long a fault hurt, from the attempts of customers, not from scrapes.

Recovery is not "the process is up" and not the first lucky success. Attempts are looked at in
windows of twenty, so that a quiet queue cannot flatter it; it is timed from the injection, not from
the first failure that somebody happened to notice, and to the end of the *last* bad window: service
that was back for a minute and fell again was not back.
"""

from collections.abc import Sequence

from harness.kpi.calls import cut_off_while_waiting, never_got_in
from harness.model.contact import Call, EndedBy, Outcome
from harness.model.event import FaultRun
from harness.model.verdict import Recovery

WINDOW_ATTEMPTS = 20
GOOD_ATTEMPTS = 60
"""So many attempts have to follow the last bad window before service counts as restored."""


def recovery(
    fault: FaultRun,
    calls: Sequence[Call],
    *,
    threshold_s: float,
    restored_share: float,
    watched_until_s: float,
    speed: float,
) -> Recovery | None:
    """Return how service came back after *fault*; None if it was never injected.

    *calls* are all attempts of the run by due time, those of a hold included. An attempt is served
    if it was answered within *threshold_s* of its due time; a window is bad if less than
    *restored_share* of it was served. Who was dropped or cut off was at the fault's site; who was
    turned away was at none.
    """
    if fault.injected_from_s is None:
        return None
    start_s, end_s = fault.injected_from_s, fault.heal_proven_s or watched_until_s
    attempts = [
        call
        for call in calls
        if start_s <= call.due_s < watched_until_s and _decided(call, threshold_s, watched_until_s)
    ]
    served = [_served(call, threshold_s) for call in attempts]
    last_hurt, first = _turning_point(served, restored_share)
    bracket_s = (fault.injected_s or start_s) - start_s
    lag_s = max((call.lag_s for call in attempts[: (first or 0) + 1]), default=0.0)
    return Recovery(
        kind=fault.kind,
        site=fault.site,
        phase=fault.phase,
        recovered_s=None if first is None else attempts[first].due_s - start_s,
        at_least_s=0.0 if last_hurt is None else attempts[last_hurt].due_s - start_s,
        error_s=_gap_before(attempts, first, start_s) + bracket_s + lag_s,
        wall_error_s=(bracket_s + lag_s) / speed,
        watched_s=watched_until_s - start_s,
        dropped=tuple(c.id for c in calls if c.site == fault.site and _dropped(c, start_s, end_s)),
        cut_off=tuple(c.id for c in calls if c.site == fault.site and _cut_off(c, start_s, end_s)),
        turned_away=tuple(c.id for c in calls if start_s <= c.due_s < end_s and never_got_in(c)),
    )


def _decided(call: Call, threshold_s: float, seen_until_s: float) -> bool:
    """Whether it is known if *call* was served: it waits no more, or too long by now."""
    return call.outcome is not None or seen_until_s - call.due_s > threshold_s


def _served(call: Call, threshold_s: float) -> bool:
    wait_s = call.wait_s
    return call.outcome is Outcome.ANSWERED and wait_s is not None and wait_s <= threshold_s


def _turning_point(served: Sequence[bool], restored_share: float) -> tuple[int | None, int | None]:
    """Return the last attempt hurt in a bad window, and the first served after all of those.

    The first is None if no window was bad, the second if too few attempts follow to call it
    restored.
    """
    last_hurt = None
    for begin in range(len(served) - WINDOW_ATTEMPTS + 1):
        window = served[begin : begin + WINDOW_ATTEMPTS]
        if sum(window) < restored_share * WINDOW_ATTEMPTS:
            last_hurt = begin + max(i for i, good in enumerate(window) if not good)
    after = 0 if last_hurt is None else last_hurt + 1
    first = next((i for i in range(after, len(served)) if served[i]), None)
    if first is None or len(served) - first < GOOD_ATTEMPTS:
        return last_hurt, None
    return last_hurt, first


def _gap_before(attempts: Sequence[Call], first: int | None, start_s: float) -> float:
    """Return how long before the first restored attempt nobody tried: we cannot see closer."""
    if first is None:
        return 0.0
    before_s = attempts[first - 1].due_s if first else start_s
    return attempts[first].due_s - before_s


def _dropped(call: Call, start_s: float, end_s: float) -> bool:
    return (
        call.ended_by is EndedBy.DROPPED
        and call.ended_s is not None
        and start_s <= call.ended_s <= end_s
    )


def _cut_off(call: Call, start_s: float, end_s: float) -> bool:
    ended_s = call.ended_s
    return cut_off_while_waiting(call) and ended_s is not None and start_s <= ended_s <= end_s
