"""A run that was cut goes on: what is left of its plan, and a record that begins with its own.

The earlier run stays as it is. Phases that came to their end are not played again; a soak goes on
where it was cut, as a piece of its own, and any other phase that the cut was in begins anew. Before
either every line is called again and the load climbs, as at the beginning of every run. Meanwhile
the centre's clock stood still: a gap has no length, and hours of the day stay where they are.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.clock import wall_now
from harness.errors import Problem, UsageError
from harness.generator import CONTACT_LOG
from harness.model.cut import Cut
from harness.model.event import Ending, FaultRun, PhaseRun
from harness.model.now_and_then import FELT_S, with_faults_drawn
from harness.model.scenario import Phase, PhaseKind, Scenario
from harness.preflight import Plan, soaks_of
from harness.record.contact_log import ContactLog
from harness.record.run_record import RunRecord
from harness.record.store import is_written

LEAST_PIECE_S = 60.0
"""A soak that was cut sooner (centre seconds) begins anew: so short a piece says nothing."""
_GAP_S = 60.0
"""Centre seconds from the last that is known to the first that goes on."""
_NEAR_S = 1e-6


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a run: the phases that are *done* with, and those that are *to_play*.

    ``piece`` is what there is of a soak that was cut, ending where it was whole; ``left_out`` and
    ``faults`` were not over and are done again. ``cut_in`` names the phase the run was in.
    """

    done: tuple[Phase, ...]
    to_play: tuple[Phase, ...]
    piece: PhaseRun | None = None
    left_out: tuple[PhaseRun, ...] = ()
    faults: tuple[FaultRun, ...] = ()
    cut_in: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that was cut, in *folder*, and how it goes on: the whole *scenario*, what is *to_play*.

    Its record stays as it is: ``record_in`` begins another with all that is in it.
    """

    folder: Path
    scenario: Scenario
    to_play: tuple[Phase, ...]
    piece: PhaseRun | None
    cut: Cut

    def rest_of(self, plan: Plan) -> Plan:
        """Return *plan* with the phases of both runs, those that were played first."""
        return replace(plan, scenario=self.scenario)

    def record_in(self, folder: Path, *, reserve_bytes: int = 0) -> RunRecord:
        """Make the record of the run in *folder* that goes on with this one.

        *reserve_bytes* as for a record that begins with nothing. What the generator had logged and
        nobody had taken in yet is in it too.
        """
        with RunRecord.open(self.folder) as earlier:
            record = earlier.copied_to(folder, reserve_bytes=reserve_bytes)
        log = ContactLog(self.folder / "logs" / CONTACT_LOG)
        while contacts := log.read():
            record.put_contacts(contacts)
        if self.piece is not None:
            record.put_phase(self.piece)
        record.put_cut(self.cut)
        return record


def taken_up(folder: Path, plan: Plan, *, more_s: float | None = None) -> Earlier:
    """Return the run in *folder* as it goes on by *plan*, its soak for *more_s* if that is said.

    Raises:
        UsageError: it is another plan, it goes on still, nothing is left of it, it was ended for
            good, or it has no soak that could last *more_s*.
    """
    with RunRecord.open(folder) as earlier:
        if is_written(folder):
            want = "a run that ended, or was killed: end that one first"
            raise UsageError([Problem(_where(earlier), "a run that still goes on", want)])
        return _taken_up(earlier, plan, more_s)


def _taken_up(earlier: RunRecord, plan: Plan, more_s: float | None) -> Earlier:
    _check(earlier, plan)
    if more_s is not None:
        soaks_of(plan.scenario)
    ran = earlier.phases()
    at_s = max((run.held_until_s for run in ran), default=0.0)
    left = left_of(
        earlier.scenario,
        ran,
        earlier.faults(),
        known_s=min(at_s, earlier.scraped_until_s()),
        more_s=more_s,
        pieces=[cut.phase for cut in earlier.cuts()],
    )
    if not left.to_play:
        soaks = any(phase.kind is PhaseKind.SOAK for phase in plan.scenario.phases)
        longer = ", or how much longer its soak is to last: --for 5h" if soaks else ""
        want = f"one that was cut{longer}"
        raise UsageError([Problem(_where(earlier), "a run that came to its end", want)])
    before = earlier.cuts()
    gone = earlier.target.mock is not None and set(earlier.stores_read) < set(earlier.target.sites)
    cut = Cut(
        at_s=at_s,
        goes_on_s=at_s + _GAP_S,
        away_wall_s=max(0.0, wall_now() - earlier.wall(at_s)),
        run=earlier.facts.run,
        ending=earlier.ending,
        why=earlier.halted_by,
        phase=left.cut_in,
        left_out=left.left_out,
        faults=left.faults,
        health=earlier.health,
        unread_s=(before[-1].at_s if before else 0.0, at_s) if gone else None,
    )
    scenario = replace(earlier.scenario, phases=(*left.done, *left.to_play))
    return Earlier(earlier.folder, scenario, left.to_play, left.piece, cut)


def left_of(
    scenario: Scenario,
    ran: Sequence[PhaseRun],
    faults: Sequence[FaultRun],
    *,
    known_s: float,
    more_s: float | None = None,
    pieces: Collection[str] = (),
) -> Left:
    """Return what is left of *scenario*, of which *ran* and *faults* are known until *known_s*.

    A soak goes on for what is left of it, or for *more_s*; then also one that had ended, and what
    follows it is played again. *pieces* are phases in which it was cut before: over, as they are.
    """
    by_name = {run.name: run for run in ran}
    done = [
        each
        for each in scenario.phases
        if _is_over(each, by_name.get(each.name), gated=each.name not in pieces)
    ]
    rest = [each for each in scenario.phases if each not in done]
    cut = by_name.get(rest[0].name) if rest else None
    piece: PhaseRun | None = None
    broken: tuple[FaultRun, ...] = ()
    left_out: tuple[PhaseRun, ...] = (cut,) if cut is not None else ()
    if cut is not None and rest[0].kind is PhaseKind.SOAK:
        piece, broken = _piece(cut, faults, known_s)
        if piece is not None:
            left_out = ()
            first, then = _split(rest[0], piece.end_s - piece.start_s)
            done.append(first)
            # Cut while its gate was decided, nothing of it is left: no second piece without time.
            rest[:1] = [then] if then.duration_s > _NEAR_S else []
    if more_s is not None:
        rest = _prolonged(scenario, rest, more_s)
    names = {*by_name, *(each.name for each in done)}
    to_play = _named_anew([*_led_up_to(scenario, rest), *rest], names)
    return Left(
        tuple(done),
        to_play if more_s is None else _drawn_anew(scenario, to_play),
        piece,
        left_out,
        broken if piece is not None else tuple(f for f in faults if cut and f.phase == cut.name),
        cut.name if cut is not None else "",
    )


def _check(earlier: RunRecord, plan: Plan) -> None:
    """Refuse to go on with a run that is another one's, or that was ended for good."""
    facts, scenario = earlier.facts, plan.scenario
    problems = [
        Problem(_where(earlier), found, want)
        for wrong, found, want in (
            (
                facts.scenario_sha256 != plan.scenario_sha256,
                f"a run of {earlier.scenario.name} as it was then",
                f"a run of the very same {scenario.path}: begin a new one",
            ),
            (
                earlier.sla.sha256 != plan.sla.sha256,
                f"a run by {earlier.sla.name} as it was then",
                "a run by the very same contract; harness report RUN --sla judges it by another",
            ),
            (
                facts.control != plan.control or facts.target != plan.target.name,
                f"a run on {facts.target}" + (" without its faults" if facts.control else ""),
                f"one on {plan.target.name}" + (" without faults" if plan.control else ""),
            ),
            (
                earlier.ending in (Ending.GATE, Ending.REFUSED),
                "a run that a gate or the guard ended",
                "one that was cut: what was decided is not decided again; begin a new run",
            ),
            (
                earlier.scenario.search is not None,
                "a search for the highest load",
                "a rehearsal: harness capacity begins a search anew",
            ),
            (
                any(phase.step for phase in scenario.phases),
                "a handover in steps",
                "one without: who takes the calls by now cannot be known; begin a new run",
            ),
        )
        if wrong
    ]
    if problems:
        raise UsageError(problems)


