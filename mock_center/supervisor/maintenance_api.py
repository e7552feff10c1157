"""Planned work on the admin port: drain, undrain, restart, rolling restart, staff, backup."""

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiohttp import web

from mock_center.problems import Handler, ProblemError, no_such
from mock_center.server import read_object, reply
from mock_center.supervisor.child import StartError
from mock_center.supervisor.edge_control import NoAnswerError
from mock_center.supervisor.maintenance import (
    BusyError,
    Maintenance,
    NotBackError,
    NotDrainedError,
)
from mock_center.supervisor.supervisor import SiteFaultedError, Supervisor

LONGEST_WAIT_S = 3600.0
MOST_HEADS = 1000

T = TypeVar("T")


class MaintenanceApi:
    """Planned work, as requests."""

    def __init__(self, supervisor: Supervisor, maintenance: Maintenance) -> None:
        self._supervisor = supervisor
        self._maintenance = maintenance

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return method, path and handler of each."""
        return [
            ("POST", "/sites/{site}/drain", self._drain),
            ("POST", "/sites/{site}/undrain", self._undrain),
            ("POST", "/sites/{site}/restart", self._restart),
            ("POST", "/sites/{site}/staff", self._staff),
            ("POST", "/sites/{site}/backup", self._backup),
            ("POST", "/rolling-restart", self._rolling_restart),
            ("PUT", "/rolling-restart", self._begin_rolling_restart),
            ("GET", "/rolling-restart", self._rolls),
            ("DELETE", "/rolling-restart", self._end_rolling_restart),
        ]

    async def _drain(self, request: web.Request) -> web.Response:
        return reply((await _whole(self._maintenance.drain(self._site(request))))._asdict())

    async def _undrain(self, request: web.Request) -> web.Response:
        return reply((await _whole(self._maintenance.undrain(self._site(request))))._asdict())

    async def _restart(self, request: web.Request) -> web.Response:
        site, wait_s = self._site(request), await _wait_s(request)
        await _whole(self._maintenance.restart(site, wait_s))
        return reply({"site": site, "incarnation": self._supervisor.incarnation(site)})

    async def _rolling_restart(self, request: web.Request) -> web.Response:
        wait_s = await _wait_s(request)
        return reply({"restarted": await _whole(self._maintenance.rolling_restart(wait_s))})

    async def _begin_rolling_restart(self, request: web.Request) -> web.Response:
        wait_s = await _wait_s(request)
        try:
            self._maintenance.begin_rolling_restart(wait_s)
        except BusyError as error:
            raise _conflict("site-busy", "Planned work is under way there", error) from error
        return self._rolling(202)

    async def _rolls(self, _: web.Request) -> web.Response:
        return self._rolling(200)

    async def _end_rolling_restart(self, _: web.Request) -> web.Response:
        await asyncio.shield(self._maintenance.end_rolling_restart())
        return self._rolling(200)

    def _rolling(self, status: int) -> web.Response:
        work = self._maintenance
        return reply({"under_way": work.rolls, "restarted": work.restarted}, status)

    async def _staff(self, request: web.Request) -> web.Response:
        site = self._site(request)
        told = await _read(request, {"skill", "heads"})
        skill, heads = told["skill"], told["heads"]
        wrong = []
        if skill not in self._supervisor.skills:
            wrong.append(f"skill: found {skill!r}, want {' or '.join(self._supervisor.skills)}")
        if type(heads) is not int or not 0 < abs(heads) <= MOST_HEADS:
            wrong.append(f"heads: found {heads!r}, want -{MOST_HEADS} to {MOST_HEADS}, not 0")
        if wrong:
            raise _invalid("; ".join(wrong))
        await _whole(self._maintenance.staff(site, skill, heads))
        return reply({"site": site, "skill": skill, "heads": heads})

    async def _backup(self, request: web.Request) -> web.Response:
        site = self._site(request)
        called = (await _read(request, {"called"}))["called"]
        if type(called) is not bool:
            raise _invalid(f"called: found {called!r}, want true or false")
        if not self._supervisor.has_backup:
            raise ProblemError(409, "no-backup", "This centre has no backup pool", "mock.backup")
        await _whole(self._maintenance.backup(site, called=called))
        return reply({"site": site, "called": called})

    def _site(self, request: web.Request) -> str:
        site = request.match_info["site"]
        if site not in self._supervisor.sites:
            raise no_such("site", site)
        return site


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Return what *work* returns; a client that hangs up does not leave it half done."""
    try:
        return await asyncio.shield(work)
    except BusyError as error:
        raise _conflict("site-busy", "Planned work is under way there", error) from error
    except SiteFaultedError as error:
        raise _conflict("site-faulted", "This site is broken on purpose", error) from error
    except NotDrainedError as error:
        raise _conflict("not-drained", "The site was not empty in time", error) from error
    except NoAnswerError as error:
        raise _conflict("no-answer", "The centre did not answer", error) from error
    except (StartError, NotBackError) as error:
        raise ProblemError(
            500, "restart-failed", "The site did not come back", str(error)
        ) from error


def _conflict(slug: str, title: str, error: Exception) -> ProblemError:
    return ProblemError(409, slug, title, str(error))


async def _wait_s(request: web.Request) -> float:
    wait_s = (await _read(request, {"wait_s"}))["wait_s"]
    number = isinstance(wait_s, (int, float)) and not isinstance(wait_s, bool)
    if not number or not math.isfinite(wait_s) or not 0 < wait_s <= LONGEST_WAIT_S:
        raise _invalid(f"wait_s: found {wait_s!r}, want above 0 and at most {LONGEST_WAIT_S:g}")
    return float(wait_s)


async def _read(request: web.Request, keys: set[str]) -> dict[str, Any]:
    try:
        told = await read_object(request)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "invalid-body", "The body is not a JSON object") from error
    if set(told) != keys:
        raise _invalid(f"keys: found {sorted(told)}, want {sorted(keys)}")
    return told


def _invalid(detail: str) -> ProblemError:
    return ProblemError(422, "invalid-body", "The body is not valid", detail)
