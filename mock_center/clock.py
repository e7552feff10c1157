"""Which clock: wall seconds for stamps and deadlines, centre seconds for all that callers feel.

Every process stamps with ``wall_now()``: epoch seconds that advance with the monotonic clock,
anchored once, in the supervisor, from which all others are forked. So a step of the system clock
moves nothing, not even in a site that is started again after it.
"""

import time
from dataclasses import dataclass, field

_ANCHOR_S = time.time() - time.monotonic()


def wall_now() -> float:
    """Return wall seconds since the epoch; within this process they never run backwards."""
    return time.monotonic() + _ANCHOR_S


@dataclass(frozen=True, slots=True)
class CentreClock:
    """Centre seconds since *origin* (monotonic): wall seconds times *speed*.

    It goes on while the process is frozen, as time does for the callers who wait there.
    """

    speed: float
    origin: float = field(default_factory=time.monotonic)

    @classmethod
    def begun_at(cls, stamp: float, speed: float) -> "CentreClock":
        """Return the clock that stood at 0 at the wall time *stamp*, in whichever process."""
        return cls(speed, stamp - _ANCHOR_S)

    def now_s(self) -> float:
        """Return the centre seconds since the origin."""
        return (time.monotonic() - self.origin) * self.speed

    def stamp(self, centre_s: float) -> float:
        """Return the wall time (epoch seconds) of the moment *centre_s*."""
        return self.loop_time(centre_s) + _ANCHOR_S

    def centre_s(self, stamp: float) -> float:
        """Return the centre second of the wall time *stamp*; negative before the origin."""
        return (stamp - _ANCHOR_S - self.origin) * self.speed

    def loop_time(self, centre_s: float) -> float:
        """Return the event loop's time (monotonic seconds) of the moment *centre_s*."""
        return self.origin + centre_s / self.speed
