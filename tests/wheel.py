"""The wheel as a stranger has it: built here, in an environment of its own, away from the checkout."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def built(into: Path) -> Path:
    """Build the wheel into the folder *into* and return it."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return next(into.glob("*.whl"))


def fresh_environment(folder: Path, wheel: Path) -> Path:
    """Return the Python of a new environment that holds *wheel* and borrows its dependencies."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    (libraries,) = folder.glob("lib/python3*/site-packages")
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (libraries / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--quiet",
         "--disable-pip-version-check", str(wheel)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return python


def elsewhere() -> dict[str, str]:
    """Return an environment in which nothing points to the checkout."""
    return {**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "NO_COLOR": "1"}
