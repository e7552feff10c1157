"""When the backup pool is called: the service level of whole intervals, watched as it happens."""

from mock_center.config.centre import Backup


class Trigger:
    """Counts waits as they end; says at each interval's end whether the pool is needed."""

    def __init__(self, backup: Backup) -> None:
        self._backup = backup
        self._good = 0
        self._all = 0
        self._bad_intervals = 0

    def left_queue(self, wait_s: float, *, answered: bool) -> None:
        """Count a caller who was answered, or gave up, after *wait_s*."""
        self._all += 1
        self._good += answered and wait_s <= self._backup.threshold_s

    def end_interval(self) -> bool:
        """Begin the next interval; return whether enough bad ones have followed each other.

        An interval in which nobody left the queue is neither good nor bad.
        """
        below, good, every = self._backup.below, self._good, self._all
        self._good = self._all = 0
        if below is None or every == 0:
            return False
        self._bad_intervals = self._bad_intervals + 1 if good / every < below else 0
        return self._bad_intervals >= self._backup.intervals
