"""Which clock: wall seconds, centre seconds, and the one conversion between them.

Harness and generator stamp with ``wall_now()``: epoch seconds that advance with the monotonic
clock, anchored once when the first process of a run starts; those it starts take over its anchor.
The mock does likewise. So when the machine's clock is set, by NTP or a person, nothing moves within
a run; workers on other machines are held against the master's clock. ``ClockWatch`` notices it all
the same: what the run stamps is off the world's time from then on.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

_ANCHOR = "HARNESS_CLOCK_ANCHOR_S"
_ANCHOR_S = float(os.environ.get(_ANCHOR) or time.time() - time.monotonic())
LEAST_STEP_S = 0.5
"""Less is no step: NTP slews up to that much, and slewing moves both clocks."""
_GLANCE_S = 0.02
"""Clocks are read one after the other; what takes longer than this in between tells nothing."""


def wall_now() -> float:
    """Return wall seconds since the epoch, never running backwards within this run."""
    return time.monotonic() + _ANCHOR_S


def today_utc() -> date:
    """Return today's date, in UTC as in every record."""
    return datetime.fromtimestamp(wall_now(), UTC).date()


def same_clock() -> dict[str, str]:
    """Return what in the environment of a child makes its clock be ours."""
    return {_ANCHOR: repr(_ANCHOR_S)}


def _awake_and_asleep() -> float | None:
    """Return seconds that go on while the machine sleeps; None where nobody tells them."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return None if clock is None else time.clock_gettime(clock)


@dataclass(frozen=True, slots=True)
class Jump:
    """The machine's clock was set by ``set_s``, and the machine slept for ``slept_s``."""

    set_s: float
    slept_s: float


class ClockWatch:
    """Notices that the machine's clock moved by other than the time that passed.

    Either it was set, or the machine slept: then no time passed for us, and for the target it did.
    """

    def __init__(
        self,
        *,
        system: Callable[[], float] = time.time,
        passed: Callable[[], float] = time.monotonic,
        awake_and_asleep: Callable[[], float | None] = _awake_and_asleep,
    ) -> None:
        self._system = system
        self._passed = passed
        self._awake_and_asleep = awake_and_asleep
        self._ahead, self._slept = self._read() or (system() - passed(), 0.0)

    def jump(self) -> Jump | None:
        """Return what happened since the last one that was told; None if nothing did."""
        read = self._read()
        if read is None:
            return None
        ahead, slept = read
        asleep_s = slept - self._slept
        set_s = ahead - self._ahead - asleep_s
        if abs(set_s) < LEAST_STEP_S and asleep_s < LEAST_STEP_S:
            return None
        self._ahead, self._slept = ahead, slept
        return Jump(
            set_s if abs(set_s) >= LEAST_STEP_S else 0.0,
            asleep_s if asleep_s >= LEAST_STEP_S else 0.0,
        )

    def _read(self) -> tuple[float, float] | None:
        """Return how far the system's clock is ahead, and how long we slept; None if in doubt."""
        before = self._passed()
        system, whole = self._system(), self._awake_and_asleep()
        after = self._passed()
        if after - before > _GLANCE_S:
            return None
        return system - after, 0.0 if whole is None else whole - after


@dataclass(frozen=True, slots=True)
class RunClock:
    """Translates wall seconds into centre seconds since the run began, and back.

    ``epoch`` is the wall time (seconds since 1970) of centre second 0 of the run; ``speed`` is
    centre seconds per wall second, 1 on any real target.
    """

    epoch: float
    speed: float

    def centre_s(self, wall: float) -> float:
        """Return the centre seconds since the run began at the *wall* time (epoch seconds)."""
        return (wall - self.epoch) * self.speed

    def wall(self, centre_s: float) -> float:
        """Return the wall time (epoch seconds) at which the run reaches *centre_s*."""
        return self.epoch + centre_s / self.speed

    def now_s(self) -> float:
        """Return the centre seconds since the run began, now."""
        return self.centre_s(wall_now())
