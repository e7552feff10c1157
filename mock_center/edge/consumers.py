"""The consumers of events: each has a feed of its own, numbered from 1."""

from typing import Any

from mock_center.events import Feed

_RING = 50_000
_MOST = 256


class Consumers:
    """The feeds by consumer's name, made when first mentioned.

    At most 256 are kept: then the one unused for longest without a reader makes room, and its
    reader will be told that its events are gone.
    """

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}

    def feed(self, consumer: str) -> Feed:
        """Return the feed of *consumer*."""
        feed = self._feeds.pop(consumer, None) or Feed(_RING)
        self._feeds[consumer] = feed  # the most recently used is last
        if len(self._feeds) > _MOST:
            idle = next((name for name, f in self._feeds.items() if not f.has_reader), None)
            if idle is not None and idle != consumer:
                del self._feeds[idle]
        return feed

    def publish(self, consumer: str, event: dict[str, Any]) -> None:
        """Tell *consumer* of *event*."""
        self.feed(consumer).publish(event)

    @property
    def streams(self) -> int:
        """How many feeds are being read."""
        return sum(feed.has_reader for feed in self._feeds.values())

    def close(self) -> None:
        """End every stream."""
        for feed in self._feeds.values():
            feed.close()
