"""What was told of contacts and not yet passed on: of each only how it stands now.

Pure. A line of the contact log replaces the one before it, so who queues as soon as dialled needs
one line, not two.
"""

from itertools import islice

from harness.model.contact import Contact, to_json


class Unsent:
    """Takes in contacts as they stand, gives out lines of the contact log."""

    def __init__(self) -> None:
        self._told: dict[str, Contact] = {}
        self._lines: list[str] = []

    def __len__(self) -> int:
        """Return how many contacts are not written down yet."""
        return len(self._told)

    def tell(self, contact: Contact) -> None:
        """Take in how *contact* stands now."""
        self._told[contact.id] = contact

    def write(self, at_most: int) -> None:
        """Write down so many, those first that have waited longest."""
        for id_ in list(islice(self._told, at_most)):
            self._lines.append(to_json(self._told.pop(id_)))

    def take(self) -> list[str]:
        """Return the lines that were written since the last time; those of a contact in order."""
        lines, self._lines = self._lines, []
        return lines
