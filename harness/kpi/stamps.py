"""Whether the clock of a site was set: from when we heard of something, and when it says it was.

What lies between the two is the way of the news and how far the clocks are apart. News is late for
many reasons and early for none, so of a stretch the least of it counts: of twelve contacts, in ten
seconds or more. It stays where it is while clocks only drift. If it moves and stays for two
stretches, a clock was set, or news takes that much longer for good: stamps are not to be compared
across that moment in either case. What is heard while something is broken is left out, so a site
that comes back with another clock is found all the same.

Pure. Bounded: two stretches of each site.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.model.contact import Call, Contact
from harness.model.event import ClockStep

LEAST_STEP_WALL_S = 0.25
"""Less is told of no clock: a generator that stands still for a moment is as late as that."""
_POINTS = 12
_STRETCH_WALL_S = 10.0
_SURE_AFTER = 2


@dataclass(slots=True)
class _Stretch:
    """What was heard of one site for a while: wall seconds from stamp to hearing, and when."""

    heard: list[tuple[float, float]] = field(default_factory=list)
    count: int = 0
    start_s: float = 0.0

    def add(self, at_s: float, apart: float) -> None:
        """Take in that something stamped *apart* wall seconds ago was heard of at *at_s*."""
        if not self.count:
            self.start_s = at_s
        self.count += 1
        self.heard.append((at_s, apart))
        if len(self.heard) > _KEPT:  # a busy site: of each moment the least is enough
            self.heard = [
                min(pair, key=lambda each: each[1])
                for pair in zip(self.heard[::2], self.heard[1::2], strict=False)
            ]

    @property
    def least(self) -> float:
        """The least of it."""
        return min(apart for _, apart in self.heard)


_KEPT = 400


@dataclass(slots=True)
class _Site:
    level: float | None = None
    last: _Stretch | None = None
    now: _Stretch = field(default_factory=_Stretch)
    moved: list[_Stretch] = field(default_factory=list)


class StampWatch:
    """Follows what contacts tell of the sites' clocks.

    *least_wall_s* is the least step that is told; *speed* is centre seconds per wall second.
    """

    def __init__(self, *, speed: float, least_wall_s: float = LEAST_STEP_WALL_S) -> None:
        self._speed = speed
        self._least_wall_s = max(least_wall_s, LEAST_STEP_WALL_S)
        self._sites: dict[str, _Site] = {}

    def add(
        self, contacts: Iterable[Contact], *, broken: Iterable[tuple[float, float]] = ()
    ) -> list[ClockStep]:
        """Take in what is known of *contacts* by now; return the steps that are certain with it.

        *broken* are the stretches (centre seconds) in which something is broken, or was until just
        before.
        """
        found = []
        windows = list(broken)
        for contact in contacts:
            heard = _heard(contact)
            if heard is None or any(start <= heard[1] <= end for start, end in windows):
                continue
            site, at_s, stamped_s = heard
            step = self._take(site, at_s, (at_s - stamped_s) / self._speed)
            if step is not None:
                found.append(step)
        return found

    def _take(self, name: str, at_s: float, apart: float) -> ClockStep | None:
        site = self._sites.setdefault(name, _Site())
        if at_s < site.now.start_s:
            return None  # told again, with a later state
        now = site.now
        now.add(at_s, apart)
        if now.count < _POINTS or at_s - now.start_s < _STRETCH_WALL_S * self._speed:
            return None
        site.now = _Stretch(start_s=at_s)
        return self._closed(name, site, now)

    def _closed(self, name: str, site: _Site, stretch: _Stretch) -> ClockStep | None:
        """Hold a stretch that is over against the level of those before."""
        if site.level is None:
            site.level, site.last = stretch.least, stretch
            return None
        moved = stretch.least - site.level
        as_before = abs(moved) < self._least_wall_s
        if site.moved and abs(stretch.least - site.moved[-1].least) >= self._least_wall_s:
            site.moved = []  # it went on moving: late news, not a clock
        if as_before:
            site.moved = []
            site.level, site.last = stretch.least, stretch
            return None
        site.moved.append(stretch)
        if len(site.moved) < _SURE_AFTER:
            return None
        first = site.moved[0]
        step = self._step(name, site, first)
        site.level, site.last, site.moved = stretch.least, stretch, []
        return step

    def _step(self, name: str, site: _Site, first: _Stretch) -> ClockStep:
        """Return the step between the last stretch of the old level and *first* of the new."""
        assert site.level is not None
        assert site.last is not None
        level, new = site.level, first.least
        heard = [*site.last.heard, *first.heard]
        is_new = [abs(apart - new) < abs(apart - level) for _, apart in heard]
        # News is never early, so what is nearest to no way at all is certain: after a step on the
        # first of the new time, after a step back the last of the old.
        begins = is_new.index(True) if new < level else len(is_new) - is_new[::-1].index(False)
        # When it was, not when it was heard of: some of it was late.
        old = [
            at_s - max(0.0, apart - level) * self._speed
            for (at_s, apart), new_level in zip(heard[:begins], is_new, strict=False)
            if not new_level
        ]
        after_s, at_s = max(old), heard[begins][0]
        return ClockStep(name, after_s, at_s, level - new)


def _heard(contact: Contact) -> tuple[str, float, float] | None:
    """Return of which site we last heard in *contact*, when, and when it says that it was."""
    if not isinstance(contact, Call) or contact.site is None:
        return None
    if contact.answered_s is not None and contact.site_answered_s is not None:
        return contact.site, contact.answered_s, contact.site_answered_s
    if contact.queued_s is not None and contact.site_queued_s is not None:
        return contact.site, contact.queued_s, contact.site_queued_s
    return None
