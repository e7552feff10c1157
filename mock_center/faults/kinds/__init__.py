"""Every kind of fault of this centre, by name: each file here has those of one part of it."""

import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from mock_center.config import Centre, Problem
from mock_center.faults.spec import FaultSpec

_FILES = [import_module(f"{__name__}.{file.name}") for file in pkgutil.iter_modules(__path__)]


def kinds_of(centre: Centre) -> dict[str, FaultSpec]:
    """Return how each kind of fault of *centre* may be ordered."""
    return {spec.kind: spec for file in _FILES for spec in file.specs(centre)}


def wrong_orders(orders: Sequence[Mapping[str, Any]], centre: Centre) -> Iterator[Problem]:
    """Yield what is wrong with each of *orders*, as they would come to the admin port."""
    kinds = kinds_of(centre)
    for at, order in enumerate(orders):
        told = dict(order)
        kind = told.pop("kind", None)
        spec = kinds.get(kind) if isinstance(kind, str) else None
        if spec is None:
            yield Problem(f"faults[{at}].kind", repr(kind), no_kind(kinds))
            continue
        for each in spec.read(told)[1]:
            yield Problem(f"faults[{at}].{each.where}", each.found, each.want)


def no_kind(kinds: Mapping[str, FaultSpec]) -> str:
    """Return what would be right instead of a kind of fault that this centre does not have."""
    return f"a fault that this centre can have: {', '.join(kinds)}"