def _where(earlier: RunRecord) -> str:
    return f"--resume {earlier.folder.name}"


def _is_over(phase: Phase, run: PhaseRun | None, *, gated: bool) -> bool:
    """Whether *phase* was played to its planned end and its gate decided, if it had one."""
    if run is None or (gated and run.gate is None):
        return False
    return run.end_s - run.start_s >= phase.duration_s - _NEAR_S


def _piece(
    cut: PhaseRun, faults: Sequence[FaultRun], known_s: float
) -> tuple[PhaseRun | None, tuple[FaultRun, ...]]:
    """Return what is whole of the soak that was *cut*, and the faults that were felt still.

    It ends before the first of these. None if nothing worth keeping is left.
    """
    mine = [fault for fault in faults if fault.phase == cut.name]
    still = [fault for fault in mine if (fault.heal_proven_s or math.inf) + FELT_S > known_s]
    end_s = min(
        [known_s, cut.end_s, *(f.injected_from_s for f in still if f.injected_from_s is not None)]
    )
    if end_s - cut.start_s < LEAST_PIECE_S:
        return None, ()
    return replace(cut, end_s=end_s, held_until_s=end_s), tuple(still)


def _split(phase: Phase, at_s: float) -> tuple[Phase, Phase]:
    """Return *phase* up to *at_s* from its start, and the rest of it with the faults to come."""
    share = at_s / phase.duration_s
    border = phase.load.at(share)
    first = replace(
        phase,
        duration_s=at_s,
        load=replace(phase.load, end=border),
        faults=tuple(each for each in phase.faults if each.end_s <= at_s),
    )
    then = replace(
        phase,
        duration_s=phase.duration_s - at_s,
        load=replace(phase.load, start=border),
        faults=tuple(
            replace(each, at_s=max(0.0, each.at_s - at_s))
            for each in phase.faults
            if each.end_s > at_s
        ),
    )
    return first, then


