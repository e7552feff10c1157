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
            "From the injection of a fault to the first sign of it on the provider's page or "
            "status."
        ),
        source="own: named for the failovers to come",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        unseen="no part of this version measures it yet",
    ),
    Kpi(
        name="blocked_time",
        title="Time with calls blocked",
        definition="How long after a fault's injection attempts were blocked.",
        source="own: named for the failovers to come",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        unseen="no part of this version measures it yet",
    ),
    Kpi(
        name="fault_losses",
        title="Calls lost to a fault",
        definition=(
            "Calls cut off, dropped or turned away from a fault's injection until it was healed."
        ),
        source="own: named for the failovers to come",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        unseen="no part of this version measures it yet",
    ),
)
"""In the order of the catalogue."""
