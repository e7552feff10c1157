"""When nothing of the target could be reached, though it lived on: what nobody saw is not judged.

To a customer a centre behind a dead network is a dead centre, and in the generator both look alike.
What tells them apart comes afterwards: processes that were not started anew have lived through it,
so the network between was gone, ours or the provider's. Contacts of then prove nothing of either.
Whatever else was away is the provider's, and counts as its customers met it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add
from typing import TypeVar

from harness.kpi.columns import (
    AttemptColumns,
    CallColumns,
    TalkColumns,
    TicketColumns,
    TurnColumns,
    where,
)
from harness.kpi.figures import Fate, LostCall
from harness.kpi.increase import Window
from harness.model.sample import SCRAPE_EVERY_WALL_S, Scrape, Series
from harness.verdict.evidence import Evidence
from harness.verdict.felt import felt_in

NOT_IN = frozenset({Fate.FAILED, Fate.UNKNOWN, Fate.ON_ITS_WAY})
"""What becomes of somebody who finds no way to the target, or whose answer has none."""
_TURNED_AWAY = frozenset({Fate.BLOCKED, Fate.REFUSED})
LEAST_MISSES = 3
"""So many scrapes in a row that nobody answered are told; fewer are a slow moment."""
STARTED = Series("process_start_time_seconds")

_Calls = TypeVar("_Calls", CallColumns, AttemptColumns)
_Columns = TypeVar("_Columns", CallColumns, AttemptColumns, TalkColumns, TicketColumns, TurnColumns)


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which *source* did not answer, from its last answer to its next: centre seconds.

    ``end_s`` is None if it never did again; ``missed`` are scrapes. ``anew``: its process was
    started meanwhile; None if that cannot be told.
    """

    source: str
    start_s: float
    end_s: float | None
    missed: int
    anew: bool | None = None

    def overlaps(self, start_s: float, end_s: float | None) -> bool:
        """Whether it has some time in common with [start_s, end_s]."""
        mine = math.inf if self.end_s is None else self.end_s
        return start_s < mine and self.start_s < (math.inf if end_s is None else end_s)


def silences(run: Evidence, source: str) -> list[Silence]:
    """Return when *source* did not answer three times in a row or more."""
    found: list[Silence] = []
    last_s, missed = 0.0, 0
    for at_s, ok in run.answers(source):
        if not ok:
            missed += 1
            continue
        if missed >= LEAST_MISSES:
            found.append(Silence(source, last_s, at_s, missed, _anew(run, source, last_s, at_s)))
        last_s, missed = at_s, 0
    if missed >= LEAST_MISSES:
        found.append(Silence(source, last_s, None, missed))
    return found


def together(by_source: Sequence[Sequence[Silence]]) -> Iterator[tuple[Silence, ...]]:
    """Yield what no source at all answered through: a silence of each that have time in common."""
    if not by_source:
        return
    first, *others = by_source
    for each in first:
        shared = [each]
        start_s, end_s = each.start_s, each.end_s
        for other in others:
            match = next((one for one in other if one.overlaps(start_s, end_s)), None)
            if match is None:
                break
            shared.append(match)
            start_s = max(start_s, match.start_s)
            ends = [one.end_s for one in shared if one.end_s is not None]
            end_s = min(ends, default=None)
        else:
            yield tuple(shared)


def whole(shared: Sequence[Silence]) -> Window:
    """Return from when to when *shared* may have kept anybody out; without an end: infinity.

    From the first last answer to the last first one, and the time of a scrape more.
    """
    ends = [math.inf if each.end_s is None else each.end_s for each in shared]
    return Window(min(each.start_s for each in shared), max(ends))


def unseen(run: Evidence) -> list[Window]:
    """Return when nothing of the target could be reached, although all of it lived on.

    One that lasts still is not among them: nobody can say yet what it is.
    """
    found = []
    for shared in together([silences(run, source) for source in run.sources()]):
        window = whole(shared)
        lived_on = all(each.anew is False for each in shared)
        if (
            lived_on
            and not planned(run, window.start_s, window.end_s)
            and nobody_got_in(run, window)
        ):
            found.append(Window(window.start_s, window.end_s + _scrape_s(run)))
    return found