def _prolonged(scenario: Scenario, rest: Sequence[Phase], more_s: float) -> list[Phase]:
    """Return *rest* with a soak of *more_s*; without one, the last soak again and what follows."""
    if not any(each.kind is PhaseKind.SOAK for each in rest):
        last = max(n for n, each in enumerate(scenario.phases) if each.kind is PhaseKind.SOAK)
        rest = [replace(scenario.phases[last], faults=()), *_first_of(scenario.phases[last + 1 :])]
    return [_lasting(each, more_s) if each.kind is PhaseKind.SOAK else each for each in rest]


def _lasting(soak: Phase, for_s: float) -> Phase:
    fitting = tuple(each for each in soak.faults if each.end_s <= for_s)
    return replace(soak, duration_s=for_s, faults=fitting)


def _first_of(phases: Sequence[Phase]) -> list[Phase]:
    """Return each planned phase among *phases* once, however often it was played."""
    return list({each.planned_as: each for each in phases}.values())


def _led_up_to(scenario: Scenario, rest: Sequence[Phase]) -> list[Phase]:
    """Return what is played before *rest*: the lines, and the ramp that leads to its load."""
    if not rest:
        return []
    lines = [each for each in scenario.phases if each.kind is PhaseKind.LINES][:1]
    if rest[0].kind is PhaseKind.LINES:
        return []
    before = scenario.phases[: [each.name for each in scenario.phases].index(rest[0].name)]
    ramps = [each for each in before if each.kind is PhaseKind.RAMP][-1:]
    return [*lines, *(ramps if rest[0].kind is not PhaseKind.RAMP else [])]


def _drawn_anew(scenario: Scenario, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """Return *phases*, what breaks in them now and then drawn for the length they have now."""
    return with_faults_drawn(replace(scenario, phases=phases)).phases


def _named_anew(phases: Sequence[Phase], taken: set[str]) -> tuple[Phase, ...]:
    """Return *phases*, those with a name that is *taken* under the next that is free."""
    found = []
    for phase in phases:
        name, number = phase.name, 1
        while name in taken:
            number += 1
            name = f"{phase.planned_as}-{number}"
        taken = taken | {name}
        of = phase.planned_as if name != phase.planned_as else ""
        found.append(replace(phase, name=name, piece_of=of))
    return tuple(found)
