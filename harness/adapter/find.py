"""Finds the adapter that a target profile names: by its import path, or in a file of the user's."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.adapter.own_code import imported
from harness.adapter.protocol import Adapter
from harness.errors import Problem, UsageError
from harness.model.own_code import in_file
from harness.model.target import Endpoints

_WANT = (
    "an import path such as harness.adapter.reference:ReferenceAdapter, or a file that can be"
    " imported, and its class: desk.py:Desk"
)
_EITHER = ("place_call", "open_ticket")
"""What every adapter has at least one of: a provider may take calls alone, or tickets."""


def find_adapter(path: str) -> Callable[[Endpoints], Adapter]:
    """Return the adapter class at *path*: ``package.module:Class``, or ``/home/me/desk.py:Desk``.

    Raises:
        UsageError: there is no such class, or its file cannot be imported.
    """
    module, _, name = path.rpartition(":")
    try:
        if in_file(path):
            return _made_by(imported(Path(module).absolute(), of="adapter"), name)
        return _made_by(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001  it may be the user's code: it may raise anything
        found = f"{path!r} ({type(error).__name__}: {error})"
        raise UsageError([Problem("target: adapter", found, _WANT)]) from None


def _made_by(module: ModuleType, name: str) -> Callable[[Endpoints], Adapter]:
    made: Any = getattr(module, name)
    if not isinstance(made, type) or not any(hasattr(made, each) for each in _EITHER):
        raise TypeError(f"{name} neither places calls nor opens tickets: it is no adapter class")
    adapter: Callable[[Endpoints], Adapter] = made
    return adapter
