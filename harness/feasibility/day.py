"""Where in the week a run lies, and how busy its days will be: what a reader has to know first."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from harness.errors import Note
from harness.feasibility.asked import DEFAULT_THRESHOLD_S
from harness.files.arrivals import mock_starts_at
from harness.model.arrivals import Arrivals, week_text
from harness.model.contact import Stream
from harness.model.scenario import Scenario
from harness.model.target import Target
from harness.model.units import format_share
from harness.traffic.rate import jumps
from harness.traffic.schedule import expected_contacts, rate_per_s
from harness.verdict.expectations import LASTING
from harness.verdict.forecast import Stretch, forecast, stretches


def on_an_average_day(scenario: Scenario) -> Scenario:
    """Return *scenario* as it would be if no day differed from another.

    What is refused beforehand must not hang on the seed: a busy day that the provider cannot carry
    is for the run to find.
    """
    phases = tuple(replace(phase, days=None) for phase in scenario.phases)
    return replace(scenario, phases=phases)


def of_the_day(scenario: Scenario, target: Target) -> Iterator[Note]:
    """Yield what *scenario* makes of the clock, if it makes a difference when it runs."""
    where = f"{scenario.path}: traffic"
    if any(_moves(each.arrivals) for each in (scenario.calls, scenario.tickets) if each):
        end_s = scenario.starts_at_s + scenario.duration_s
        yield Note(
            where,
            f"the run lies between {week_text(scenario.starts_at_s)} and {week_text(end_s)} of its"
            " shape or recording, which stands still while a gate is decided",
        )
        calendar = mock_starts_at(target) if _keeps_hours(target) else None
        if calendar is not None and f"{calendar:%a %H:%M}" != week_text(scenario.starts_at_s):
            yield Note(
                where,
                f"the run begins at {week_text(scenario.starts_at_s)}, the mock's calendar at"
                f" {calendar:%a %H:%M}: opening hours and shifts go by the calendar",
            )
        yield from _busiest(on_an_average_day(scenario), target)
    if any(phase.days is not None for phase in scenario.phases):
        yield from _busy(scenario, where)


def _keeps_hours(target: Target) -> bool:
    """Whether it makes a difference to *target* what time it is there."""
    staff = (each for skills in target.staffing.values() for each in skills.values())
    return bool(target.opening_hours) or not all(isinstance(each, int) for each in staff)


def _moves(arrivals: Arrivals) -> bool:
    return arrivals.recording is not None or not arrivals.shape.steady


def _busiest(scenario: Scenario, target: Target) -> Iterator[Note]:
    """Yield what to expect of the busiest interval of each phase that lasts: not of its mean."""
    for phase in scenario.phases:
        cut = list(stretches(phase, jumps(scenario, phase, Stream.CALLS)))
        if scenario.calls is None or phase.kind not in LASTING or len(cut) < 2:
            continue
        busiest = max(cut, key=lambda s: rate_per_s(scenario, phase, Stream.CALLS, s.middle))
        within = partial(_lies_in, busiest)
        found = forecast(scenario, target, phase, threshold_s=DEFAULT_THRESHOLD_S, only=within)
        if found is None or found.service_level is None or found.occupancy is None:
            continue
        start = busiest.middle - busiest.share / 2
        at_s = scenario.starts_at_s + scenario.starts_s(phase) + start * phase.duration_s
        yield Note(
            f"{scenario.path}: {phase.name}",
            f"busiest from {week_text(at_s)} on, with {found.per_hour:,.0f} calls an hour:"
            f" {format_share(found.service_level)} within {DEFAULT_THRESHOLD_S:g} s, agents"
            f" {format_share(found.occupancy)} busy to be expected there",
        )


def _lies_in(whole: Stretch, part: Stretch) -> bool:
    return abs(part.middle - whole.middle) < whole.share / 2


def _busy(scenario: Scenario, where: str) -> Iterator[Note]:
    average = on_an_average_day(scenario)
    drawn = []
    for stream in Stream:
        usual = sum(expected_contacts(average, phase, stream) for phase in average.phases)
        of_seed = sum(expected_contacts(scenario, phase, stream) for phase in scenario.phases)
        if usual:
            drawn.append(f"{of_seed / usual:.2f} times the average of {stream}")
    yield Note(
        where,
        f"days vary: seed {scenario.seed} draws {' and '.join(drawn)}; the table above, and what is"
        " refused beforehand, is for an average day",
    )
