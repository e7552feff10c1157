"""Long lines on a terminal: folded where it ends, whole for whatever reads a pipe or a file.

The one place that folds what a command answers; reports hand over each sentence as one line.
"""

import re
import shutil
import sys
from textwrap import wrap
from typing import TextIO

_NARROWEST = 20
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:%|s|ms|min|h|points)(?!\w))")
_GLUE = "\u00a0"


def tell(text: str, file: TextIO | None = None, *, below: int | None = None) -> None:
    """Print *text* to *file*, else to standard output, folded if that is a terminal.

    *below* is the column in which goes on what follows a fold.
    """
    out = sys.stdout if file is None else file
    print(folded(text, width_of(out), below=below), file=out)


def width_of(out: TextIO) -> int | None:
    """Return how many columns *out* has; None if it is no terminal."""
    return shutil.get_terminal_size().columns if out.isatty() else None


def folded(text: str, width: int | None, *, below: int | None = None) -> str:
    """Return *text* with no line beyond *width* columns, if it can be; all of it whole for None.

    What follows a fold stands in the column *below*, by default two further in than its line. A
    path, a command's option or a long word stays in one piece: it is there to be copied.
    """
    if width is None:
        return text
    wide = max(width, _NARROWEST)
    return "\n".join(_folded(line, wide, below) for line in text.split("\n"))


def _folded(line: str, width: int, below: int | None) -> str:
    if len(line) <= width:
        return line
    indent = len(line) - len(line.lstrip()) + 2 if below is None else below
    lines = wrap(
        _BEFORE_UNIT.sub(_GLUE, line),  # a number and its unit are read together
        width,
        subsequent_indent=" " * min(indent, width // 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(_GLUE, " ")
