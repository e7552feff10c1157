"""Prometheus' remote write, on the wire: protocol buffers in Snappy's block format. Pure.

Version 1.0 of the protocol, which every receiver takes. Two messages and three field types do not
need a library; nor does Snappy if nothing is compressed, since a block may be literals alone. What
would be won by compressing is won by sending a series' labels once for several samples.
"""

import struct
from collections.abc import Iterable, Sequence

from harness.model.own_metrics import labelled
from harness.model.sample import Series

STALE = struct.pack("<Q", 0x7FF0_0000_0000_0002)
"""The value by which Prometheus marks the end of a series: one particular NaN."""
_LONGEST_LITERAL = 1 << 24

Sample = tuple[bytes, int]
"""A value as eight bytes, and its moment in milliseconds since 1970."""


def value_of(number: float) -> bytes:
    """Return *number* as it stands in a sample."""
    return struct.pack("<d", number)


def head(series: Series, source: str, run: str) -> bytes:
    """Return the labels of *series*, encoded: they stay the same for as long as the run lasts."""
    labels = sorted((*labelled(series, source, run), ("__name__", series.name)))
    return b"".join(
        _message(1, _text(1, name) + _text(2, value)) for name, value in labels if value
    )


def request(rows: Iterable[tuple[bytes, Sequence[Sample]]]) -> bytes:
    """Return a request to write *rows*, each the encoded labels of a series and its samples."""
    return b"".join(
        _message(1, labels + b"".join(_sample(value, at_ms) for value, at_ms in samples))
        for labels, samples in rows
    )


def snappy(plain: bytes) -> bytes:
    """Return *plain* as a block of Snappy that holds nothing but literals."""
    parts = [_varint(len(plain))]
    for start in range(0, len(plain), _LONGEST_LITERAL):
        piece = plain[start : start + _LONGEST_LITERAL]
        length = len(piece) - 1
        if length < 60:
            parts.append(bytes([length << 2]))
        else:
            size = (length.bit_length() + 7) // 8
            parts.append(bytes([(59 + size) << 2]) + length.to_bytes(size, "little"))
        parts.append(piece)
    return b"".join(parts)


def _sample(value: bytes, at_ms: int) -> bytes:
    return _message(2, b"\x09" + value + b"\x10" + _varint(at_ms))


def _message(field: int, body: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(body)) + body


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
