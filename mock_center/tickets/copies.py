"""Who holds everything a leader has acknowledged: what it tells the edge, which elects by it."""

from typing import NamedTuple


class Copies(NamedTuple):
    """The copies *attached* to the leader of *epoch*; the higher *version* counts.

    It goes along with each of the leader's answers, as a header: so no write is acknowledged to a
    client before the edge knows which copies do not have it.
    """

    epoch: int
    version: int
    attached: tuple[str, ...]

    def written(self) -> str:
        """Return the value of the header; ``read`` is the inverse."""
        return " ".join((str(self.epoch), str(self.version), *self.attached))

    @classmethod
    def read(cls, text: str) -> "Copies":
        """Return what ``written`` wrote.

        Raises:
            ValueError: something else wrote it.
        """
        epoch, version, *attached = text.split(" ")
        return cls(int(epoch), int(version), tuple(attached))
