"""How long a fault hurt, from the attempts of customers, not from scrapes.

Recovery is not "the process is up" and not the first lucky success. Attempts are looked at in
windows of twenty, so that a quiet queue cannot flatter it; it is timed from the injection, not from
the first failure that somebody happened to notice, and to the end of the *last* bad window: service
that was back for a minute and fell again was not back.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate
from operator import and_, ge

from harness.kpi.columns import AttemptColumns, where
from harness.kpi.figures import NEVER_GOT_IN, Fate, LostCall
from harness.model.event import FaultRun
from harness.model.verdict import Recovery

WINDOW_ATTEMPTS = 20
LEAVE_SHARE = 0.8
"""A bad spell is left at this share of the misses that began it: at one limit alone, service that
stands right at it would seem to fall and rise with every attempt."""
_NOT_ASKED = frozenset({Fate.CONTAINED, Fate.CALLBACK, Fate.ON_ITS_WAY})
_KNOWN_EARLY = bytes(fate not in _NOT_ASKED for fate in range(256))
_KNOWN = bytes(fate not in _NOT_ASKED and fate != Fate.WAITING for fate in range(256))
"""Whether an attempt is decided, by its fate: one that was due early enough, and any other."""
_ANSWERED = bytes(fate == Fate.ANSWERED for fate in range(256))
GOOD_ATTEMPTS = 60
"""So many attempts have to follow the last bad window before service counts as restored."""


def recovery(
    fault: FaultRun,
    attempts: AttemptColumns,
    lost: Iterable[LostCall],
    *,
    threshold_s: float,
    restored_share: float,
    watched_until_s: float,
    speed: float,
) -> Recovery | None:
    """Return how service came back after *fault*; None if nobody had begun to inject it.

    *attempts* are those of the run, those of a hold included; *lost* are the calls that the centre
    lost. An attempt is served if it was answered within *threshold_s* of its due time; a window is
    bad if less than *restored_share* of it was served. Who was dropped or cut off was at the
    fault's site, if it is of one; who was turned away was at none. Who was lost meanwhile at
    another site stands by itself.
    """
    if fault.injected_from_s is None:
        return None
    start_s, end_s = fault.injected_from_s, fault.heal_proven_s or watched_until_s
    tried = decided(attempts.between(start_s, watched_until_s), threshold_s, watched_until_s)
    due_s = tried.due_s
    last_hurt, first, flaps = turning_point(served(tried, threshold_s), restored_share)
    struck_s = fault.injected_s or start_s
    bracket_s = struck_s - start_s
    late_s = max(tried.lag_s[: (first or 0) + 1], default=0.0)
    meanwhile = [call for call in lost if start_s <= call.ended_s <= end_s]
    here = [call for call in meanwhile if fault.site in ("", call.site)]
    return Recovery(
        kind=fault.kind,
        site=fault.site,
        phase=fault.phase,
        recovered_s=None if first is None else due_s[first] - start_s,
        # What hurt before the fault was surely there was not proven to be its doing.
        at_least_s=0.0 if last_hurt is None else max(0.0, due_s[last_hurt] - struck_s),
        error_s=_gap_before(due_s, first, start_s) + bracket_s + late_s,
        wall_error_s=(bracket_s + late_s) / speed,
        watched_s=watched_until_s - start_s,
        dropped=tuple(c.id for c in here if c.dropped),
        cut_off=tuple(c.id for c in here if not c.dropped),
        turned_away=tuple(attempts.between(start_s, end_s).met(NEVER_GOT_IN).id),
        lost_elsewhere=tuple(c.id for c in meanwhile if fault.site not in ("", c.site)),
        fault=fault.id,
        flaps=flaps,
        proven=fault.proven,
    )


def decided(attempts: AttemptColumns, threshold_s: float, seen_until_s: float) -> AttemptColumns:
    """Return those of *attempts* of which it is known if they were served.

    They wait no more, or too long by now: all those that were due early enough.

    Who was served by the voice menu, or is to be called back, has not asked for an answer at once
    and tells nothing of how fast those come. Who is on the way to a queue may still be in the menu,
    whose time is no wait; a request that hangs is given up soon, and is known then.
    """
    early = bisect_left(
        attempts.due_s, x=True, key=lambda due_s: not seen_until_s - due_s > threshold_s
    )
    fates = attempts.fate
    known = fates[:early].translate(_KNOWN_EARLY) + fates[early:].translate(_KNOWN)
    return where(attempts, known)


def served(attempts: AttemptColumns, threshold_s: float) -> bytes:
    """Return for each of *attempts* 1 if it was answered within *threshold_s*, else 0."""
    in_time = map(partial(ge, threshold_s), attempts.wait_s)
    return bytes(map(and_, attempts.fate.translate(_ANSWERED), in_time))


def turning_point(served: bytes, restored_share: float) -> tuple[int | None, int | None, int]:
    """Return the last attempt hurt in a bad spell, the first served after it, and the flaps.

    A spell begins with a window of which less than *restored_share* was served, and ends before the
    first one that missed no more than ``LEAVE_SHARE`` of what was allowed. A flap is a spell after
    the first. The first number is None if there was no spell, the second if too few attempts follow
    to call it restored.
    """
    last_hurt, spells, bad = None, 0, False
    leave = WINDOW_ATTEMPTS * (1 - LEAVE_SHARE * (1 - restored_share)) - 1e-9
    so_far = list(accumulate(served, initial=0))
    for end, (before, by_then) in enumerate(
        zip(so_far, so_far[WINDOW_ATTEMPTS:], strict=False), WINDOW_ATTEMPTS
    ):
        good = by_then - before
        falls = good < restored_share * WINDOW_ATTEMPTS
        spells += falls and not bad
        bad = falls or (bad and good < leave)
        if bad:
            last_hurt = served.rfind(0, 0, end)
    after = served.find(1, 0 if last_hurt is None else last_hurt + 1)
    first = after if 0 <= after <= len(served) - GOOD_ATTEMPTS else None
    return last_hurt, first, max(0, spells - 1)


def _gap_before(due_s: Sequence[float], first: int | None, start_s: float) -> float:
    """Return how long before the first restored attempt nobody tried: we cannot see closer."""
    if first is None:
        return 0.0
    return due_s[first] - (due_s[first - 1] if first else start_s)
