"""Our own alarms: what the operations room expects to be told when something breaks. Types only.

All times are wall seconds: alert rules run by the clock of the room, whatever the centre's.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperationsRoom:
    """Where alarms are seen: a Prometheus, and its Alertmanager if there is one to acknowledge in.

    Base URLs; ``alertmanager`` may be empty.
    """

    prometheus: str
    alertmanager: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """The alert that a fault has to raise, within so many wall seconds of its injection."""

    name: str
    within_wall_s: float


@dataclass(frozen=True, slots=True)
class AlarmRun:
    """What became of the alert that was expected of one fault.

    ``fault`` and ``phase`` say which. ``fired_wall_s`` is from the injection until it was first
    seen firing, ``acknowledged_wall_s`` until somebody was first seen to have silenced it; None if
    that was not seen while the fault lasted. ``doubt`` says why nothing can be concluded: it was
    firing before, or the room did not answer.
    """

    fault: str
    phase: str
    title: str
    name: str
    within_wall_s: float
    fired_wall_s: float | None = None
    acknowledged_wall_s: float | None = None
    doubt: str = ""

    @property
    def missed(self) -> bool | None:
        """Whether it did not fire in time; None if that is not known."""
        if self.doubt:
            return None
        return self.fired_wall_s is None or self.fired_wall_s > self.within_wall_s
