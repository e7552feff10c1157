"""``harness init``: the first files of a rehearsal of one's own, copied from those that ship.

They are the files that the harness itself is tested with, in the places in which they stand there,
so that they cannot go stale. Only the CI workflows are changed on the way: they install a wheel
instead of a checkout. What this refuses to know is what the files say.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from harness.errors import Problem, UsageError

SHIPPED = Path(__file__).parent.parent / "scenarios"
"""Where everything is copied from; in a wheel it holds the workflows, too."""
_CARRIED = SHIPPED / "workflows"
_FIRST = (
    "pre_cutover.yaml",
    "smoke.yaml",
    "soak.yaml",
    "targets/mock.yaml",
    "targets/provider.yaml",
    "sla/outsourced_care.yaml",
    "sla/smoke.yaml",
    "sla/night_soak.yaml",
    "sla/sla.schema.json",
    "shapes/bank_day.yaml",
    "runbooks/site_down.md",
    "runbooks/site_hang.md",
    "runbooks/trunk_loss.md",
)
"""What the first rehearsal needs, and a nightly soak."""
_FOLDERS = ("", "failover", "targets", "sla", "shapes", "runbooks")
_SUFFIXES = (".yaml", ".json", ".md")
_WATCHING = ("grafana", "prometheus")
"""Dashboards and rules, which ship among the reports."""
_WORKFLOWS = {
    ".github/workflows/smoke.yml": ".github/workflows/smoke.yml",
    ".github/workflows/soak.yml": ".github/workflows/soak.yml",
    ".github/workflows/soak_watch.yml": ".github/workflows/soak_watch.yml",
    ".gitlab-ci.yml": "ci/gitlab-ci.yml",
}
"""Where each goes, and where it stands in a checkout."""
_GUIDE = "first_steps.md"
_IGNORED = "# What runs leave, and the harness itself.\nruns/\n.venv/\n"
INSTALL = "python -m venv .venv && .venv/bin/pip install wheels/cutover_rehearsal-*.whl"
"""How a workflow of the layout installs the harness: the wheel is kept beside the scenarios."""
_FROM_A_CHECKOUT = re.compile(r"\bmake setup\b")
_OF_A_CHECKOUT = re.compile(r"\bscenarios/(?=\w+\.yaml)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to be written: its path in the folder, with slashes, and its text."""

    path: str
    text: str


def pieces(*, everything: bool = False) -> Iterator[Piece]:
    """Yield the files of a rehearsal of one's own; with *everything*, all that ships."""
    yield Piece("README.md", _read(SHIPPED / _GUIDE))
    for path in _shipped() if everything else _FIRST:
        yield Piece(path, _read(SHIPPED / path))
    if everything:
        yield from _watching()
    for path, source in _WORKFLOWS.items():
        yield Piece(path, elsewhere(_read(_workflow(source))))
    yield Piece(".gitignore", _IGNORED)


def write(folder: Path, of: Sequence[Piece]) -> None:
    """Write *of* into *folder*, which is made if need be: all of them, or none.

    Raises:
        UsageError: some are there already (it names all of them), or they cannot be written.
    """
    there = [each.path for each in of if _taken(folder / each.path)]
    if there:
        found = f"there already: {', '.join(there)}"
        want = (
            "another folder, or these moved away: nothing is overwritten, and nothing was written"
        )
        raise UsageError([Problem(str(folder), found, want)])
    with _all_or_none() as made:
        for each in of:
            path = folder / each.path
            try:
                _make(path.parent, made)
                with path.open("x", encoding="utf-8") as file:
                    made.append(path)
                    file.write(each.text)
            except OSError as error:
                found = (error.strerror or str(error)).lower()
                want = "a folder to write to; nothing was written"
                raise UsageError([Problem(str(path), found, want)]) from None


@contextmanager
def _all_or_none() -> Iterator[list[Path]]:
    """Yield a list of what the block makes, in that order; if it fails, all of it goes again."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise


def _make(folder: Path, made: list[Path]) -> None:
    """Make *folder*, and those it lies in, and add to *made* which were not there."""
    missing = list(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    for each in reversed(missing):
        each.mkdir()
        made.append(each)


def _taken(path: Path) -> bool:
    """Whether something stands at *path*, be it a link to nowhere."""
    try:
        path.lstat()
    except OSError:  # not there, or not to be looked at: writing will say which
        return False
    return True


def _shipped() -> Iterator[str]:
    """Yield the path of every scenario that ships, and of all that they name."""
    for folder in _FOLDERS:
        for path in sorted((SHIPPED / folder).iterdir()):
            if path.suffix in _SUFFIXES and path.name != _GUIDE:
                yield path.relative_to(SHIPPED).as_posix()


def _watching() -> Iterator[Piece]:
    """Yield the dashboards for Grafana and the rules for Prometheus, of the contract that ships."""
    reports = SHIPPED.parent / "reports"
    for folder in _WATCHING:
        for path in sorted((reports / folder).rglob("*.*")):
            if path.is_file():
                yield Piece(path.relative_to(reports).as_posix(), _read(path))


def _workflow(source: str) -> Path:
    """Return where the workflow *source* of a checkout is: there, or carried in the wheel."""
    carried = _CARRIED / Path(source).name
    return carried if carried.is_file() else SHIPPED.parent / source


def elsewhere(workflow: str) -> str:
    """Return *workflow* as it runs in a repository that has the scenarios alone, at its root."""
    return _OF_A_CHECKOUT.sub("", _FROM_A_CHECKOUT.sub(INSTALL, workflow))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
