"""Durations and shares as people write them, into seconds and shares from 0 to 1."""

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])", re.ASCII)
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%", re.ASCII)


def parse_duration(text: object) -> float:
    """Return the seconds in *text*: ``20s``, ``10m``, ``1h30m``, ``400ms``.

    Raises:
        ValueError: *text* is not a duration with its unit.
    """
    compact = text.replace(" ", "") if isinstance(text, str) else ""
    if not _DURATION.fullmatch(compact):
        raise ValueError("a duration with its unit, such as 20s, 10m or 400ms")
    return sum(float(n) * _SECONDS[unit] for n, unit in _PART.findall(compact))


def parse_share(text: object) -> float:
    """Return the share (0..1) in *text*, a percentage such as ``60%``.

    Raises:
        ValueError: *text* is not a percentage from 0% to 100%.
    """
    match = _SHARE.fullmatch(text.strip()) if isinstance(text, str) else None
    share = float(match.group(1)) / 100 if match else -1.0
    if not 0 <= share <= 1:
        raise ValueError("a percentage from 0% to 100%")
    return share
