"""A step of a phased handover: who gets which share of the calls from then on, and with how many.

The in-house centre is a site like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLLBACK = "rollback"
"""The objective of a phase that takes everything back."""


@dataclass(frozen=True, slots=True)
class Step:
    """What changes as a phase begins. Nothing is said of what stays as it was.

    ``split`` is each site's share of all calls, 0..1. ``heads`` are agents by site and queue from
    then on. *back_within_s* (centre seconds) makes it a rollback: by then every call goes in-house.
    """

    split: Mapping[str, float] = field(default_factory=dict)
    heads: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    back_within_s: float | None = None

    def __bool__(self) -> bool:
        return bool(self.split or self.heads)


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step as it was taken: *done_s* is None if it was not, and *why* says what stood in the way.

    ``heads`` are those in-house by queue, from then on. Centre seconds since the run began.
    """

    phase: str
    ordered_s: float
    done_s: float | None
    heads: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
