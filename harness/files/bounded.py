"""A file of the user's, read whole but never without end: YAML, a key, a signed document."""

import errno
from pathlib import Path

MOST_BYTES = 1_000_000


def read_bounded(path: Path, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return what the file at *path* holds. A pipe will do: a key may come from a vault.

    Raises:
        OSError: it cannot be read, or holds more than *most_bytes*, as a device without end does.
    """
    with path.open("rb") as file:
        found = file.read(most_bytes + 1)
    if len(found) > most_bytes:
        raise OSError(errno.EFBIG, f"more than {most_bytes:,} bytes", str(path))
    return found
