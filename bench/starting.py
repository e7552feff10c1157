"""How soon ``harness --help`` is there."""

import subprocess
import sys
from collections.abc import Iterator

from bench.ratio import Ratio, compare


def measure() -> Iterator[Ratio]:
    """Measure the start of the command line against a bare interpreter."""

    def start(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

    ours, bare = compare(lambda: start("-m", "harness", "--help"), lambda: start("-c", "pass"))
    yield Ratio("`harness --help`", "`python -c pass`", ours / bare, 12, f"{ours * 1000:.0f} ms")
