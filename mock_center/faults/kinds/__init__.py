"""Every kind of fault of this centre, by name: each file here has those of one part of it."""

import pkgutil
from importlib import import_module

from mock_center.config import Centre
from mock_center.faults.spec import FaultSpec

_FILES = [import_module(f"{__name__}.{file.name}") for file in pkgutil.iter_modules(__path__)]


def kinds_of(centre: Centre) -> dict[str, FaultSpec]:
    """Return how each kind of fault of *centre* may be ordered."""
    return {spec.kind: spec for file in _FILES for spec in file.specs(centre)}
