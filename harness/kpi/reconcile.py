"""The two views of one thing held against each other: what callers did, and what was counted.

A provider that never saw an attempt cannot have served it badly: its own figures stay clean. So the
counts themselves are compared, and the gap between two figures of one KPI is told in points.
"""

from harness.kpi import provider
from harness.kpi.evidence import PhaseEvidence
from harness.kpi.exact import NOWHERE, measured
from harness.kpi.figures import Fate
from harness.kpi.question import Question
from harness.model.sla import Direction
from harness.model.verdict import Measurement

_OURS_LEFT_OUT = "the network was gone for a time: attempts of then are left out, and were counted"
_NOT_SURE_TO_ARRIVE = {Fate.ON_ITS_WAY, Fate.FAILED, Fate.UNKNOWN}


def attempts(e: PhaseEvidence, _q: Question) -> Measurement:
    """Measure by what share of the callers' attempts the edge counted more, or fewer.

    Attempts of which nobody knows whether they arrived are left out on our side: the edge may have
    counted them. Neither view of it can be had without the other: None if one is missing. Exact; an
    attempt placed at a border may stand on either side of it. Where nobody saw anything for a time
    it decides nothing: contacts of then are left out on our side alone.
    """
    fates = e.calls.fate
    arrived = sum(fate not in _NOT_SURE_TO_ARRIVE for fate in fates)
    unsure = sum(fate in (Fate.FAILED, Fate.UNKNOWN) for fate in fates)
    counted = measured(provider.ATTEMPTS, e.increase, of=NOWHERE)
    if counted.value is None or not arrived:
        return Measurement(None, 0, note=counted.note)
    most = arrived + unsure
    off = max(0.0, arrived - counted.value, counted.value - most)
    note = f"callers {arrived}, provider {counted.value:g}" + (
        f", {unsure} unsure" if unsure else ""
    )
    weakness = _OURS_LEFT_OUT if e.unseen else ""
    return Measurement(off / arrived, arrived, note=note, weakness=weakness)


def flattery(provider_: Measurement, callers: Measurement, direction: Direction) -> float | None:
    """Return by how much the provider's figure is better than the callers'; negative: worse.

    In the KPI's own unit, so in shares (0..1) for a share. None if either was not measured.
    """
    if provider_.value is None or callers.value is None:
        return None
    gap = provider_.value - callers.value
    return gap if direction is Direction.MORE else -gap
