"""The interface inventory as an objective: every line was probed and reached its queue."""

from collections.abc import Sequence

from harness.model.event import LineCheck
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Direction, Unit
from harness.model.verdict import ObjectiveResult, Status, View


def lines_result(checks: Sequence[LineCheck], scenario: Scenario) -> list[ObjectiveResult]:
    """Return the result of probing the lines; none if the scenario has no phase for it."""
    phase = next((p for p in scenario.phases if p.kind is PhaseKind.LINES), None)
    if phase is None:
        return []
    wanted = [line for lines in scenario.lines.values() for line in lines]
    good = [check.line for check in checks if check.ok]
    bad = tuple(check.line for check in checks if not check.ok)
    unprobed = tuple(line for line in wanted if line not in {check.line for check in checks})
    status = Status.FAIL if bad else Status.INCONCLUSIVE if unprobed else Status.PASS
    return [
        ObjectiveResult(
            kpi="lines",
            scope="",
            view=View.CALLERS,
            phase=phase.name,
            kind=PhaseKind.LINES,
            status=status,
            goal=1.0,
            warn=1.0,
            goal_text="every line",
            unit=Unit.SHARE,
            direction=Direction.MORE,
            owner=scenario.owner,
            must_pass=True,
            decisive_here=True,
            value=len(good) / len(wanted) if checks else None,
            low=None,
            high=None,
            n=len(wanted),
            ids=bad or unprobed,
            note="; ".join(f"{c.line}: {c.note}" for c in checks if not c.ok)
            or ("not every line was probed" if unprobed else ""),
        )
    ]
