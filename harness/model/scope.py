"""For whom an objective is judged one by one: queues, lines, sites, priorities."""

from harness.model.scenario import Scenario
from harness.model.sla import Each, Objective
from harness.model.target import Target


def names(each: Each, scenario: Scenario, target: Target) -> tuple[str, ...]:
    """Return what an objective can be judged for one by one; one empty name for all at once."""
    match each:
        case Each.QUEUE:
            return tuple(scenario.lines)
        case Each.LINE:
            return tuple(line for lines in scenario.lines.values() for line in lines)
        case Each.SITE:
            return target.sites
        case Each.ALL:
            return ("",)


def scopes(objective: Objective, scenario: Scenario, target: Target) -> tuple[str, ...]:
    """Return for what *objective* is judged: names, priorities, or one empty name for all."""
    if objective.clocks:
        return tuple(objective.clocks)
    return objective.only or names(objective.each, scenario, target)
