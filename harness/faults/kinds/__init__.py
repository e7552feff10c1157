"""Every kind of fault by name: one file each, found by being here.

A file that holds a kind says so with ``KIND``; what several kinds share stands in files without.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from harness.faults.contract import FaultKind

_FILES = [import_module(f"{__name__}.{file.name}") for file in pkgutil.iter_modules(__path__)]
KINDS: Mapping[str, FaultKind] = {
    file.KIND.name: file.KIND for file in _FILES if hasattr(file, "KIND")
}


def for_a_run() -> dict[str, FaultKind]:
    """Return every kind anew: what one remembers of a target says nothing of the next run's."""
    return {name: type(kind)() for name, kind in KINDS.items()}
