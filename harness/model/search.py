"""The search for the highest load that still meets a contract: how it goes about it.

Multiples are of the planned volume: 1 is the load of 100 %.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Search:
    """How a search goes about it.

    ``growth`` is the future volume. Between the highest load that meets the SLA and the lowest that
    fails shall lie no more than ``resolution``. No load above ``most`` is tried, and no more than
    ``trials`` of them. ``expected`` is the multiple up to which theory expects the declared
    staffing to do, and ``expected_limit`` the objective that it misses next; None and empty where
    theory cannot tell.
    """

    growth: float
    resolution: float
    most: float
    trials: int
    expected: float | None = None
    expected_limit: str = ""

    @property
    def volumes(self) -> tuple[float, ...]:
        """The loads that have to be decided: the present volume, and the future one."""
        return (1.0, self.growth) if self.growth > 1 else (1.0,)


class Purpose(StrEnum):
    """Why a load is tried: for a volume that has to be decided, or to find where it fails.

    ``again`` is the same load once more: one that stayed open, or the best one after an overload.
    """

    VOLUME = "volume"
    CLIMB = "climb"
    DESCEND = "descend"
    NARROW = "narrow"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Next:
    """The load to be tried next, and why."""

    multiple: float
    purpose: Purpose
