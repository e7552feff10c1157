"""What a Prometheus server answers to an instant query, as series of ours. Pure."""

import math

from harness.model.sample import Series


def vector(name: str, answer: object) -> dict[Series, float] | None:
    """Return the values in *answer*, each under *name* and its own labels; None if it is no answer.

    An empty vector is an answer: nothing has been counted yet. ``NaN`` is left out.
    """
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        return None
    result = data.get("result")
    if data.get("resultType") == "scalar" and isinstance(result, list) and len(result) == 2:
        result = [{"metric": {}, "value": result}]
    if not isinstance(result, list):
        return None
    try:
        found = {_series(name, each["metric"]): float(each["value"][1]) for each in result}
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        return None
    return {series: value for series, value in found.items() if not math.isnan(value)}


def _series(name: str, labels: dict[str, str]) -> Series:
    kept = [(label, str(value)) for label, value in labels.items() if label != "__name__"]
    return Series(name, tuple(sorted(kept)))
