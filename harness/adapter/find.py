"""Finds the adapter that a target profile names by its import path."""

import importlib
from collections.abc import Callable

from harness.adapter.protocol import Adapter
from harness.errors import Problem, UsageError
from harness.model.target import Endpoints


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
    return adapter
