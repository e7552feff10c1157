"""Where the knee lies, by what was tried so far, and which load tells most about it next. Pure.

The knee is the highest load that still meets the SLA. A search takes for granted that whoever fails
at one load fails at every higher one, as every queue does; what speaks against it is said
(``inversions``), and then the lower of two contradicting answers counts. A load that stayed
INCONCLUSIVE is neither met nor failed, ever: the bracket is closed in from both sides of it.

The way up is by steps that double from the growth that is asked for, not by doubling the load: it
is somebody's centre. The way down halves the load. Then the gap is halved, until it is no wider
than the resolution. In the end the best load is tried once more if an overload came after it.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from harness.model.search import Next, Purpose, Search
from harness.model.verdict import Bracket, Status

_DIGITS = 2
"""Multiples are whole hundredths of the planned volume: what is said is what was tried."""


class Answer(Protocol):
    """One load and whether the SLA was met at it: PASS, FAIL, or INCONCLUSIVE."""

    @property
    def multiple(self) -> float:
        """The load."""

    @property
    def status(self) -> Status:
        """The answer."""


_A = TypeVar("_A", bound=Answer)


def bracket(tried: Sequence[Answer]) -> Bracket:
    """Return the highest load that meets the SLA below all that fail, and the lowest that fails.

    Of two answers that contradict each other, the FAIL counts.
    """
    fails = min((each.multiple for each in tried if each.status is Status.FAIL), default=None)
    meets = max(
        (
            each.multiple
            for each in tried
            if each.status is Status.PASS and (fails is None or each.multiple < fails)
        ),
        default=None,
    )
    return Bracket(meets, fails)


def answer_at(volume: float, tried: Sequence[Answer]) -> Status:
    """Return whether the SLA is met at *volume*: as tried there, or beyond it.

    Who meets it at a higher load meets it here, who fails at a lower one fails here.
    """
    found = bracket(tried)
    if found.fails is not None and volume >= found.fails:
        return Status.FAIL
    if found.meets is not None and volume <= found.meets:
        return Status.PASS
    return Status.INCONCLUSIVE


def deciding(volume: float, tried: Sequence[Answer]) -> int | None:
    """Return which of *tried*, by its place, decides *volume*; the last one there if none does.

    The nearest load decides, not the most telling; None if neither it nor a deciding one was tried.
    """
    status = answer_at(volume, tried)
    places = [
        place
        for place, each in enumerate(tried)
        if (
            each.multiple == volume
            if status is Status.INCONCLUSIVE
            else each.status is status
            and (each.multiple >= volume if status is Status.PASS else each.multiple <= volume)
        )
    ]
    return min(
        places, key=lambda place: (abs(tried[place].multiple - volume), -place), default=None
    )


def inversions(tried: Sequence[_A]) -> Iterator[tuple[_A, _A]]:
    """Yield each load that failed with each that was met and is as high, or higher."""
    for low in tried:
        for high in tried:
            if (
                low.status is Status.FAIL
                and high.status is Status.PASS
                and low.multiple <= high.multiple
            ):
                yield low, high


def confirmed(tried: Sequence[Answer]) -> bool | None:
    """Return whether the best load was met once more after the last overload.

    None if nothing failed before it, or it was not tried since.
    """
    found = bracket(tried)
    failed = [place for place, each in enumerate(tried) if each.status is Status.FAIL]
    if found.meets is None or not failed:
        return None
    since = [each for each in tried[failed[-1] + 1 :] if each.multiple == found.meets]
    passed = [each for each in since if each.status is Status.PASS]
    return True if passed else (False if since else None)


def next_load(search: Search, tried: Sequence[Answer]) -> Next | None:
    """Return which load to try after those *tried*; None if the search is over.

    Whether it is over for want of trials is for the caller to see: this ends it by what was found.
    """
    for volume in search.volumes:
        if answer_at(volume, tried) is Status.INCONCLUSIVE and not _times(volume, tried):
            return Next(volume, Purpose.VOLUME)
    return _nearer(search, tried) or _once_more(search, tried)


def _nearer(search: Search, tried: Sequence[Answer]) -> Next | None:
    """Return the load that brings the two ends of the bracket nearer to each other, if any does."""
    found = bracket(tried)
    if found.fails is None:
        return _higher(search, tried)
    if found.meets is None:
        return _lower(search, tried)
    gaps = _gaps(found.meets, found.fails, tried)
    low, high = max(gaps, key=lambda gap: gap[1] - gap[0])
    if high - low <= search.resolution + 1e-9:
        return None
    middle = round((low + high) / 2, _DIGITS)
    return Next(middle, Purpose.NARROW) if low < middle < high else None


def _higher(search: Search, tried: Sequence[Answer]) -> Next | None:
    top = max(each.multiple for each in tried)
    first = max(search.resolution, search.growth - 1)
    step = first
    while search.volumes[-1] + step <= top + 1e-9:
        step = 2 * step + first
    above = min(search.most, round(search.volumes[-1] + step, _DIGITS))
    return Next(above, Purpose.CLIMB) if above > top else None


def _lower(search: Search, tried: Sequence[Answer]) -> Next | None:
    bottom = min(each.multiple for each in tried)
    below = round(bottom / 2, _DIGITS)
    return Next(below, Purpose.DESCEND) if below >= search.resolution else None


def _gaps(meets: float, fails: float, tried: Sequence[Answer]) -> list[tuple[float, float]]:
    """Return what is not tried yet between *meets* and *fails*: on either side of what is open."""
    still_open = [each.multiple for each in tried if meets < each.multiple < fails]
    if not still_open:
        return [(meets, fails)]
    return [(meets, min(still_open)), (max(still_open), fails)]


def _once_more(search: Search, tried: Sequence[Answer]) -> Next | None:
    """Return a load that is worth a second look: a volume that is open, or the best one."""
    for volume in search.volumes:
        if answer_at(volume, tried) is Status.INCONCLUSIVE and _times(volume, tried) == 1:
            return Next(volume, Purpose.AGAIN)
    best = bracket(tried).meets
    overloaded = bool(tried) and any(each.status is Status.FAIL for each in tried)
    if best is not None and overloaded and confirmed(tried) is None:
        return Next(best, Purpose.AGAIN)
    return None


def _times(volume: float, tried: Sequence[Answer]) -> int:
    return sum(each.multiple == volume for each in tried)
