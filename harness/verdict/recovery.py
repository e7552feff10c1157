"""How long a fault hurt, from the attempts of customers, not from scrapes.

Recovery is not "the process is up" and not the first lucky success. Attempts are looked at in
windows of twenty, so that a quiet queue cannot flatter it; it is timed from the injection, not from
the first failure that somebody happened to notice, and to the end of the *last* bad window: service
that was back for a minute and fell again was not back.
"""

from array import array
from collections.abc import Iterable, Sequence

from harness.kpi.figures import NEVER_GOT_IN, Attempt, Fate, LostCall
from harness.model.event import FaultRun
from harness.model.verdict import Recovery

WINDOW_ATTEMPTS = 20
LEAVE_SHARE = 0.8
"""A bad spell is left at this share of the misses that began it: at one limit alone, service that
stands right at it would seem to fall and rise with every attempt."""
_NOT_ASKED = frozenset({Fate.CONTAINED, Fate.CALLBACK, Fate.ON_ITS_WAY})
GOOD_ATTEMPTS = 60
"""So many attempts have to follow the last bad window before service counts as restored."""


def recovery(
    fault: FaultRun,
    attempts: Iterable[Attempt],
    lost: Iterable[LostCall],
    *,
    threshold_s: float,
    restored_share: float,
    watched_until_s: float,
    speed: float,
) -> Recovery | None:
    """Return how service came back after *fault*; None if it was never injected.

    *attempts* are those of the run by due time, those of a hold included, and are read once; *lost*
    are the calls that the centre lost. An attempt is served if it was answered within *threshold_s*
    of its due time; a window is bad if less than *restored_share* of it was served. Who was dropped
    or cut off was at the fault's site, if it is of one; who was turned away was at none.
    """
    if fault.injected_from_s is None:
        return None
    start_s, end_s = fault.injected_from_s, fault.heal_proven_s or watched_until_s
    due_s, lag_s, served = array("d"), array("d"), bytearray()
    turned_away = []
    for each in attempts:
        if start_s <= each.due_s < end_s and each.fate in NEVER_GOT_IN:
            turned_away.append(each.id)
        if start_s <= each.due_s < watched_until_s and is_decided(
            each, threshold_s, watched_until_s
        ):
            due_s.append(each.due_s)
            lag_s.append(each.lag_s)
            served.append(each.fate == Fate.ANSWERED and each.wait_s <= threshold_s)
    last_hurt, first, flaps = turning_point(served, restored_share)
    bracket_s = (fault.injected_s or start_s) - start_s
    late_s = max(lag_s[: (first or 0) + 1], default=0.0)
    here = [
        call for call in lost if fault.site in ("", call.site) and start_s <= call.ended_s <= end_s
    ]
    return Recovery(
        kind=fault.kind,
        site=fault.site,
        phase=fault.phase,
        recovered_s=None if first is None else due_s[first] - start_s,
        at_least_s=0.0 if last_hurt is None else due_s[last_hurt] - start_s,
        error_s=_gap_before(due_s, first, start_s) + bracket_s + late_s,
        wall_error_s=(bracket_s + late_s) / speed,
        watched_s=watched_until_s - start_s,
        dropped=tuple(c.id for c in here if c.dropped),
        cut_off=tuple(c.id for c in here if not c.dropped),
        turned_away=tuple(turned_away),
        fault=fault.id,
        flaps=flaps,
    )


def is_decided(attempt: Attempt, threshold_s: float, seen_until_s: float) -> bool:
    """Whether it is known if it was served: it waits no more, or too long by now.

    Who was served by the voice menu, or is to be called back, has not asked for an answer at once
    and tells nothing of how fast those come. Who is on the way to a queue may still be in the menu,
    whose time is no wait; a request that hangs is given up soon, and is known then.
    """
    if attempt.fate in _NOT_ASKED:
        return False
    return attempt.fate != Fate.WAITING or seen_until_s - attempt.due_s > threshold_s


def turning_point(
    served: Sequence[int], restored_share: float
) -> tuple[int | None, int | None, int]:
    """Return the last attempt hurt in a bad spell, the first served after it, and the flaps.

    A spell begins with a window of which less than *restored_share* was served, and ends before the
    first one that missed no more than ``LEAVE_SHARE`` of what was allowed. A flap is a spell after
    the first. The first number is None if there was no spell, the second if too few attempts follow
    to call it restored.
    """
    last_hurt, spells, bad = None, 0, False
    leave = WINDOW_ATTEMPTS * (1 - LEAVE_SHARE * (1 - restored_share)) - 1e-9
    for begin in range(len(served) - WINDOW_ATTEMPTS + 1):
        window = served[begin : begin + WINDOW_ATTEMPTS]
        good = sum(window)
        falls = good < restored_share * WINDOW_ATTEMPTS
        spells += falls and not bad
        bad = falls or (bad and good < leave)
        if bad:
            last_hurt = begin + max(i for i, each in enumerate(window) if not each)
    after = 0 if last_hurt is None else last_hurt + 1
    first = next((i for i in range(after, len(served)) if served[i]), None)
    if first is None or len(served) - first < GOOD_ATTEMPTS:
        first = None
    return last_hurt, first, max(0, spells - 1)


def _gap_before(due_s: Sequence[float], first: int | None, start_s: float) -> float:
    """Return how long before the first restored attempt nobody tried: we cannot see closer."""
    if first is None:
        return 0.0
    return due_s[first] - (due_s[first - 1] if first else start_s)
