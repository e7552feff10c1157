"""Finds the adapter that a target profile names by its import path."""

import importlib
from collections.abc import Callable

from harness.adapter.protocol import Adapter
from harness.errors import Problem, UsageError
from harness.model.target import Endpoints

_EITHER = ("place_call", "open_ticket")
"""What every adapter has at least one of: a provider may take calls alone, or tickets."""


def find_adapter(path: str) -> Callable[[Endpoints], Adapter]:
    """Return the adapter class at the import *path* ``package.module:Class``.

    Raises:
        UsageError: there is no such class.
    """
    module, _, name = path.partition(":")
    try:
        adapter: Callable[[Endpoints], Adapter] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        want = "an import path such as harness.adapter.reference:ReferenceAdapter"
        raise UsageError([Problem("target: adapter", f"{path!r} ({error})", want)]) from None
    if not isinstance(adapter, type) or not any(hasattr(adapter, each) for each in _EITHER):
        found = f"{path!r}, which neither places calls nor opens tickets"
        want = "an adapter class: docs/how_to_write_an_adapter.md says what it needs"
        raise UsageError([Problem("target: adapter", found, want)])
    return adapter
