"""Failures: how long, and what they cost."""

from harness.kpi.definitions.kpi import Kpi
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Unit

FAILOVER = (
    Kpi(
        name="recovery",
        title="Recovery time",
        definition=(
            "From the injection of a fault to the first attempt served after the last bad window "
            "of twenty attempts; sixty attempts have to follow."
        ),
        source="own: as customers feel it; ISO 22301 calls its limit RTO",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="detection",
        title="Time to detection",
        definition=(
            "From the injection of a site's fault to the first scrape in which the edge says that "
            "the site is down."
        ),
        source="own: the provider's word on when it noticed",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="blocked_time",
        title="Time with calls blocked",
        definition=(
            "For how long between a fault's injection and its healing fewer than half of the new "
            "calls got in, in bins of five attempts on average."
        ),
        source="own: as customers feel it",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="fault_losses",
        title="Calls lost to a fault",
        definition=(
            "Calls cut off, dropped or turned away from a fault's injection until it was healed."
        ),
        source="own: each call by its id",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
)
"""In the order of the catalogue."""
