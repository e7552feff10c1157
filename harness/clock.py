"""Which clock: wall seconds, centre seconds, and the one conversion between them.

Harness and generator stamp with ``wall_now()``: epoch seconds that advance with the monotonic
clock, anchored once when the process starts; the mock does likewise. A clock step by NTP therefore
moves nothing within a process. Between processes it shows as skew, if one was started after it.
"""

import time
from dataclasses import dataclass

_ANCHOR_S = time.time() - time.monotonic()


def wall_now() -> float:
    """Return wall seconds since the epoch, never running backwards within this process."""
    return time.monotonic() + _ANCHOR_S


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
