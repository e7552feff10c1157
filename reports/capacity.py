"""What a search for the knee found: a table for a terminal of 80 columns, and for machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.model.verdict import Capacity, Status, Tried, Volume
from harness.verdict.capacity import (
    MET,
    expected_text,
    headroom_text,
    knee_text,
    times,
    volume_text,
)
from harness.verdict.words import bound, measured
from reports.words import cut

_ROW = "{:>6} {:>7} {:>9}  {:<25} {:>18}  {:<7}"
_WIDTHS = (6, 7, 9, 25, 18, 7)
_BELOW = " " * 26
_MOST_LIMITS = 3
_ANSWERS = {Status.PASS: "MET", Status.FAIL: "NOT MET", Status.INCONCLUSIVE: "OPEN"}


def table(capacity: Capacity) -> Iterator[str]:
    """Yield the trials by their load in rows of at most 80 letters, and what was found in lines."""
    yield _row("load", "calls/h", "tickets/h", "limiting objective", "value", "SLA")
    for tried in by_load(capacity):
        yield from _rows(tried)
    yield from remarks(capacity)
    yield f"knee: {knee_text(capacity)}"
    for volume in capacity.volumes:
        yield volume_text(volume)


@dataclass(frozen=True, slots=True)
class Knee:
    """What a page shows of a search: the knee, each volume and what else there is to say."""

    text: str
    volumes: tuple[str, ...]
    remarks: tuple[str, ...]
    tried: tuple[Tried, ...]

    def times(self, multiple: float) -> str:
        """Return a multiple as people read it."""
        return times(multiple)

    def answer(self, status: Status) -> str:
        """Return the answer of a trial."""
        return answer(status)


def knee_of(capacity: Capacity | None) -> Knee | None:
    """Return what a page shows of *capacity*; None if the run was no search."""
    if capacity is None:
        return None
    return Knee(
        knee_text(capacity),
        tuple(map(volume_text, capacity.volumes)),
        tuple(remarks(capacity)),
        tuple(by_load(capacity)),
    )


def by_load(capacity: Capacity) -> list[Tried]:
    """Return the trials by their load, those of one load in their order."""
    return sorted(capacity.tried, key=lambda each: each.multiple)


def remarks(capacity: Capacity) -> Iterator[str]:
    """Yield what else is to be said of the search: why it ended, what theory expects, headroom."""
    if capacity.ended:
        yield f"ended: {capacity.ended}"
    for text in capacity.inversions:
        yield f"not as expected of a queue: {text}"
    if capacity.confirmed is not None:
        again = "was met again" if capacity.confirmed else "was NOT met again"
        yield f"after the overload {times(capacity.bracket.meets)} {again}"
    if text := expected_text(capacity):
        yield text
    if text := headroom_text(capacity):
        yield f"headroom: {text}"


def answer(status: Status) -> str:
    """Return the answer of a trial in capitals: ``MET``, ``NOT MET``, ``OPEN``."""
    return _ANSWERS.get(status, status.upper())


def _rows(tried: Tried) -> Iterator[str]:
    rates = (tried.calls_per_hour, tried.tickets_per_hour)
    head = (times(tried.multiple), *map(_rate, rates, _WIDTHS[1:3]))
    limits = [(each.name, measured(each)) for each in tried.limiting[:_MOST_LIMITS]] or [("", "")]
    for number, (name, value) in enumerate(limits):
        first = number == 0
        front = head if first else ("", "", "")
        end = answer(tried.status) if first else ""
        yield _row(*front, name, value, end)
    more = len(tried.limiting) - _MOST_LIMITS
    if more > 0:
        yield _row("", "", "", f"and {more} more", "", "")
    if tried.why:
        yield f"{_BELOW}{tried.why}"


def _row(*cells: str) -> str:
    """Return a row of the table; a cell that is too long for its column says that it was cut."""
    return _ROW.format(*map(cut, cells, _WIDTHS)).rstrip()


def _rate(per_hour: float, width: int) -> str:
    """Return contacts an hour in *width* letters: ``999,999``, and ``1.23M`` where it is more."""
    whole = f"{per_hour:,.0f}"
    return whole if len(whole) <= width else f"{per_hour / 1e6:,.2f}M"


def as_json(capacity: Capacity) -> dict[str, Any]:
    """Return *capacity* as plain values; multiples are of the planned volume, shares 0..1."""
    search = capacity.search
    return {
        "meets_at": capacity.bracket.meets,
        "fails_at": capacity.bracket.fails,
        "limiting": list(capacity.limiting),
        "confirmed": capacity.confirmed,
        "expected": search.expected,
        "expected_limit": search.expected_limit or None,
        "growth": search.growth,
        "resolution": search.resolution,
        "most": search.most,
        "ended": capacity.ended or None,
        "inversions": list(capacity.inversions),
        "volumes": [_volume(each, capacity) for each in capacity.volumes],
        "trials": [_trial(each) for each in capacity.tried],
    }


def _volume(volume: Volume, capacity: Capacity) -> dict[str, Any]:
    meets = capacity.bracket.meets
    return {
        "multiple": volume.multiple,
        "answer": MET[volume.status],
        "decided_by": volume.tried.phase if volume.tried else None,
        "headroom": None if meets is None else round(meets / volume.multiple - 1, 4),
    }


def _trial(tried: Tried) -> dict[str, Any]:
    return {
        "phase": tried.phase,
        "multiple": tried.multiple,
        "purpose": tried.purpose.value,
        "status": tried.status.value,
        "calls_per_hour": tried.calls_per_hour,
        "tickets_per_hour": tried.tickets_per_hour,
        "limiting": [
            {
                "name": each.name,
                "view": each.view.value,
                "status": each.status.value,
                "value": each.value,
                "low": each.low,
                "high": each.high,
                "goal": each.goal,
                "required": bound(each),
                "n": each.n,
            }
            for each in tried.limiting
        ],
        "why": tried.why or None,
    }
