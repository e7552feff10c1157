"""Durations, shares and sizes as people write and read them.

People write ``10m`` and ``60%``; code holds centre seconds and shares from 0 to 1. Parsing and
printing are inverse where it matters: ``parse_duration(format_duration(x))`` is *x* for whole
milliseconds.
"""

import re

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")
_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d+)?)\s*([KMGT]B)")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_MOST_DECIMALS = 7
"""Of a percentage. What is beyond them are the last bits of a float."""


def parse_duration(text: str) -> float:
    """Return the seconds in *text*: ``20s``, ``10m``, ``1h30m``, ``400ms``.

    Raises:
        ValueError: *text* is not a duration with a unit.
    """
    compact = text.replace(" ", "")
    if not _DURATION.fullmatch(compact):
        raise ValueError("a duration with its unit, such as 20s, 10m, 1h30m or 400ms")
    parts = _DURATION_PART.findall(compact)
    return sum(float(number) * _MILLISECONDS[unit] for number, unit in parts) / 1000


def format_duration(seconds: float) -> str:
    """Return *seconds* as people write them: ``10m``, ``1m30s``, ``2.5s``, ``400ms``."""
    if seconds < 0:
        return "-" + format_duration(-seconds)
    if 0 < seconds < 1:
        return f"{seconds * 1000:.4g}ms"
    whole, parts = round(seconds * 1000), []
    for unit, size_ms in (("h", 3_600_000), ("m", 60_000)):
        if whole >= size_ms:
            parts.append(f"{whole // size_ms}{unit}")
            whole %= size_ms
    if whole or not parts:
        parts.append(f"{whole / 1000:g}s")
    return "".join(parts)


def parse_share(text: str) -> float:
    """Return the share (0..) in *text*, a percentage such as ``60%``.

    Raises:
        ValueError: *text* is not a percentage.
    """
    match = _SHARE.fullmatch(text.strip())
    if not match:
        raise ValueError("a percentage such as 60%")
    return float(match.group(1)) / 100


def format_share(share: float) -> str:
    """Return *share* (0..1) as a percentage with one decimal at most: ``81.5 %``.

    With three at most where fewer would make it all or none: ``99.97 %``, ``0.004 %``.
    """
    percent = rounded = share * 100
    for digits in (1, 2, 3):
        rounded = round(percent, digits)
        if rounded not in (0, 100):
            break
    return _percentage(rounded)


def exact_share(share: float) -> str:
    """Return *share* (0..1) as somebody wrote it, to its last digit: ``97.25 %``, ``33.333 %``."""
    return _percentage(share * 100)


def _percentage(percent: float) -> str:
    return f"{percent:.{_MOST_DECIMALS}f}".rstrip("0").rstrip(".") + " %"


def parse_size(text: str) -> int:
    """Return the bytes in *text*: ``500MB``, ``1.5GB``; 0 for ``0``.

    Raises:
        ValueError: *text* is not a size with a unit.
    """
    match = _SIZE.fullmatch(text.strip().upper())
    if not match and text.strip() != "0":
        raise ValueError("a size with its unit, such as 500MB or 2GB")
    return round(float(match[1]) * _BYTES[match[2]]) if match else 0


def format_size(count: float) -> str:
    """Return *count* bytes with at most one decimal: ``640.5 MB``, ``1.2 GB``."""
    unit = "GB" if count >= _BYTES["GB"] else "MB"
    return f"{count / _BYTES[unit]:,.1f}".removesuffix(".0") + f" {unit}"
