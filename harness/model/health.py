"""How well the load generator is: what is allowed of it, and what each of its processes says.

The limits are centre seconds, because that is what a late generator does to a customer's wait: at
speed 20 a process that stands still for 50 ms of the clock makes a caller wait a second longer.
What a process measures of itself is wall seconds, as it cannot know what they will be held against.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GeneratorLimits:
    """Beyond these a run is undecided, whatever its numbers say.

    ``lag_p99_s``, ``loop_lag_s`` and ``skew_s`` are centre seconds; None: as strict as what is
    judged asks for (``harness.verdict.self_check.limits``). ``dropped`` is the share of contacts
    that could not be started (0..1), ``cpu`` the share of one core that any process may use.
    ``stops``: a run that is undecided for one of them is ended at once, instead of going on.
    """

    lag_p99_s: float | None = None
    loop_lag_s: float | None = None
    skew_s: float | None = None
    dropped: float = 0.0
    cpu: float = 0.9
    stops: bool = False


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """What one process of the generator measured of itself. Wall seconds; None: not measured.

    ``cpu`` is the busiest ten seconds, as a share of one core. ``start_lag_p99_s`` is how late
    contacts were started, ``loop_lag_p99_s`` how late a timer fired that is due twenty times a
    second: what delays it delays every answer that is taken note of, too. ``skew_s`` is how far
    the process's clock is ahead of the master's, known to within ``skew_error_s``; a process on
    the master's own machine is measured all the same. ``memory_bytes`` is what it holds now.
    """

    name: str
    host: str = ""
    cpu: float | None = None
    start_lag_p99_s: float | None = None
    loop_lag_p99_s: float | None = None
    loop_lag_max_s: float | None = None
    skew_s: float | None = None
    skew_error_s: float | None = None
    lost: bool = False
    memory_bytes: int | None = None

    @property
    def worst_skew_s(self) -> float | None:
        """How far apart the clocks may be, at the most that the measurement leaves open."""
        if self.skew_s is None or self.skew_error_s is None:
            return None
        return abs(self.skew_s) + self.skew_error_s

    @property
    def label(self) -> str:
        """The process's name and, if it is known, its machine."""
        return f"{self.name} on {self.host}" if self.host else self.name
