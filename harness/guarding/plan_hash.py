"""The hash of a plan, by which a run is armed and approved.

Whatever the run depends on is in it: traffic, phases, faults, contract, and the whole profile with
its guard and its caps. Where files lie is not, so that two people come to the same hash; of a file
that a fault is made of, what stands in it is; and so of a file with a journey or an adapter.
"""

import dataclasses
import enum
import hashlib
import json
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from harness.model.own_code import in_file
from harness.model.scenario import FaultPlan
from harness.preflight import Plan

SHOWN = 8
"""So many digits of the hash are said on the command line."""
_WHERE = frozenset({"path", "file", "ca_file", "folder", "document", "runbook", "runbooks"})
_LATER = frozenset({"baseline"})
_CODE = frozenset({"journey", "adapter"})


def plan_hash(plan: Plan) -> str:
    """Return the SHA-256, in hex, of all that *plan* would do."""
    whole = [plan.scenario, plan.sla, plan.target, plan.control]
    text = json.dumps(_plain(whole), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    """Return *value* as JSON has it, the same in every process."""
    match value:
        case enum.Enum():
            found: object = str(value.value)
        case Mapping():
            found = {str(_plain(key)): _plain(inner) for key, inner in value.items()}
        case set() | frozenset():
            found = sorted(json.dumps(_plain(each), sort_keys=True) for each in value)
        case list() | tuple():
            found = [_plain(each) for each in value]
        case date() | time():
            found = value.isoformat()
        case None | str() | bool() | int() | float():
            found = value
        case FaultPlan():
            found = _parts(value) | {"written": None}
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            found = _parts(value)
        case _:
            raise TypeError(
                f"a plan holds a {type(value).__name__}, which has no place in its hash"
            )
    return found


def _parts(value: Any) -> dict[str, object]:
    return {
        each.name: _code(found) if each.name in _CODE else _plain(found)
        for each in dataclasses.fields(value)
        if each.name not in _WHERE | _LATER
        for found in [getattr(value, each.name)]
    }


def _code(where: object) -> object:
    """Return what *where* names, a class in a file by the file's content; as it is if in none."""
    found = in_file(str(where))
    return f"{_content(found[0])}:{found[1]}" if found else _plain(where)


def _content(path: str) -> str:
    """Return the SHA-256 of the file at *path*; empty if it cannot be read, and so not be done."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""
