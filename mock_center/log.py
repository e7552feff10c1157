"""Log events, not prose: ``2026-11-22T10:00:00 INFO edge site_down site=north calls_lost=12``."""

import logging
import sys

_LOG = logging.getLogger("mock_center")


def start_log(process: str) -> None:
    """Send this process's log lines to stderr, each marked with the name of the *process*."""
    handler = logging.StreamHandler(sys.stderr)
    form = f"%(asctime)s.%(msecs)03d %(levelname)s {process} %(message)s"
    handler.setFormatter(logging.Formatter(form, datefmt="%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOG.setLevel(logging.INFO)


def _line(event: str, fields: dict[str, object]) -> str:
    pairs = (f"{name}={_value(value)}" for name, value in fields.items())
    return " ".join((event, *pairs))


def _value(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return repr(text) if any(c.isspace() or c == "=" for c in text) or not text else text


def info(event: str, **fields: object) -> None:
    """Log one step of the story."""
    _LOG.info("%s", _line(event, fields))


def warning(event: str, **fields: object) -> None:
    """Log something that weakens the centre but does not stop it."""
    _LOG.warning("%s", _line(event, fields))


def error(event: str, **fields: object) -> None:
    """Log something that should not have happened."""
    _LOG.error("%s", _line(event, fields), exc_info=sys.exc_info()[0] is not None)
