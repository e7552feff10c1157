"""Code of the user's own that a file names: a journey beside a scenario, an adapter by a profile.

The file is read, not run: what it does when it is imported is for those to find out who use it.
"""

import ast
from pathlib import Path

from harness.files import values
from harness.files.bounded import read_bounded
from harness.files.fields import Fields
from harness.files.problems import did_you_mean, missing_file
from harness.model.own_code import in_file


def read_own_code(fields: Fields, key: str, folder: Path, *, example: str) -> str | None:
    """Return what *key* names, relative to *folder*, as ``/absolute/file.py:Name``.

    None, and a problem, if there is no such file, or no function or class of that name in it.
    """
    written = fields.value(key, values.text)
    if written is None:
        return None
    file, name = in_file(written) or ("", "")
    if not name.isidentifier():
        fields.problem(key, want=f"a file and what it is called there: {example}")
        return None
    path = (folder / file).absolute()
    try:
        tree = ast.parse(read_bounded(path), str(path))
    except FileNotFoundError:
        fields.problem(key, want=missing_file(file, folder))
        return None
    except (OSError, SyntaxError, ValueError) as error:
        why = str(error.strerror).lower() if isinstance(error, OSError) else error
        fields.problem(key, want=f"a file that Python can read ({why})")
        return None
    defined = {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    if name not in defined:
        fields.problem(key, want=f"a function or class of {file}: {did_you_mean(name, defined)}")
        return None
    return f"{path}:{name}"
