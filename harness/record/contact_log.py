"""The contact log that the generator writes, read while it grows.

A line per state of a contact, each whole in itself and replacing the one before; states that are a
moment apart share one. 1 kB a call in three lines, so a million calls are 1 GB: it is written in
segments, and those that the record has taken in go. It is read in pieces: a log of any length takes
the memory of one, and whoever reads can do something else in between.
"""

from pathlib import Path

from harness.model.contact import Contact, from_json
from harness.segments import numbers, segment

PIECE = 256 * 1024
"""Bytes read at a time: some 800 lines, a twentieth of a second's work."""


class ContactLog:
    """Reads the contact log while it grows: each call returns the next piece of whole lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number: int | None = None
        self._offset = 0
        self._read_out: list[Path] = []

    def read(self) -> list[Contact]:
        """Return contacts that were added since the last time; empty once there are no more.

        Of one contact the later states replace the earlier ones. A line that is still being
        written is left for the next time; one that a killed generator never finished, for ever.

        Raises:
            ValueError: a whole line is no contact: something else writes to this file.
        """
        if self._number is None:
            self._number = next(iter(numbers(self._path)), None)
        while self._number is not None:
            # Looked at first: if the next one is there before we read, nothing comes after.
            whole = segment(self._path, self._number + 1).exists()
            contacts = self._read_piece(segment(self._path, self._number))
            if contacts or not whole:
                return contacts
            self._read_out.append(segment(self._path, self._number))
            self._number, self._offset = self._number + 1, 0
        return []  # nobody has called yet

    @property
    def has_read_out(self) -> bool:
        """Whether there are segments that ``forget`` would take away."""
        return bool(self._read_out)

    def forget(self) -> None:
        """Take away the segments that were read to their end.

        For whoever has what was read on the disk, for good: it cannot be read again.
        """
        for each in self._read_out:
            each.unlink(missing_ok=True)
        self._read_out = []

    def _read_piece(self, path: Path) -> list[Contact]:
        with path.open("rb") as log:
            log.seek(self._offset)
            text = log.read(PIECE)
            while b"\n" not in text and (more := log.read(PIECE)):
                text += more
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        latest = {contact.id: contact for contact in map(from_json, whole.splitlines())}
        return list(latest.values())
