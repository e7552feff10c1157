"""What the faults of a provider's real test environment share: their place, proofs, and checks.

Their blast radius is the provider's to know. The guardian on our side holds what undoes them.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.children import KEPT_BACK, child_environment
from harness.faults.contract import Means, Way, Wrong
from harness.faults.guarded import Guarded
from harness.faults.signs import SIGNS, BySigns, addresses_of_signs, wrong_signs
from harness.faults.steps import FAULT_ID, LEASE_S, LONGEST_STEP_WALL_S, Command, Request, Step
from harness.model.fault import Names, Parameter, Value, Written
from harness.model.scenario import FaultPlan

WHERE = Parameter(
    name="where",
    written=Written.TEXT,
    about="What it holds while it lasts, from the whole to the part: no other fault may hold it.",
    example="where: north/trunks",
)
PATIENCE = Parameter(
    name="timeout",
    written=Written.DURATION,
    about="Wall seconds that each step may take.",
    example="timeout: 30s",
    default=30.0,
)
COMMON = (WHERE, PATIENCE, *SIGNS)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REQUEST_KEYS = frozenset({"method", "url", "headers", "body", "expect"})
_PER_FAULT = frozenset({FAULT_ID, LEASE_S})


class OfAProvider(BySigns):
    """A fault that is done and undone in steps of ours."""

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return what the scenario says it holds."""
        return str(asked["where"])

    def steps(self, asked: Mapping[str, Value]) -> tuple[Sequence[Step], Sequence[Step]]:
        """Return what breaks it, and what undoes that.

        Raises:
            Mistaken: *asked* does not say so.
        """
        raise NotImplementedError

    def way(self, means: Means) -> Way:
        """Return the way on which a guardian holds the undo."""
        return Stepwise(self, means)

    def wrong(self, asked: Mapping[str, Value], names: Names) -> Iterator[Wrong]:
        """Yield what is wrong with signs and steps, and what this machine lacks for them."""
        yield from wrong_signs(asked, names)
        if float(asked["timeout"]) > LONGEST_STEP_WALL_S:
            found = f"timeout: {asked['timeout']:g}s"
            yield Wrong("timeout", found, f"{LONGEST_STEP_WALL_S:g}s or less")
        try:
            inject, undo = self.steps(asked)
        except Mistaken as mistake:
            yield mistake.wrong
            return
        for step in (*inject, *undo):
            yield from self._lacking(step)

    def addresses(self, asked: Mapping[str, Value]) -> Iterator[str]:
        """Yield the addresses of its requests and of its signs."""
        inject, undo = self.steps(asked)
        yield from (step.url for step in (*inject, *undo) if isinstance(step, Request))
        yield from addresses_of_signs(asked)

    def _lacking(self, step: Step) -> Iterator[Wrong]:
        where = self.parameters[0].name
        if isinstance(step, Request):
            needed = step.variables - _PER_FAULT
            for name in sorted(needed - os.environ.keys()):
                want = f"the variable {name} in the environment of the harness"
                yield Wrong(where, f"${{{name}}}, which is not set", want)
            for name in sorted(needed & os.environ.keys() - child_environment().keys()):
                want = f"a variable of another name: {KEPT_BACK}"
                yield Wrong(where, f"${{{name}}}, which the guardian would not get", want)
        elif shutil.which(step.run[0]) is None:
            want = "a command that is installed, by its name or its path"
            yield Wrong(where, f"the command {step.run[0]!r}, which is not here", want)

    parameters: tuple[Parameter, ...] = ()


class Mistaken(Exception):
    """A parameter that cannot be made steps of."""

    def __init__(self, parameter: str, found: str, want: str) -> None:
        self.wrong = Wrong(parameter, found, want)
        super().__init__(found)


class Stepwise:
    """Makes the steps of a plan once it is known, and has them guarded."""

    def __init__(self, kind: OfAProvider, means: Means) -> None:
        self._kind = kind
        self._means = means
        self._guarded: Guarded | None = None

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:
        """Break it once its undo is held."""
        inject, undo = self._kind.steps(plan.asked)
        self._guarded = Guarded(
            self._means.guardianship, self._reached(inject), self._reached(undo)
        )
        await self._guarded.inject(plan, lease_wall_s=lease_wall_s)

    def _reached(self, steps: Sequence[Step]) -> Sequence[Step]:
        """Return *steps*, the requests among them sent to the addresses that were let through."""
        pins, ca_file = self._means.pins, self._means.ca_file
        return [
            replace(step, pins=pins, ca_file=ca_file) if isinstance(step, Request) else step
            for step in steps
        ]

    async def heal(self, plan: FaultPlan) -> None:
        """Have it undone, if it was ever begun."""
        if self._guarded is not None:
            await self._guarded.heal(plan)


def request(asked: Mapping[str, Value], name: str) -> Request:
    """Return the request that the parameter *name* stands for.

    Raises:
        Mistaken: it stands for none.
    """
    want = "a table with url, and if need be method, headers, body, expect"
    fields: dict[str, Any] = json.loads(str(asked[name]))
    unknown = sorted(fields.keys() - _REQUEST_KEYS)
    if unknown:
        raise Mistaken(name, f"the unknown key {unknown[0]!r} in {name}", want)
    if not isinstance(fields.get("url"), str) or not fields["url"]:
        raise Mistaken(name, f"no 'url' in {name}", want)
    if "${" in fields["url"].partition("://")[2].partition("/")[0]:
        # Or a variable could send it to where nobody has looked.
        raise Mistaken(name, f"url: {fields['url']}", "variables in the path alone")
    method = fields.get("method", "POST")
    if method not in _METHODS:
        raise Mistaken(name, f"method: {method}", f"one of {', '.join(_METHODS)}")
    headers = fields.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(v, str) for v in headers.values()):
        raise Mistaken(name, "headers", "headers: {Authorization: 'Bearer ${PROVIDER_TOKEN}'}")
    body = fields.get("body", "")
    if not isinstance(body, str):
        raise Mistaken(name, "a body that is no text", """body: '{"ttl_s": ${LEASE_S}}'""")
    written = fields.get("expect", [])
    try:
        expect = tuple(int(each) for each in (written if isinstance(written, list) else [written]))
    except (TypeError, ValueError):
        raise Mistaken(name, f"expect: {written}", "a status, or a list: [200, 404]") from None
    return Request(
        url=fields["url"],
        method=method,
        headers=headers,
        body=body,
        expect=expect,
        timeout_wall_s=float(asked["timeout"]),
    )


def command(asked: Mapping[str, Value], name: str) -> Command:
    """Return the command that the parameter *name* stands for.

    Raises:
        Mistaken: it stands for none.
    """
    words = json.loads(str(asked[name]))
    if not all(isinstance(word, str) for word in words) or not words[0]:
        raise Mistaken(name, f"{name}: {words}", "a list of a command and its arguments, all texts")
    return Command(run=tuple(words), timeout_wall_s=float(asked["timeout"]))
