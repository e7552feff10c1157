"""Finds the adapter that a target profile names: by its import path, or in a file of the user's."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.adapter.protocol import Adapter
from harness.errors import Problem, UsageError
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
        if module.endswith(".py"):
            return _made_by(_from_file(Path(module).absolute()), name)
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


def _from_file(file: Path) -> ModuleType:
    """Return the module in *file*, imported once a process."""
    name = f"adapter_{file.stem}_of_{file.parent.name}"
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(file):
        return known
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None  # the name ends with .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
