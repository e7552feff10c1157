"""What only shows in the long run: whether the last day is as the first."""

from harness.kpi.definitions.kpi import Kpi
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Unit

_SOAK = frozenset({PhaseKind.SOAK})

LASTING = (
    Kpi(
        name="steadiness",
        title="Objectives that drift",
        definition=(
            "Objectives of the soak that get worse while it lasts, and hours of the day that miss "
            "their warn limit day after day. An objective drifts if the medians of twelve blocks "
            "fall or rise (Mann-Kendall, exact, 1 % over all objectives looked at), by more than "
            "lies between its goal and its warn limit (Theil-Sen), and the last third is worse "
            "than the first."
        ),
        source='own: "the same level of service on the last day"; Mann 1945, Sen 1968',
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=_SOAK,
        stream=None,
        by_verdict=True,
    ),
    Kpi(
        name="memory_growth",
        title="Memory that processes gain",
        definition=(
            "MiB per centre hour by which the least memory of a block grew in the process of the "
            "target that gained most, in the last third between two of its starts (three of its "
            "four steps go up by that much); 0 where it levels off, or chance explains it."
        ),
        source="process_resident_memory_bytes; Mann 1945, Sen 1968",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=_SOAK,
        stream=None,
        by_verdict=True,
    ),
    Kpi(
        name="descriptor_growth",
        title="Open files that processes gain",
        definition=(
            "Open descriptors per centre hour that the process of the target gained that gained "
            "most, in the last third between two of its starts (three of its four steps go up by "
            "that much); 0 where it levels off, or chance explains it."
        ),
        source="process_open_fds; Mann 1945, Sen 1968",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=_SOAK,
        stream=None,
        by_verdict=True,
    ),
)
"""In the order of the catalogue."""
