"""The contact log that the generator writes, read while it grows.

A line per state of a contact, each whole in itself and replacing the one before; states that are a
moment apart share one. 1 kB a call in three lines, so a million calls are 1 GB. It is read in
pieces: a log of any length takes the memory of one, and whoever reads can do something else in
between.
"""

from pathlib import Path

from harness.model.contact import Contact, from_json

PIECE = 256 * 1024
"""Bytes read at a time: some 800 lines, a twentieth of a second's work."""


class ContactLog:
    """Reads the contact log while it grows: each call returns the next piece of whole lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[Contact]:
        """Return contacts that were added since the last time; empty once there are no more.

        Of one contact the later states replace the earlier ones. A line that is still being
        written, or that a killed generator never finished, is left for the next time.

        Raises:
            ValueError: a whole line is no contact: something else writes to this file.
        """
        try:
            log = self._path.open("rb")
        except FileNotFoundError:  # nobody has called yet
            return []
        with log:
            log.seek(self._offset)
            text = log.read(PIECE)
            while b"\n" not in text and (more := log.read(PIECE)):
                text += more
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        latest = {contact.id: contact for contact in map(from_json, whole.splitlines())}
        return list(latest.values())
