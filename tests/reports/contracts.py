"""Contracts that nobody would sign, for what is made of any: rules, dashboards."""

from harness.kpi.catalogue import CATALOGUE
from harness.model.contact import Stream
from harness.model.scenario import Owner
from harness.model.sla import Clock, Each, Formula, Hours, Sla
from tests import fakes


def everything_asked() -> Sla:
    """Return a contract that asks each KPI for whatever it can be judged for, in every way."""
    odd = Owner('Head of "Care" {{ $value }} \\ Ω', "x@client.example")
    objectives = [
        fakes.objective(
            kpi.name,
            each=each,
            only=(() if each is Each.ALL else ("billing-eu", 'a "b"|c\\d')),
            threshold_s=kpi.bounds[0] if kpi.needs_threshold else None,
            owner=odd,
            formula=formula,
            short_abandon_s=short_s,
        )
        for kpi in CATALOGUE.values()
        for each in sorted(kpi.scopes)
        for formula in (Formula if kpi.name == "service_level" else [Formula.OFFERED])
        for short_s in (5.0, 10.0)
    ]
    clocks = {f"P{number}": Clock(900.0 * 2**number) for number in (1, 2, 3)}
    clocks["P4"] = Clock(28_800.0, Hours.BUSINESS)
    by_clock = [
        fakes.objective(kpi.name, threshold_s=None, clocks=clocks)
        for kpi in CATALOGUE.values()
        if kpi.needs_threshold and kpi.stream is Stream.TICKETS
    ]
    return fakes.sla(*objectives, *by_clock)
