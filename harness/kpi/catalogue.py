"""The catalogue: each KPI once. It gathers what ``definitions`` defines, and defines nothing.

A KPI that both views can measure is judged on both. KPIs about a whole run or a fault are measured
by ``harness.verdict`` and only named here.
"""

from collections.abc import Mapping

from harness.kpi.definitions.api import API
from harness.kpi.definitions.failover import FAILOVER
from harness.kpi.definitions.integrity import INTEGRITY
from harness.kpi.definitions.kpi import EVERY_LOADED_PHASE, WHOLE_RUN, Compute, Kpi
from harness.kpi.definitions.lasting import LASTING
from harness.kpi.definitions.tickets import TICKET_BOUNDS, TICKETS
from harness.kpi.definitions.voice import VOICE, WAIT_BOUNDS
from harness.kpi.question import Question

__all__ = [
    "CATALOGUE",
    "EVERY_LOADED_PHASE",
    "TICKET_BOUNDS",
    "WAIT_BOUNDS",
    "WHOLE_RUN",
    "Compute",
    "Kpi",
    "Question",
]

CATALOGUE: Mapping[str, Kpi] = {
    kpi.name: kpi for kpi in (*VOICE, *TICKETS, *API, *INTEGRITY, *FAILOVER, *LASTING)
}
"""Every KPI by name."""
