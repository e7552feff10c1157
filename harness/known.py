"""Every KPI and every fault that a scenario or a contract may name, as their readers ask for it."""

from harness.faults.kinds import KINDS
from harness.files.known import FaultRule, Known, KpiRule
from harness.kpi.catalogue import CATALOGUE
from harness.model.contact import Stream

KNOWN = Known(
    kpis={
        kpi.name: KpiRule(
            kpi.name,
            kpi.unit,
            kpi.direction,
            needs_threshold=kpi.needs_threshold,
            scopes=kpi.scopes,
            phase_kinds=kpi.phase_kinds,
            bounds=kpi.bounds,
            by_formula=kpi.name == "service_level",
            by_short=kpi.name in ("service_level", "abandonment_net"),
            by_priority=kpi.stream is Stream.TICKETS and kpi.needs_threshold,
            two_views=kpi.callers is not None and kpi.provider is not None,
            watched=kpi.measurable and not kpi.by_verdict,
            by_callers=kpi.callers is not None,
            of_contacts=kpi.of_contacts,
        )
        for kpi in CATALOGUE.values()
    },
    faults={
        name: FaultRule(
            name,
            kind.parameters,
            kind.place,
            getattr(kind, "wrong", lambda *_: ()),
            getattr(kind, "takes", lambda _: ()),
        )
        for name, kind in KINDS.items()
    },
)
