"""What is asked of a KPI, and by which formula of service level."""

from dataclasses import dataclass

from harness.kpi.columns import Scope
from harness.model.sla import SHORT_ABANDON_S, Formula

__all__ = ["FORMULA_TEXTS", "SHORT_ABANDON_S", "Formula", "Question"]

FORMULA_TEXTS = {
    Formula.OFFERED: "answered within T / (answered + abandoned); ICMI no. 3, the strictest",
    Formula.CREDIT_ALL: "(answered within T + abandoned within T) / (answered + abandoned);"
    " ICMI no. 1",
    Formula.ANSWERED: "answered within T / answered; ICMI no. 2: abandons do not exist",
    Formula.EXCL_T: "answered within T / (answered + abandoned after T); ICMI no. 4",
    Formula.CREDIT_SHORT: "(answered within T + short abandons) / (answered + abandoned);"
    " ICMI no. 5",
    Formula.EXCL_SHORT: "answered within T / (answered + abandoned - short abandons)",
    Formula.GENESYS: "(answered - answered after T) / (answered + abandoned), as Genesys Cloud"
    " documents it, with abandons and short abandons counted and flow-outs not",
    Formula.DEQUEUED: "left the queue within T answered, abandoned or for a callback / entered the"
    " queue",
}
"""Each formula in words."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a KPI: for whom (None: all), within which thresholds (seconds), how counted.

    A KPI takes no notice of what it does not know: a ticket has no line, a mean no threshold.
    """

    queue: str | None = None
    threshold_s: float | None = None
    line: str | None = None
    site: str | None = None
    priority: str | None = None
    formula: Formula = Formula.OFFERED
    short_abandon_s: float = SHORT_ABANDON_S

    @property
    def scope(self) -> Scope:
        """For whom."""
        return Scope(self.queue, self.line, self.site, self.priority)

    @property
    def within_s(self) -> float:
        """The threshold.

        Raises:
            ValueError: none was given.
        """
        if self.threshold_s is None:
            raise ValueError("this KPI is asked within a threshold, as in 80/20")
        return self.threshold_s
