"""The tables of codes in ``docs/guard.md``, made from the codes. Pure."""

from collections.abc import Mapping

from harness.guard.codes import HALTS, REFUSALS

PATH = "docs/guard.md"
_TABLES = {"### Refusals": REFUSALS, "### Halts": HALTS}
_HEAD = "| code | what to do |\n|---|---|\n"


def with_codes(page: str) -> str:
    """Return *page* with its tables written anew."""
    for heading, codes in _TABLES.items():
        before, found, after = page.partition(heading)
        title, head, rest = after.partition(_HEAD)
        if not found or not head:
            raise ValueError(f"no table under {heading!r}")
        page = f"{before}{found}{title}{head}{_rows(codes)}\n{rest.partition(chr(10) * 2)[2]}"
    return page


def _rows(codes: Mapping[str, str]) -> str:
    return "".join(f"| `{code}` | {remedy} |\n" for code, remedy in codes.items())
