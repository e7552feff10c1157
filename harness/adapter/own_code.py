"""Imports code of the user's own: an adapter beside a profile, a journey beside a scenario."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def imported(file: Path, *, of: str) -> ModuleType:
    """Return the module in *file*, imported once a process; *of* says what it is for.

    Whatever the user's code raises is raised.
    """
    name = f"{of}_{file.stem}_of_{file.parent.name}"
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
