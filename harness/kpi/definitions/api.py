"""The provider's API, as a client of it."""

from harness.kpi import calls, provider
from harness.kpi.definitions.kpi import Kpi, always
from harness.model.sla import Direction, Unit

API = (
    Kpi(
        name="api_availability",
        title="API availability",
        definition=(
            "Requests answered, and not with an error of the server (5xx) / requests. A 503 that "
            'says "all trunks are busy" is an answer: the call was blocked. Provider: of the '
            "requests that reached it."
        ),
        source="Google SRE book: request success rate",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        stream=None,
        callers=calls.api_availability,
        contact_fields=("exchanges",),
        expression=always(provider.API_AVAILABILITY),
        labels=frozenset(),
    ),
    Kpi(
        name="api_p95",
        title="API response time, 95th percentile",
        definition=(
            "Wall seconds from sending a request to its whole answer; one that never came counts "
            "with the five seconds after which a client gives up."
        ),
        source="own: as a client feels it",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        stream=None,
        callers=calls.api_p95,
        contact_fields=("exchanges",),
        unseen="the provider times only what reaches it: a figure for panels, not for a contract",
    ),
    Kpi(
        name="api_p99",
        title="API response time, 99th percentile",
        definition="As the 95th percentile, for 99 of 100 requests.",
        source="own: as a client feels it",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        stream=None,
        callers=calls.api_p99,
        contact_fields=("exchanges",),
        unseen="the provider times only what reaches it: a figure for panels, not for a contract",
    ),
)
"""In the order of the catalogue."""
