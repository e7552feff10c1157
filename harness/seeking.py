"""A search for the knee, played: load after load, each by itself, until the bracket is close.

Which load is next, and what a trial counts for, is decided next door (``verdict.knee``,
``verdict.capacity``); here it is only done: warm up, judge, let the queues run empty.
"""

from dataclasses import replace

from harness.model.event import Ending, Trial
from harness.model.scenario import Load, Phase, Scenario
from harness.model.search import Next, Search
from harness.stage import Stage
from harness.verdict.capacity import beyond_us, counted, status_of_trial
from harness.verdict.items import LATE
from harness.verdict.knee import next_load

PARTS = 3
"""A trial is three phases: warm-up, the one that is judged, and the time in which queues empty."""
LEAST_DRAIN_S = 60.0


async def seek(stage: Stage, search: Search) -> Ending:
    """Try load after load, and return how it ended.

    The scenario's phases are the lines and room for as many trials as are allowed. The record keeps
    those that were played, each with the load that was chosen for it.
    """
    scenario = stage.plan.scenario
    lines, room = scenario.phases[0], scenario.phases[1:]
    played: list[Phase] = [lines]
    tried: list[Trial] = []
    left = ""
    try:
        if not await stage.lines(lines):
            return Ending.HALTED if stage.halted_by else Ending.GATE
        usual: float | None = None
        for place in range(0, len(room), PARTS):
            step = next_load(search, tried)
            if step is None:
                break
            warm_up, judged, drain = _with_load(room[place : place + PARTS], step.multiple)
            _plan(stage, scenario, [*played, warm_up, judged, drain], room[place + PARTS :])
            played.append(warm_up)
            await stage.phase(warm_up)
            if usual is None:
                usual = stage.told("cc_tickets_open")
            if stage.stopped_by_rule:  # worse than that it need not get: nobody else is sent
                tried.append(_taken_down(stage, warm_up, step, left))
            elif not stage.halted_by:
                played.append(judged)
                await stage.phase(judged)
                tried.append(_taken_down(stage, judged, step, left))
            if stage.halted_by and not stage.stopped_by_rule:
                return Ending.HALTED
            stage.go_on()
            if beyond_us(tried):
                break
            played.append(drain)
            left = await stage.drain(drain, at_least_s=LEAST_DRAIN_S, usual=usual)
            # A stop rule that was looked at while its trial ended: that load is over already.
            if stage.halted_by and not stage.stopped_by_rule:
                return Ending.HALTED
            stage.go_on()
        return Ending.COMPLETE
    finally:
        _plan(stage, scenario, played, ())


def _taken_down(stage: Stage, phase: Phase, step: Next, left: str) -> Trial:
    """Return what came of the load in *phase*, which has just ended; kept in the record as well."""
    late = any(each.note == LATE for each in stage.decided)
    found = Trial(
        phase.name,
        step.multiple,
        step.purpose,
        status_of_trial(stage.decided),
        stopped=stage.halted_by if stage.stopped_by_rule else "",
        doubt=stage.generator_doubt() or (LATE if late else ""),
        unsettled=left,
    )
    found = replace(found, status=counted(found, found.status))
    stage.record.put_trial(found)
    stage.tell_trial(found)
    return found


def _with_load(phases: tuple[Phase, ...], multiple: float) -> tuple[Phase, Phase, Phase]:
    """Return the *phases* of a trial of that *multiple*; nobody comes in the last of them."""
    warm_up, judged, drain = phases
    load = Load(multiple, multiple)
    return replace(warm_up, load=load), replace(judged, load=load), drain


def _plan(stage: Stage, scenario: Scenario, played: list[Phase], room: tuple[Phase, ...]) -> None:
    """Keep what was really run, and the room that is left for more."""
    stage.record.put_scenario(replace(scenario, phases=(*played, *room)))
