"""Faults of the public API, all of them shown by the edge."""

from collections.abc import Iterator

from mock_center.config import Centre
from mock_center.faults.spec import EDGE, FaultSpec, number, one_of, share

API_ERRORS = "api_errors"
API_LATENCY = "api_latency"
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def specs(_: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds. ``wall_s`` and ``jitter_wall_s`` are wall seconds."""
    method = {"method": one_of(*METHODS)}
    yield FaultSpec(
        API_ERRORS,
        {"share": share, "status": number(400, 599)},
        lambda _: "api/errors",
        lambda _: (EDGE,),
        optional=method,
    )
    yield FaultSpec(
        API_LATENCY,
        {"wall_s": number(0.001, 60.0), "share": share},
        lambda _: "api/latency",
        lambda _: (EDGE,),
        optional=method,
    )
