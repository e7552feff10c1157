"""The interface inventory as an objective: everything handed over was probed, and is right."""

from collections.abc import Sequence

from harness.model.event import LineCheck
from harness.model.inventory import handed_over
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Direction, Unit
from harness.model.target import Target
from harness.model.verdict import ObjectiveResult, Status, View


def lines_result(
    checks: Sequence[LineCheck], scenario: Scenario, target: Target
) -> list[ObjectiveResult]:
    """Return the result of probing all that is handed over; none if there is no phase for it."""
    phase = next((p for p in scenario.phases if p.kind is PhaseKind.LINES), None)
    if phase is None:
        return []
    wanted = [interface.name for interface in handed_over(scenario, target)]
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
            goal_text="every interface",
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
            or ("not every interface was probed" if unprobed else ""),
        )
    ]
