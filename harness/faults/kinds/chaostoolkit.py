"""``chaostoolkit``: the actions of an experiment break something, its rollbacks mend it.

Each activity is a process of its own, under an interpreter of your choice, with a deadline.
Stricter than the toolkit: a process that exits with anything but 0, or a page outside 200 to 299,
counts as not injected, and every rollback is done, the last one first, however the run ends. Probes
are refused: ``proof:`` and ``healed:`` say what shows the fault. So are controls, pauses and
activities in the background: the harness would not heed them.
Blast radius: whatever the experiment does.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from harness.children import child_environment
from harness.faults import ctk_worker
from harness.faults.contract import Wrong
from harness.faults.kinds.of_a_provider import COMMON, Mistaken, OfAProvider
from harness.faults.steps import Command, Step
from harness.model.fault import Names, Parameter, Value, Written

_KNOWN = {
    "version", "title", "description", "tags", "contributions", "configuration", "secrets",
    "method", "rollbacks",
}  # fmt: skip
_KNOWN_OF_AN_ACTIVITY = {"type", "name", "provider", "tags", "contributions"}
_KEPT = ("env", "vault")
"""Where a secret may be that the toolkit looks up itself."""
_CHECK_WALL_S = 30.0
_EXPERIMENT = Parameter(
    name="experiment",
    written=Written.FILE,
    about="The experiment's file, JSON or YAML: actions in its method, and rollbacks.",
    example="experiment: stop_gateway.json",
)
_PYTHON = Parameter(
    name="python",
    written=Written.TEXT,
    about="The interpreter that has chaostoolkit-lib and its extensions; by default ours.",
    example="python: /opt/chaos/bin/python",
    optional=True,
)


class Chaostoolkit(OfAProvider):
    """Any activity of the Chaos Toolkit."""

    name = "chaostoolkit"
    parameters = (_EXPERIMENT, _PYTHON, *COMMON)

    def steps(self, asked: Mapping[str, Value]) -> tuple[Sequence[Step], Sequence[Step]]:
        """Return a command for each action, and for each rollback, the last one first."""
        experiment = _experiment(str(asked["experiment"]))
        method, rollbacks = experiment["method"], experiment["rollbacks"]
        return (
            [_step(each, experiment, asked) for each in method],
            [_step(each, experiment, asked) for each in reversed(rollbacks)],
        )

    def wrong(self, asked: Mapping[str, Value], names: Names) -> Iterator[Wrong]:
        """Yield what is wrong, also what the interpreter lacks for an activity."""
        found = list(super().wrong(asked, names))
        yield from found
        if found:
            return
        for step in (each for half in self.steps(asked) for each in half):
            assert isinstance(step, Command)
            if why := _missing(step):
                yield Wrong("experiment", why, "chaostoolkit-lib and its extensions for 'python:'")
                return

    def addresses(self, asked: Mapping[str, Value]) -> Iterator[str]:
        """Yield the addresses of its signs, and of activities that are requests."""
        yield from super().addresses(asked)
        experiment = _experiment(str(asked["experiment"]))
        for each in (*experiment["method"], *experiment["rollbacks"]):
            if each["provider"].get("type") == "http":
                yield str(each["provider"].get("url", ""))


def _experiment(text: str) -> dict[str, Any]:
    """Return the experiment that *text* is, with nothing in it that would be ignored.

    Raises:
        Mistaken: it is none, has parts that are not ours to do, or a secret in it.
    """
    try:
        found = yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("method"), list):
        raise Mistaken("experiment", "a file that is no experiment", "JSON with a 'method'")
    if unknown := sorted(str(key) for key in found.keys() - _KNOWN):
        want = f"only {', '.join(sorted(_KNOWN))}: proof and healed are keys of the fault"
        raise Mistaken("experiment", f"{unknown[0]!r} in the experiment", want)
    if not isinstance(found.get("rollbacks"), list) or not found["rollbacks"]:
        want = "rollbacks that undo the method"
        raise Mistaken("experiment", "no rollbacks in the experiment", want)
    for each in (*found["method"], *found["rollbacks"]):
        _check_activity(each)
    for name in _written_out("secrets", found.get("secrets") or {}):
        want = "{type: env, key: NAME}, or of type vault: it would be in the record and the lease"
        raise Mistaken("experiment", f"the secret {name!r} written out", want)
    try:
        json.dumps(found)
    except (TypeError, ValueError) as error:
        want = "what JSON can say too: dates and times in quotes"
        raise Mistaken("experiment", f"an experiment in which {error}", want) from None
    return found


def _check_activity(each: object) -> None:
    """Refuse an activity that is none, or of which something would be ignored.

    Raises:
        Mistaken: it is one of those.
    """
    if not isinstance(each, dict) or not isinstance(each.get("provider"), dict):
        other = f"{each!r} in the experiment"
        raise Mistaken("experiment", other, "an activity with a provider")
    if each.get("type", "action") != "action":
        want = "actions alone; 'proof:' and 'healed:' of the fault take the place of probes"
        probe = f"a {each['type']}, {each.get('name')!r}, in the experiment"
        raise Mistaken("experiment", probe, want)
    if unknown := sorted(str(key) for key in each.keys() - _KNOWN_OF_AN_ACTIVITY):
        want = f"only {', '.join(sorted(_KNOWN_OF_AN_ACTIVITY))}: nothing else would be heeded"
        raise Mistaken("experiment", f"{unknown[0]!r} of the activity {each.get('name')!r}", want)


def _written_out(name: str, secret: object) -> Iterator[str]:
    """Yield the name of each part of *secret* that is a secret itself, not where one is kept."""
    if not isinstance(secret, Mapping):
        yield name
    elif secret.get("type") in _KEPT:
        yield from (key for key in secret if key == "default")
    else:
        for key, inner in secret.items():
            yield from _written_out(str(key), inner)


def _step(
    activity: Mapping[str, Any], experiment: Mapping[str, Any], asked: Mapping[str, Value]
) -> Command:
    work = {
        "activity": activity,
        "configuration": experiment.get("configuration", {}),
        "secrets": experiment.get("secrets", {}),
    }
    return Command(
        run=(str(asked.get("python", sys.executable)), ctk_worker.__file__),
        stdin=json.dumps(work),
        timeout_wall_s=float(asked["timeout"]),
    )


def _missing(step: Command) -> str:
    """Return what the interpreter lacks for *step*, by its own word; empty if nothing."""
    try:
        done = subprocess.run(
            [*step.run, "--check"],
            input=step.stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=child_environment(),
            timeout=_CHECK_WALL_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"an interpreter that does not answer ({type(error).__name__})"
    said = done.stdout.decode(errors="replace").strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"exit code {done.returncode}")


KIND = Chaostoolkit()
