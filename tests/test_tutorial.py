"""The tutorial is typed as it stands: in a folder as a clone is, block after block.

By day without the blocks that take a rehearsal; by night with all of them.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import environment
from tests.pages import ROOT, Block, blocks, change

PAGE = "tutorial.md"
SETTING_UP = re.compile(r"make |\. \.venv/|harness doctor")
OTHER_TERMINAL = "python -m scenarios.examples.ticket_desk"
TAKES_A_RUN = re.compile(r"harness run |harness check --adapter|RUN=|.*\$RUN")


@contextmanager
def desk() -> Iterator[None]:
    """Serve the ticket desk where its profile says, as the other terminal does."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "scenarios.examples.ticket_desk"],
        stdout=subprocess.PIPE, text=True, env=environment(),
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert "answers at" in process.stdout.readline()
            yield
        finally:
            process.terminate()


class Terminal:
    """Types blocks one after the other: where one has gone, the next begins."""

    def __init__(self, at: Path, *, by_night: bool) -> None:
        self.at = at
        self.by_night = by_night
        self.typed: list[str] = []
        self._variables = ""
        (at / "scenarios").symlink_to(ROOT / "scenarios")

    def type(self, text: str) -> str | None:
        """Type the lines of *text* and return what was printed; None if one of them was left out."""
        lines = [line for line in text.splitlines() if not SETTING_UP.match(line)]
        kept = [line for line in lines if self.by_night or not TAKES_A_RUN.match(line)]
        self.typed += kept
        bin_ = Path(sys.executable).parent
        script = "\n".join(
            [
                f'export PATH="{bin_}:$PATH"; {self._variables}',
                *kept,
                'echo "cwd=$PWD" >&3; echo "run=$RUN" >&3',
            ]
        )
        done = subprocess.run(
            ["bash", "-c", f"exec 3>'{self.at}/.said'\n{script}"],
            cwd=self.at, env={**environment(), "COLUMNS": "80"}, text=True, timeout=400,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said = dict(line.split("=", 1) for line in (self.at / ".said").read_text().splitlines())
        (self.at / ".said").unlink()
        self.at, self._variables = Path(said["cwd"]), f"RUN='{said['run']}'"
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout if kept == lines else None


def matches(shown: str, printed: str) -> bool:
    """Whether *printed* is what is *shown*, in which a line of three dots is any lines.

    The page shows a terminal, which folds; what is printed here goes through a pipe.
    """
    parts = re.split(r"^\.\.\.\n", unfolded(shown), flags=re.MULTILINE)
    wanted = "(?:.*\n)*?".join(map(re.escape, parts))
    return re.fullmatch(wanted, unfolded(printed)) is not None


def unfolded(text: str) -> str:
    return re.sub(r"\n {8}(?=\S)", " ", text)


def without_figures(line: str) -> str:
    return re.sub(r"\d[\d.,]*", "#", line.split(" · ")[0])


def done(folder: Path, *, by_night: bool) -> Iterator[tuple[Block, Block, str]]:
    """Do the whole page in *folder*; yield each block with what is shown and what was printed."""
    terminal, page = Terminal(folder, by_night=by_night), list(blocks(PAGE))
    with desk() if by_night else nullcontext():
        for block, after in zip(page, [*page[1:], Block("", "", "")], strict=True):
            if block.language == "diff":
                change(block, terminal.at)
            elif block.language == "sh" and block.text.strip() != OTHER_TERMINAL:
                printed = terminal.type(block.text)
                if after.language == "text" and printed is not None:
                    yield block, after, printed
    assert len(terminal.typed) > 8


def test_what_the_tutorial_shows_is_what_is_printed(tmp_path: Path):
    """A page that shows something else than the terminal is believed by nobody after that."""
    compared = 0
    for block, shown, printed in done(tmp_path, by_night=False):
        assert matches(shown.text, printed), f"{block.text}\nprinted:\n{printed}"
        compared += 1

    assert compared >= 5


@pytest.mark.e2e
@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_the_whole_tutorial_can_be_done(tmp_path: Path):
    """Three rehearsals and a second provider. A busy machine may leave one of them open."""
    compared = 0
    for block, shown, printed in done(tmp_path, by_night=True):
        compared += 1
        if not TAKES_A_RUN.match(block.text.splitlines()[0]):
            assert matches(shown.text, printed), f"{block.text}\nprinted:\n{printed}"
        elif "INCONCLUSIVE" not in printed:
            want = without_figures(shown.text.splitlines()[-1])
            assert want in [without_figures(line) for line in printed.splitlines()], printed

    assert compared >= 7
