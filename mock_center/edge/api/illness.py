"""The API when it is ill on purpose: some answers are errors, some come late.

Illness stands before the door and before every handler: what it answers was never carried out, so
a client that tries again doubles nothing.
"""

import asyncio
import random
from typing import Any

from aiohttp import web

from mock_center.conditions import Conditions
from mock_center.faults.kinds.api import API_ERRORS, API_LATENCY
from mock_center.problems import Handler, ProblemError


def ill_on_purpose(conditions: Conditions) -> Any:
    """Return the middleware that makes the API as ill as *conditions* say."""
    # What comes late and what fails shall not be foreseen: nobody reproduces an outage by its dice.
    chance = random.Random()

    @web.middleware
    async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/v1/"):
            return await handler(request)
        late = conditions.asked(API_LATENCY, method=request.method)
        if late is not None and chance.random() < late["share"]:
            await asyncio.sleep(late["delay"])
        failing = conditions.asked(API_ERRORS, method=request.method)
        if failing is not None and chance.random() < failing["share"]:
            raise ProblemError(
                int(failing["status"]), "api-fault", "The API fails on purpose", API_ERRORS
            )
        return await handler(request)

    return pass_through
