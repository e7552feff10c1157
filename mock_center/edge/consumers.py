"""The consumers of events: each has a feed of its own, numbered from 1."""

from collections.abc import Callable
from typing import Any

from mock_center.events import Feed

_RING = 50_000
_MOST_IDLE = 1024
_MOST_HELD = 500_000
"""Events held for all consumers together: about 150 MB."""


class Consumers:
    """The feeds by consumer's name, made when first mentioned.

    A feed that is read, or that a webhook follows, is kept. Of the others the latest 1,024 are: so
    a consumer may lose its stream and come back, and a client that invents names fills nothing. The
    longest unused makes room, and its reader will be told that its events are gone. If all feeds
    together hold too much, the longest one forgets the older half of it.

    Args:
        followed: whether a webhook follows this consumer.
        told: called with a consumer's name and each of its events, numbered.
        most_held: events held for all consumers together.
    """

    def __init__(
        self,
        *,
        followed: Callable[[str], bool] = lambda _: False,
        told: Callable[[str, dict[str, Any]], None] = lambda _consumer, _event: None,
        most_held: int = _MOST_HELD,
    ) -> None:
        self._feeds: dict[str, Feed] = {}
        self._followed = followed
        self._told = told
        self._most_held = most_held
        self._held = 0

    def feed(self, consumer: str) -> Feed:
        """Return the feed of *consumer*."""
        feed = self._feeds.pop(consumer, None)
        if feed is None:
            self._drop_idle()
            feed = Feed(_RING)
        self._feeds[consumer] = feed  # the most recently used is last
        return feed

    def publish(self, consumer: str, event: dict[str, Any]) -> None:
        """Tell *consumer* of *event*."""
        feed = self.feed(consumer)
        before = feed.held
        seq = feed.publish(event)
        self._held += feed.held - before
        if self._held > self._most_held:
            longest = max(self._feeds.values(), key=lambda each: each.held)
            self._held -= longest.forget(max(longest.held // 2, 1))
        if self._followed(consumer):
            self._told(consumer, {"seq": seq, **event})

    @property
    def streams(self) -> int:
        """How many feeds are being read."""
        return sum(feed.has_reader for feed in self._feeds.values())

    def listens(self, consumer: str) -> bool:
        """Return whether the feed of *consumer* is being read, or followed by a webhook."""
        feed = self._feeds.get(consumer)
        return (feed is not None and feed.has_reader) or self._followed(consumer)

    def close(self) -> None:
        """End every stream."""
        for feed in self._feeds.values():
            feed.close()

    def _drop_idle(self) -> None:
        """Make room for one more idle feed."""
        if len(self._feeds) < _MOST_IDLE:
            return
        idle = [
            name
            for name, feed in self._feeds.items()
            if not feed.has_reader and not self._followed(name)
        ]
        for name in idle[: max(len(idle) - _MOST_IDLE + 1, 0)]:
            self._held -= self._feeds.pop(name).held
