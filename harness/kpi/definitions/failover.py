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
            "of twenty attempts before the next fault; sixty attempts have to follow. Who was "
            "served by a menu, or is called back, is no attempt in this."
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
            "Calls cut off, dropped or turned away from a fault's injection until it was healed, "
            "at whichever site. Calls of which that is not known are left out; too many of them "
            "decide nothing."
        ),
        source="own: each call by its id",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="talks_kept",
        title="Talks kept through a fault",
        definition=(
            "Of the talks that went on at a fault's injection, at every site, those that were not "
            "dropped until it was healed. Those of which the end is not known are left out; too "
            "many of them decide nothing."
        ),
        source="own; connection preservation, as makers of telephony promise it",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="losses_elsewhere",
        title="Talks dropped at other sites",
        definition=(
            "Talks that went on at a fault's injection at a site that it was not of, and were "
            "dropped until it was healed. Sites of other faults at that time, and talks of which "
            "the end is not known, are left out; too many of those decide nothing."
        ),
        source="own; makers promise that agents of a surviving site are not affected",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="failback_losses",
        title="Calls lost to the return",
        definition=(
            "Calls cut off, dropped or turned away from the start of a fault's healing until the "
            "next fault, or the end of the run (in a soak: a quarter of an hour after its healing "
            "at the latest). Calls of which that is not known are left out; too many of them "
            "decide nothing."
        ),
        source="own: each call by its id",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="surprises",
        title="Outcomes that no runbook foresees",
        definition=(
            "Contacts to which something happened, from a fault's injection to the end of its "
            "phase (in a soak: to a quarter of an hour after its healing), that no runbook of a "
            "fault in force names under 'expects'."
        ),
        source='own: "any surprise is bad; have it all in black and white"',
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="alerts_missed",
        title="Alarms that did not come",
        definition=(
            "Alerts that a fault was expected to raise in the operations room's Prometheus and "
            "that were not seen firing within the time that was agreed, in wall seconds from the "
            "injection."
        ),
        source="own: an alarm that was never rehearsed is a hope",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
)
"""In the order of the catalogue."""
