"""What of a run is news to those who did not watch it.

A verdict is about one run; news is what has changed since the runs before it, or stays wrong.
"""

from dataclasses import dataclass
from enum import StrEnum

from harness.model.finding import Severity
from harness.model.history import JudgedObjective, RunSummary
from harness.model.scenario import Owner


class Standing(StrEnum):
    """How an objective stands against the runs before: a run that cannot decide changes nothing."""

    NEW = "new"
    BACK = "back"
    STILL = "still"
    UNDECIDED = "undecided"
    FIXED = "fixed"


class Kind(StrEnum):
    """What is news of a run as a whole."""

    NOT_RUN = "not_run"
    ENDED_EARLY = "ended_early"
    NOT_HEALED = "not_healed"
    UNDECIDED = "undecided"
    DECIDED_AGAIN = "decided_again"


@dataclass(frozen=True, slots=True)
class Item:
    """One objective that fails, or did until now.

    ``times`` is how many decided runs in a row have failed it, until this one or the one before.
    ``judged`` is what the run made of it; None if it did not get that far. ``first_at`` is epoch
    seconds: when the run began that saw it first.
    """

    finding: str
    title: str
    standing: Standing
    times: int
    severity: Severity
    owner: Owner
    first_run: str
    first_at: float
    judged: JudgedObjective | None


@dataclass(frozen=True, slots=True)
class Remark:
    """News of a run as a whole, in words."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told of *scenario*; ``run`` is the one that brings it, None if none ever did.

    ``owner``, the scenario's, is told the remarks; each item has its own.
    """

    scenario: str
    owner: Owner
    run: RunSummary | None
    items: tuple[Item, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items or self.remarks)

    @property
    def count(self) -> int:
        """How many pieces of news there are."""
        return len(self.items) + len(self.remarks)
