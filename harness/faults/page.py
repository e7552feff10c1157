"""The reference page of faults, ``docs/faults.md``, made from what each kind says of itself."""

import inspect
from collections.abc import Iterator, Mapping

from harness.faults.contract import FaultKind
from harness.faults.ordered import needs_admin
from harness.model.fault import Parameter, Written

PATH = "docs/faults.md"
_HEAD = """\
# Faults

Made by `make docs` from what each kind says of itself; do not edit. A fault stands in a phase of a
scenario: `faults: [{kind: site_down, site: north, at: 2m, for: 8m, runbook: ...}]`. Beside `kind`,
`at`, `for` and `runbook` each kind takes keys of its own. All are injected, proven from outside,
leased and healed ([the contract](../harness/faults/CONTRACT.md)); two faults do not hold one place.
"""
_OF_THE_MOCK = """
## Of the mock centre

Ordered at its admin port, without any privilege, on Linux and macOS.
"""
_OF_ANY = """
## Of any target

How to use them, and who undoes them: [faults of a provider](faults_of_a_provider.md).
"""
_FOOT = """
## What is not here

Network namespaces, firewall rules, a PostgreSQL primary that is promoted: they need a privilege, or
a system that the mock has not. Where you have both, `process` takes a command and its undo, with a
proof of its own, and `chaostoolkit` takes an experiment: both are guarded and healed as any other.
On a machine that lacks what an experiment needs, `harness check` says so before anything starts,
and no run with a fault that was not proven ends with GO.
"""


def rendered(kinds: Mapping[str, FaultKind]) -> str:
    """Return the page for *kinds*."""
    ordered = sorted(kinds.values(), key=lambda kind: kind.name)
    ours = [kind for kind in ordered if needs_admin(kind)]
    others = [kind for kind in ordered if not needs_admin(kind)]
    parts = [_HEAD, _OF_THE_MOCK, *_chapters(ours), _OF_ANY, *_chapters(others), _FOOT]
    return "".join(parts)


def _chapters(kinds: list[FaultKind]) -> Iterator[str]:
    for kind in kinds:
        yield f"\n### `{kind.name}`\n\n{_said_by(kind)}\n"
        if kind.parameters:
            yield "\n| key | what | example | default |\n|---|---|---|---|\n"
            yield from map(_row, kind.parameters)


def _said_by(kind: FaultKind) -> str:
    """Return what the file of *kind* says of it, without its name, as running text."""
    module = inspect.getmodule(type(kind))
    said = inspect.cleandoc((module and module.__doc__) or "")
    first, *rest = said.split("\n\n")
    what = " ".join(first.partition(": ")[2].split())
    whole = "\n\n".join([what[:1].upper() + what[1:], *(" ".join(p.split()) for p in rest)])
    return whole.replace("``", "`")


def _row(key: Parameter) -> str:
    default = "needed" if key.default is None else str(key.default)
    if key.optional:
        default = "optional"
    elif isinstance(key.default, float):
        default = f"{key.default:.0%}" if key.written is Written.SHARE else f"{key.default:g}"
        default += " s" if key.written is Written.DURATION else ""
    example = key.example.replace("|", "\\|")
    return f"| `{key.name}` | {key.about.replace('|', chr(92) + '|')} | `{example}` | {default} |\n"
