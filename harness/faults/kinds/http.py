"""``http``: a provider's own failover API is told to break something, and told to mend it.

``${FAULT_ID}`` and ``${LEASE_S}`` stand for a name of this fault alone and for the wall seconds
after which the provider may heal by itself; other ``${NAME}`` are variables of the environment.
Blast radius: whatever the API breaks.
"""

from collections.abc import Mapping, Sequence

from harness.faults.kinds.of_a_provider import COMMON, OfAProvider, request
from harness.faults.steps import Step
from harness.model.fault import Parameter, Value, Written

_INJECT = Parameter(
    name="inject",
    written=Written.TABLE,
    about="The request that breaks it: url, and if need be method (POST), headers, body, and the"
    " statuses to expect (any from 200 to 299).",
    example="inject: {url: 'http://127.0.0.1:8080/failover', body: '{\"ttl_s\": ${LEASE_S}}'}",
)
_HEAL = Parameter(
    name="heal",
    written=Written.TABLE,
    about="The request that mends it, also if it was never broken, or twice.",
    example="heal: {method: DELETE, url: 'http://127.0.0.1:8080/failover', expect: [204, 404]}",
)


class Http(OfAProvider):
    """A provider's failover API."""

    name = "http"
    parameters = (_INJECT, _HEAL, *COMMON)

    def steps(self, asked: Mapping[str, Value]) -> tuple[Sequence[Step], Sequence[Step]]:
        """Return the two requests."""
        return [request(asked, "inject")], [request(asked, "heal")]


KIND = Http()
