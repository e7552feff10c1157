"""One view for each owner of objectives: what is theirs, how it stands, against which limits."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from harness.kpi.catalogue import CATALOGUE
from harness.model.sla import Objective, Sla
from reports.dashboards.board import (
    STATUSES,
    UNITS,
    Board,
    Panel,
    Query,
    Sort,
    is_exactly,
    own,
    provider,
    statuses,
    titled,
)

_UID = "harness-owner-"
_LONGEST = 40 - len(_UID)
"""Grafana's ids have at most forty characters."""
_DIGITS = 8


def owners(sla: Sla) -> Iterator[Board]:
    """Yield a dashboard for every owner of an objective of *sla*, in the contract's order."""
    by_name: dict[str, list[Objective]] = {}
    for objective in sla.objectives:
        by_name.setdefault(objective.owner.name, []).append(objective)
    ids = ids_of(list(by_name))
    for name, objectives in by_name.items():
        yield _view(name, ids[name], replace(sla, objectives=tuple(objectives)))


def ids_of(names: Sequence[str]) -> Mapping[str, str]:
    """Return an id for each of *names*: its letters and digits, with dashes for what is between.

    One that is too long, has letters of another alphabet, or is another's too, ends in a digest:
    Grafana would keep one of two dashboards with the same id.
    """
    plain = {name: "-".join(re.findall(r"[a-z0-9]+", name.lower())) for name in names}
    times = Counter(plain.values())
    return {
        name: id_
        if name.isascii() and 0 < len(id_) <= _LONGEST and times[id_] == 1
        else _with_digest(id_, name)
        for name, id_ in plain.items()
    }


def _with_digest(id_: str, name: str) -> str:
    digest = sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{id_[: _LONGEST - _DIGITS - 1].rstrip('-')}-{digest}".lstrip("-")


def _view(name: str, id_: str, theirs: Sla) -> Board:
    """Return the dashboard of *name*, whose objectives alone are in *theirs*."""
    kpis = dict.fromkeys(each.kpi for each in theirs.objectives)
    return Board(
        uid=f"{_UID}{id_}",
        title=f"Owner: {name}",
        about=f"The objectives of the contract {theirs.name} that {name} answers for.",
        rows=titled(
            (
                ("How they stand", _standing(name)),
                ("One by one", (_one(kpi, name, theirs) for kpi in kpis)),
            )
        ),
    )


def _standing(name: str) -> Iterator[Panel]:
    yield Panel(
        "Objectives",
        "The status of each in the phase that is on. Empty while no phase asks for one.",
        "none",
        (Query(statuses(is_exactly("owner", name)), "{{kpi}} {{scope}} {{view}} {{aspect}}"),),
        Sort.STATES,
        width=24,
        words=STATUSES,
    )


def _one(kpi_name: str, owner: str, theirs: Sla) -> Panel:
    """Return the panel of a KPI, with every objective that *owner* has of it."""
    kpi = CATALOGUE[kpi_name]
    goals = tuple(
        dict.fromkeys(each.goal_text for each in theirs.objectives if each.kpi == kpi_name)
    )
    goal, which = (", goal", " of {{goal}}") if len(goals) > 1 else ("", "")
    of = f'{is_exactly("owner", owner)}, kpi="{kpi.name}", aspect="value"'
    value, limit = own("harness_kpi_value", of), own("harness_kpi_limit", of)
    queries = [
        Query(f"max by (scope, view{goal}) ({value})", "{{view}} {{scope}}" + which),
        Query(f"max by (scope, limit{goal}) ({limit})", "{{limit}} {{scope}}" + which),
    ]
    about = f"{kpi.definition} The contract: {'; '.join(goals)}."
    if kpi.expression is None:
        about += " Empty until it is judged."
    else:
        queries += [
            Query(expr, f"provider, all{apart}, over the window")
            for expr, apart in provider(kpi.name, theirs)
        ]
    return Panel(kpi.title, about, UNITS[kpi.unit], tuple(queries), width=12)
