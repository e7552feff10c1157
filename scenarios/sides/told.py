"""What a generator process tells the harness that started it: one JSON object a line."""

import contextlib
import json
import os

REPORT_FD = "HARNESS_REPORT_FD"


class Told:
    """The pipe upwards, if we were started by the harness; else what is said goes nowhere."""

    def __init__(self) -> None:
        number = os.environ.get(REPORT_FD)
        self._pipe = os.fdopen(int(number), "w", buffering=1) if number else None

    def say(self, event: str, **fields: object) -> None:
        """Tell one *event*."""
        if self._pipe is not None:
            # The reader may be gone: the closed control pipe ends us then.
            with contextlib.suppress(BrokenPipeError):
                self._pipe.write(json.dumps({"event": event, **fields}) + "\n")
