"""What holds for every test: how hard properties search, and what is told beside passed or failed.

A busy machine fails no property. CI (``CI`` is set) tries the same examples each time, so that a
change is never held up by a mistake that was there before it; a developer's runs look for new
counterexamples, and those of ``make test-all`` 25 times as long.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

Tell = Callable[[str], None]

# aiohttp reads the machine's authorities whenever it is imported: a fifth of what a centre of four
# processes takes to start. No test asks a server for which any of them would vouch.
os.environ.setdefault("SSL_CERT_FILE", os.devnull)
os.environ.setdefault("SSL_CERT_DIR", os.devnull)

# Tests start hundreds of processes: where Python is told to keep no bytecode (as container images
# do), each would compile all of the product again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("searching", deadline=None, max_examples=40)
settings.register_profile("repeatable", deadline=None, max_examples=40, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=1000)
settings.load_profile("repeatable" if os.environ.get("CI") else "searching")


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Return what puts a line below the results: a figure is the point of some tests.

    Not printed: pytest's workers have no terminal.
    """
    return lambda line: record_property(_TOLD, line)


@pytest.fixture
def not_under_nohup() -> Iterator[None]:
    """Have a closed terminal mean what it does elsewhere, to a child of the test too."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


_TOLD = "told"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long by itself, so that at the end nobody waits for it alone."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what stays to the end: thousands of tests and modules.

    Else it looks through all of them again and again, for whatever test makes many objects.
    """
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write what tests have told, in the order of the alphabet: workers finish in any."""
    done = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    told = [line for each in done for name, line in each.user_properties if name == _TOLD]
    if told:
        terminalreporter.section("what was measured")
        for line in sorted(map(str, told)):
            terminalreporter.write_line(line)
