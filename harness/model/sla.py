"""The SLA: the contract's objectives, as checked values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.model.scenario import Owner, PhaseKind


class Direction(StrEnum):
    """Which way a KPI is better."""

    MORE = "more"
    LESS = "less"

    def is_at_least(self, value: float, bound: float) -> bool:
        """Whether *value* is as good as *bound* or better."""
        return value >= bound if self is Direction.MORE else value <= bound


class Unit(StrEnum):
    """What a KPI's value is counted in."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"
    SCORE = "score"


class Each(StrEnum):
    """What an objective is judged for, one by one."""

    ALL = "all"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Bound:
    """A required value and the one below which it is no longer a mere warning.

    For a KPI of which more is better, ``warn`` is not above ``goal``; else not below it.
    """

    goal: float
    warn: float


@dataclass(frozen=True, slots=True)
class Objective:
    """A KPI's required value in each kind of phase. ``threshold_s`` is the 20 of 80/20.

    ``restored_share`` belongs to recovery alone: the share answered within ``threshold_s`` from
    which service counts as restored.
    """

    kpi: str
    goal_text: str
    each: Each
    gates: Mapping[PhaseKind, Bound]
    owner: Owner
    must_pass: bool = True
    threshold_s: float | None = None
    restored_share: float | None = None


@dataclass(frozen=True, slots=True)
class Sla:
    """The objectives of one contract, and how sure one has to be of each (0..1).

    ``sha256`` is of the file as it was read.
    """

    name: str
    confidence: float
    objectives: tuple[Objective, ...]
    path: Path
    sha256: str = ""
