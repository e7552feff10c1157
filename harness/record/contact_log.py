"""The contact log that the generator writes, read while it grows."""

from pathlib import Path

from harness.model.contact import Contact, from_json


class ContactLog:
    """Reads the contact log while it grows: each call returns the whole lines added since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[Contact]:
        """Return the new contacts; of one contact the later states replace the earlier ones."""
        try:
            with self._path.open("rb") as log:
                log.seek(self._offset)
                text = log.read()
        except FileNotFoundError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        latest = {contact.id: contact for contact in map(from_json, whole.splitlines())}
        return list(latest.values())
