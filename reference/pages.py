"""Every page that is made from the code, by its path."""

from collections.abc import Callable, Mapping

from harness.faults import page as faults
from harness.faults.kinds import KINDS
from harness.files import sla_schema
from harness.guard import page as guard
from harness.known import KNOWN
from reference import commands, exit_codes, files, metrics, result

Made = Callable[[str], str]
"""Makes a page from the one that is there: only what is made in it changes."""

PAGES: Mapping[str, Made] = {
    **{name: page.made for name, page in files.PAGES.items()},
    metrics.PATH: lambda _: metrics.rendered(),
    exit_codes.PATH: lambda _: exit_codes.rendered(),
    result.PATH: lambda _: result.rendered(),
    commands.PATH: lambda _: commands.rendered(),
    faults.PATH: lambda _: faults.rendered(KINDS),
    guard.PATH: guard.with_codes,
    f"scenarios/sla/{sla_schema.FILE_NAME}": lambda _: sla_schema.rendered(KNOWN.kpis),
}
