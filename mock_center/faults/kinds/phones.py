"""Faults of the phone side: trunks, lines, the voice menu, the network that carries the voice."""

from collections.abc import Iterator, Mapping
from typing import Any

from mock_center.config import Centre
from mock_center.faults.spec import EDGE, FaultSpec, number, one_of, share

TRUNK_LOSS = "trunk_loss"
BLOCKED_DESTINATION = "blocked_destination"
MISROUTED_LINE = "misrouted_line"
IVR_DOWN = "ivr_down"
MEDIA_IMPAIRMENT = "media_impairment"


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds."""
    site = {"site": one_of(*centre.sites)}
    line = {"line": one_of(*centre.line_queues)}
    yield FaultSpec(
        TRUNK_LOSS, {**site, "share": share}, lambda asked: f"{asked['site']}/trunks", at_site
    )
    yield FaultSpec(BLOCKED_DESTINATION, line, _line, _edge)
    yield FaultSpec(MISROUTED_LINE, {**line, "queue": one_of(*centre.lines)}, _line, _edge)
    if centre.ivr is not None:
        yield FaultSpec(IVR_DOWN, site, lambda asked: f"{asked['site']}/ivr", at_site)
    yield FaultSpec(
        MEDIA_IMPAIRMENT,
        {
            **site,
            "loss": share,
            "delay": number(0.0, 5.0),
            "jitter": number(0.0, 1.0),
        },
        lambda asked: f"{asked['site']}/media",
        at_site,
    )


def at_site(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the one site that is told."""
    return (asked["site"],)


def _line(asked: Mapping[str, Any]) -> str:
    return f"edge/lines/{asked['line']}"


def _edge(_: Mapping[str, Any]) -> tuple[str, ...]:
    return (EDGE,)
