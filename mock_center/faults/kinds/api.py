"""Faults of the public API, all of them shown by the edge."""

from collections.abc import Iterator, Mapping
from typing import Any

from mock_center.config import Centre
from mock_center.faults.spec import EDGE, FaultSpec, number, one_of, share

API_ERRORS = "api_errors"
API_LATENCY = "api_latency"
API_RATE_LIMIT = "api_rate_limit"
TOKEN_EXPIRY = "token_expiry"
CERTIFICATE_EXPIRY = "certificate_expiry"
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds. ``delay`` is wall seconds, as everything about the API is."""
    method = {"method": one_of(*METHODS)}
    yield FaultSpec(
        API_ERRORS,
        {"share": share, "status": number(400, 599)},
        lambda _: "edge/api/errors",
        _edge,
        optional=method,
    )
    yield FaultSpec(
        API_LATENCY,
        {"delay": number(0.001, 60.0), "share": share},
        lambda _: "edge/api/latency",
        _edge,
        optional=method,
    )
    yield FaultSpec(
        API_RATE_LIMIT,
        {"per_minute": number(1, 1e6), "burst": number(1, 1e5)},
        lambda _: "edge/api/limit",
        _edge,
    )
    yield FaultSpec(TOKEN_EXPIRY, {}, lambda _: "edge/api/tokens", _edge)
    if centre.api.tls:
        yield FaultSpec(CERTIFICATE_EXPIRY, {}, lambda _: "edge/certificate", _edge)


def _edge(_: Mapping[str, Any]) -> tuple[str, ...]:
    return (EDGE,)
