"""The trunk groups of one site: each call holds a channel from its arrival to its end."""

from collections.abc import Mapping


class Trunks:
    """Channels by trunk group; calls overflow from one group to the next in order."""

    def __init__(self, channels: Mapping[str, int]) -> None:
        self._channels = dict(channels)
        self._used = dict.fromkeys(channels, 0)

    @property
    def full(self) -> bool:
        """Whether the next call is blocked."""
        used = self._used
        return all(used[group] >= n for group, n in self._channels.items())

    def seize(self) -> str | None:
        """Return the group in which a channel was taken; None if every channel is busy."""
        used = self._used
        for group, channels in self._channels.items():
            if used[group] < channels:
                used[group] += 1
                return group
        return None

    def release(self, group: str) -> None:
        """Give back a channel of *group*."""
        self._used[group] -= 1

    def resize(self, group: str, channels: int) -> None:
        """Let *group* have so many channels from now on; calls in progress keep theirs."""
        self._channels[group] = channels

    def state(self) -> dict[str, tuple[int, int]]:
        """Return channels in use, and channels there are, by group."""
        return {group: (self._used[group], n) for group, n in self._channels.items()}
