"""The admin port of a target we started: where its faults are ordered and their end is agreed."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from harness.errors import NotInjected, TargetError
from harness.http import HttpBlock
from harness.model.fault import Held, Value
from harness.model.target import Endpoints

_TIMEOUT_S = 10.0
_TOLD_CHARACTERS = 200
_REFUSALS = (409, 422)
"""It cannot be broken now, or not so: nothing was done."""


class Admin(HttpBlock):
    """A client of the admin port. Use it as an async block."""

    def __init__(self, endpoints: Endpoints) -> None:
        if endpoints.admin is None:
            raise TargetError("this target has no admin port: its faults are not ours to inject")
        super().__init__(
            endpoints.admin,
            headers={"Authorization": f"Bearer {endpoints.admin_token}"},
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
        )

    async def order_fault(
        self, kind: str, asked: Mapping[str, Value], *, lease_wall_s: float
    ) -> None:
        """Have *kind* done, as *asked*, for at most *lease_wall_s*; return once it is in force.

        Raises:
            NotInjected: the target refused it, and broke nothing.
            TargetError: the target could not, as far as can be told.
        """
        order = {"kind": kind, "lease_s": lease_wall_s, **asked}
        await self._ask("POST", "/faults", order, refused=NotInjected)

    async def heal_fault(self, fault_id: str) -> None:
        """Have the fault undone; doing so twice is no mistake.

        Raises:
            TargetError: the target could not.
        """
        await self._ask("DELETE", f"/faults/{fault_id}")

    async def active_faults(self) -> list[Held]:
        """Return the faults in force.

        Raises:
            TargetError: the target would not say.
        """
        answer = await self._ask("GET", "/faults")
        return [Held(fault["id"], fault["kind"], fault["asked"]) for fault in answer]

    async def staff(self, site: str, skill: str, heads: int) -> None:
        """Have so many more agents (fewer if negative) work on *skill* at *site*.

        Raises:
            TargetError: the target would not.
        """
        await self._ask("POST", f"/sites/{site}/staff", {"skill": skill, "heads": heads})

    async def begin_rolling_restart(self, *, wait_wall_s: float) -> None:
        """Begin to restart one site after the other; each has *wait_wall_s* to end its calls.

        Raises:
            NotInjected: the target refused, and began nothing.
            TargetError: the target could not, as far as can be told.
        """
        order = {"wait_s": wait_wall_s}
        await self._ask("PUT", "/rolling-restart", order, refused=NotInjected)

    async def end_rolling_restart(self) -> None:
        """End the rolling restart, if one is under way; the site at hand is given back.

        Raises:
            TargetError: the target would not.
        """
        await self._ask("DELETE", "/rolling-restart")

    async def _ask(
        self,
        method: str,
        path: str,
        body: object | None = None,
        *,
        refused: type[TargetError] = TargetError,
    ) -> Any:
        try:
            async with self._session.request(
                method, path, json=body, allow_redirects=False
            ) as response:
                if response.status >= 400:
                    detail = _why(await response.text(errors="replace"))
                    error = refused if response.status in _REFUSALS else TargetError
                    raise error(f"{method} {path}: {response.status} {detail}".rstrip())
                return await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise TargetError(f"{method} {path}: {type(error).__name__}: {error}") from None


def _why(page: str) -> str:
    """Return what a *page* of an error says: its detail or title, or whatever stands there."""
    try:
        problem = json.loads(page)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return page.strip()[:_TOLD_CHARACTERS]
    return str(problem.get("detail") or problem.get("title") or "")
