"""The last step of the pipeline: from a run record and its verdict to what people and CI read.

Reports are functions of the two and of nothing else: no clock, no chance, no target. The same
record and verdict give the same bytes, so any report can be made again, also against another SLA.
"""

import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from harness.errors import HarnessError
from harness.model.verdict import Verdict
from harness.record.run_record import RunRecord
from reports import disputed, effective, html, issue_log, junit, markdown, result

REPORT = "report.html"
_RENDERERS: dict[str, Callable[[RunRecord, Verdict], str]] = {
    "summary.md": markdown.render,
    "junit.xml": junit.render,
    "result.json": result.render,
    "effective.yaml": effective.render,
    "findings.csv": issue_log.render,
    "disputed.csv": disputed.render,
    REPORT: html.render,  # the largest last: a disk that is nearly full takes the others first
}


NAMES = tuple(_RENDERERS)
"""The files of a run's reports."""


class Unwritten(HarnessError):
    """Some reports could not be written; the record has all that they are made from."""


def rendered(record: RunRecord, verdict: Verdict, name: str) -> bytes | None:
    """Return the report *name* as ``write`` writes it; None if there is no report of that name."""
    render = _RENDERERS.get(name)
    return None if render is None else _bytes(render(record, verdict))


def write(record: RunRecord, verdict: Verdict, *, folder: Path) -> Path:
    """Write all reports of a run into *folder*, which must exist, and return that of people.

    Each file appears whole or not at all: whoever watches the folder never reads half a report.

    Raises:
        Unwritten: the disk did not take all of them; those that it took are there.
    """
    missing = []
    for name, render in _RENDERERS.items():
        try:
            replace_file(folder / name, render(record, verdict))
        except OSError as error:
            missing.append(f"{name} ({error.strerror or error})")
    if missing:
        again = (
            f"the record is there: harness report {shlex.quote(str(folder))}, once there is room"
        )
        raise Unwritten(f"not written: {', '.join(missing)}; {again}")
    return folder / REPORT


def replace_file(path: Path, text: str) -> None:
    """Write *text* to *path*: whole, or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(_bytes(text))
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def _bytes(text: str) -> bytes:
    # A lone surrogate, which JSON can carry and UTF-8 cannot, must not cost us the report.
    return text.encode("utf-8", "backslashreplace")