def nobody_got_in(run: Evidence, window: Window) -> bool:
    """Return whether customers tried to get in within *window*, and none heard of the target.

    Who met a busy tone has: a full door is no broken way to it. The window's first and last moments
    are left out: the last answer came some time before it was over. Who came then and got in
    afterwards, when a request that had waited was carried on, did not.
    """
    start_s, end_s = window.start_s + 2 * _scrape_s(run), window.end_s - 2 * _scrape_s(run)
    tried = False
    for phase in run.phases():
        if phase.start_s >= end_s or phase.end_s <= start_s:
            continue
        calls = run.call_figures(phase.name, end_s)
        if any(start_s < heard_s < end_s for heard_s in _heard_s(calls)):
            return False
        tried = tried or any(due_s > start_s for due_s in calls.due_s)
    return tried


def _heard_s(calls: CallColumns) -> Iterator[float]:
    """Yield when the target let each of *calls* in, or turned it away; infinity if neither."""
    rows = zip(calls.fate, calls.due_s, calls.wait_s, calls.lag_s, calls.setup_s, strict=True)
    for fate, due_s, wait_s, lag_s, setup_s in rows:
        yield due_s + wait_s if fate in _TURNED_AWAY else due_s + lag_s + setup_s


def _scrape_s(run: Evidence) -> float:
    """Return the centre seconds between two scrapes."""
    return SCRAPE_EVERY_WALL_S * run.facts.speed


def planned(run: Evidence, start_s: float, end_s: float, *, site: str = "") -> bool:
    """Whether a fault of the plan was felt within [start_s, end_s]: by *site*, or by all at once.

    Without a *site*, any fault at all. Nor was it the target that was away where the run was cut.
    """
    if any(cut.at_s <= end_s and start_s <= cut.goes_on_s for cut in run.cuts()):
        return True
    return any(
        felt.meets(start_s, end_s)
        for phase in run.phases()
        for felt in felt_in(phase, run.faults())
        if not site or felt.fault.site in ("", site)
    )


class Seen:
    """Leaves out the contacts of which some part lay in a time in which nobody saw anything."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows

    def cuts(self, start_s: float, end_s: float) -> bool:
        """Return whether anything is left out of what is due in [start_s, end_s)."""
        return any(each.start_s < end_s and start_s < each.end_s for each in self._windows)

    def calls(self, calls: _Calls) -> _Calls:
        """Return those of the calls whose menu and wait were over before, or that came after."""
        lasted_s = map(add, calls.ivr_s, calls.wait_s)
        return self._left(calls, zip(calls.due_s, lasted_s, strict=True))

    def lost(self, calls: Iterable[LostCall]) -> list[LostCall]:
        """Return those of the calls that were not lost then, whenever they were due."""
        return [call for call in calls if self._is_seen(call.ended_s, 0.0)]

    def talks(self, talks: TalkColumns) -> TalkColumns:
        """Return those of the talks that were over before, or began after."""
        rows = zip(talks.ended_s, talks.talk_s, strict=True)
        return self._left(talks, ((ended_s - talk_s, talk_s) for ended_s, talk_s in rows))

    def tickets(self, tickets: TicketColumns) -> TicketColumns:
        """Return those of the tickets that were not written then; replies to others came later."""
        return self._left(tickets, zip(tickets.due_s, repeat(0.0)))

    def turns(self, turns: TurnColumns) -> TurnColumns:
        """Return those of the turns that were not taken then."""
        return self._left(turns, zip(turns.at_s, repeat(0.0)))

    def _left(self, columns: _Columns, lasted: Iterable[tuple[float, float]]) -> _Columns:
        """Return the rows of *columns* that were seen: from when and how long each *lasted*."""
        if not self._windows:  # nearly always: a million rows pass by untouched
            return columns
        return where(columns, bytes(self._is_seen(*each) for each in lasted))

    def _is_seen(self, start_s: float, lasts_s: float) -> bool:
        end_s = start_s + lasts_s if math.isfinite(lasts_s) else start_s
        return not any(start_s < each.end_s and end_s >= each.start_s for each in self._windows)


def _anew(run: Evidence, source: str, last_s: float, next_s: float) -> bool | None:
    """Return whether the process of *source* that answered at *next_s* is another than before."""
    before, after = _answer(run, source, last_s), _answer(run, source, next_s)
    if before is None or after is None or before.at_s >= next_s:
        return None
    started = before.values.get(STARTED), after.values.get(STARTED)
    return None if None in started else started[0] != started[1]


def _answer(run: Evidence, source: str, since_s: float) -> Scrape | None:
    """Return the first scrape of *source* from *since_s* on that was answered."""
    return next((each for each in run.scrapes(source, since_s) if each.ok), None)
