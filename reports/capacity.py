"""What a search for the knee found: for a terminal of 80 columns, and for machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
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

_ROW = "{:>6.6} {:>7.7} {:>9.9}  {:<25.25} {:>18.18}  {:<7.7}"
_NAME = 25
_BELOW = " " * 26
_MOST_LIMITS = 3
_ANSWERS = {Status.PASS: "MET", Status.FAIL: "NOT MET", Status.INCONCLUSIVE: "OPEN"}


def table(capacity: Capacity) -> Iterator[str]:
    """Yield the trials by their load, and what was found, in lines of at most 80 letters."""
    yield _ROW.format("load", "calls/h", "tickets/h", "limiting objective", "value", "SLA").rstrip()
    for tried in by_load(capacity):
        yield from _rows(tried)
    for text in (*remarks(capacity), f"knee: {knee_text(capacity)}"):
        yield from wrap(text, width=80, subsequent_indent="    ", break_on_hyphens=False)
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
    head = (times(tried.multiple), f"{tried.calls_per_hour:,.0f}", f"{tried.tickets_per_hour:,.0f}")
    limits = [(each.name, measured(each)) for each in tried.limiting[:_MOST_LIMITS]] or [("", "")]
    for number, (name, value) in enumerate(limits):
        first = number == 0
        front = head if first else ("", "", "")
        end = answer(tried.status) if first else ""
        yield _ROW.format(*front, _cut(name), value, end).rstrip()
    more = len(tried.limiting) - _MOST_LIMITS
    if more > 0:
        yield _ROW.format("", "", "", f"and {more} more", "", "").rstrip()
    if tried.why:
        yield from wrap(tried.why, width=80, initial_indent=_BELOW, subsequent_indent=_BELOW)


def _cut(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


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
