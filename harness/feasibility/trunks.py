"""How many trunks the load takes, with every site and with any one of them lost. Pure.

By Erlang B at the load's peak: a trunk is held from the dialling to the end of the talk, in the
queue too. A handle time that holds the wrap-up as well makes the number a little too large, and so
does a caller who would rather be blocked than wait; a voice menu before the queue comes on top.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.feasibility.busiest import in_progress
from harness.kpi.erlang import channels_needed
from harness.model.contact import Stream
from harness.model.scenario import FaultPlan, Load, Phase, Scenario
from harness.model.target import Target
from harness.traffic.schedule import rate_per_s

_LOSS = "site_down"


@dataclass(frozen=True, slots=True)
class Trunks:
    """Trunks of one site (empty: one group for all), with every site up or without *lost*.

    *erlangs* is how many are held at a time on average; *percent_1* and *per_mille_1* are how many
    block at most 1 %, and 0.1 %, of the calls.
    """

    site: str
    lost: str
    erlangs: float
    percent_1: int
    per_mille_1: int


def trunks(scenario: Scenario, target: Target) -> Iterator[Trunks]:
    """Yield the trunks that the busiest moment takes: all sites as one group, then each its own.

    First with every site up; then, where there is another to go to, without each of the sites in
    turn. Nothing where theory cannot tell.
    """
    busiest = busiest_phase(scenario)
    if busiest is None:
        return
    for lost in ("", *(target.sites if len(target.sites) > 1 else ())):
        left = [site for site in target.sites if site != lost]
        for site in ("", *left) if len(left) > 1 else left:
            yield from _trunks(scenario, target, busiest, site, lost)


def busiest_phase(scenario: Scenario) -> Phase | None:
    """Return the phase with the most calls at a time, the longest of several; None without."""
    loaded = [phase for phase in scenario.phases if phase.load.peak and phase.duration_s]
    if scenario.calls is None or not loaded:
        return None
    return max(loaded, key=lambda phase: (_most_per_s(scenario, phase), phase.duration_s))


def _most_per_s(scenario: Scenario, phase: Phase) -> float:
    most = max(rate_per_s(scenario, phase, Stream.CALLS, share / 8) for share in range(9))
    return round(most, 9)  # a ramp's end is as busy as the phase it leads to


def _trunks(
    scenario: Scenario, target: Target, phase: Phase, site: str, lost: str
) -> Iterator[Trunks]:
    without = FaultPlan(_LOSS, lost, 0.0, phase.duration_s)
    peak = replace(
        phase, load=Load(phase.load.peak, phase.load.peak), faults=(without,) if lost else ()
    )
    erlangs = in_progress(scenario, target, peak, site)
    if erlangs is None:
        return
    percent_1 = channels_needed(erlangs, blocking=0.01)
    per_mille_1 = channels_needed(erlangs, blocking=0.001)
    if percent_1 is not None and per_mille_1 is not None:
        yield Trunks(site, lost, erlangs, percent_1, per_mille_1)
