"""One view for each owner of objectives: what is theirs, how it stands, against which limits."""

import re
from collections.abc import Iterator

from harness.kpi.catalogue import CATALOGUE
from harness.model.sla import Objective, Sla
from reports.dashboards.board import (
    STATUSES,
    UNITS,
    Board,
    Panel,
    Query,
    Sort,
    own,
    provider,
    statuses,
    titled,
)


def owners(sla: Sla) -> Iterator[Board]:
    """Yield a dashboard for every owner of an objective of *sla*, in the contract's order."""
    for name in dict.fromkeys(objective.owner.name for objective in sla.objectives):
        theirs = [each for each in sla.objectives if each.owner.name == name]
        yield _view(name, theirs, sla)


def slug(name: str) -> str:
    """Return *name* as it stands in the name of a file: lower case, with dashes."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def _view(name: str, objectives: list[Objective], sla: Sla) -> Board:
    return Board(
        uid=f"harness-owner-{slug(name)}"[:40],
        title=f"Owner: {name}",
        about=f"The objectives of the contract {sla.name} that {name} answers for.",
        rows=titled(
            (
                ("How they stand", _standing(name)),
                ("One by one", (_one(each, name, sla) for each in objectives)),
            )
        ),
    )


def _standing(name: str) -> Iterator[Panel]:
    yield Panel(
        "Objectives",
        "The status of each in the phase that is on. Empty while no phase asks for one.",
        "none",
        (Query(statuses(f'owner="{name}"'), "{{kpi}} {{scope}} {{view}} {{aspect}}"),),
        Sort.STATES,
        width=24,
        words=STATUSES,
    )


def _one(objective: Objective, name: str, sla: Sla) -> Panel:
    kpi = CATALOGUE[objective.kpi]
    of = f'owner="{name}", kpi="{kpi.name}", aspect="value"'
    value, limit = own("harness_kpi_value", of), own("harness_kpi_limit", of)
    queries = [
        Query(f"max by (scope, view) ({value})", "{{view}} {{scope}}"),
        Query(f"max by (scope, limit) ({limit})", "{{limit}} {{scope}}"),
    ]
    if kpi.expression is not None:
        queries.append(Query(provider(kpi.name, sla), "provider, all, over the window"))
    about = f"{kpi.definition} The contract: {objective.goal_text}."
    if kpi.expression is None:
        about += " Empty until it is judged."
    return Panel(kpi.title, about, UNITS[kpi.unit], tuple(queries), width=12)
