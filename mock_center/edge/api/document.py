"""The API's document, ``openapi.yaml``: what is promised, for those who keep the promise."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# The loader in C takes a tenth of the time, and the edge reads the document when it starts.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the edge."""
    text = files("mock_center").joinpath("openapi.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe
    return document


def statuses() -> dict[str, set[int]]:
    """Return the statuses that each path may answer, whatever the method."""
    return {
        path: {int(code) for each in operations.values() for code in each["responses"]}
        for path, operations in openapi()["paths"].items()
    }


@cache
def event_types() -> tuple[str, ...]:
    """Return the types of the events that consumers are told."""
    return tuple(openapi()["components"]["schemas"]["EventType"]["enum"])
