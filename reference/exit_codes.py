"""The page of exit codes, from the codes themselves."""

from harness.errors import PRECEDENCE, ExitCode
from reference.markdown import MADE, code, table

PATH = "docs/reference/exit_codes.md"
_HEAD = f"""\
# Exit codes

{MADE} Every command ends with one of these. In CI call `harness` itself: `make`
turns every code but 0 into its own 2.

"""


def rendered() -> str:
    """Return the page."""
    rows = ((code(str(each.value)), each.about) for each in ExitCode)
    first = " > ".join(str(each.value) for each in PRECEDENCE)
    return (
        _HEAD
        + table(("code", "meaning"), rows)
        + f"\nOf several that are true the first in this order is the code: {first}.\n"
    )
