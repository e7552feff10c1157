"""The one request that the guard itself sends: the target's word on what it is."""

import aiohttp

from harness.errors import Refused
from harness.guard.rules import attestation_refusal, refusals
from harness.http import trust
from harness.model.target import Endpoints

_TIMEOUT_S = 5.0
_PATH = "/.well-known/test-environment"


async def admit(endpoints: Endpoints) -> str:
    """Return the id of the environment if the rehearsal may begin.

    Raises:
        Refused: it may not; the message has every reason.
    """
    reasons = list(refusals(endpoints))
    if reasons:
        raise Refused("\n".join(reasons))
    attestation = await _attestation(endpoints)
    reason = attestation_refusal(attestation)
    if reason is not None:
        raise Refused(reason)
    assert isinstance(attestation, dict)
    return str(attestation.get("environment_id", ""))


async def _attestation(endpoints: Endpoints) -> object:
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust(endpoints.ca_file)),
                timeout=timeout,
                trust_env=False,
            ) as session,
            session.get(f"{endpoints.edge}{_PATH}", allow_redirects=False) as answer,
        ):
            return await answer.json(content_type=None) if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
