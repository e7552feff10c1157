"""Code of the user's own, in a file that is no part of a package: ``/home/me/desk.py:Desk``."""


def in_file(written: str) -> tuple[str, str] | None:
    """Return the file of Python that *written* names, and the name in it; None if it names none."""
    file, _, name = written.rpartition(":")
    return (file, name) if file.endswith(".py") else None
