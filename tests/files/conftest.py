"""Fixtures for the tests of ``harness.files``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.files import values
from harness.files.fields import Fields, Key
from harness.files.values import Parse
from reference.files import allowed
from tests.files.small_rehearsal import Rehearsal, write_small_rehearsal


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    """Return a rehearsal on disk that has no problems yet."""
    return write_small_rehearsal(tmp_path)


@pytest.fixture(autouse=True, scope="package")
def keys_say_what_readers_do() -> Iterator[None]:
    """Hold every key that is read in any test of this folder to what the reader does with it.

    The pages under ``docs/reference/`` tell what a ``Key`` says: what it takes, and its default.
    """
    value, value_or = Fields.value, Fields.value_or

    def held_value(self: Fields, key: str, parse: Parse[Any]) -> Any:
        hold(self._keys[key], parse)
        return value(self, key, parse)

    def held_value_or(self: Fields, key: str, parse: Parse[Any], *, default: Any) -> Any:
        hold(self._keys[key], parse)
        hold_default(self._keys[key], default)
        return value_or(self, key, parse, default=default)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Fields, "value", held_value)
        patched.setattr(Fields, "value_or", held_value_or)
        yield


def hold(key: Key, parse: Parse[Any]) -> None:
    """Fail if *key* does not say what *parse* would ask for."""
    if isinstance(key.takes, str) or parse is values.text:  # some are kept as written, too
        return
    read_by = allowed(Key(key.example, key.about, parse))
    assert allowed(key) == read_by, f"{key.example}: says {allowed(key)}, is read by {read_by}"


def hold_default(key: Key, default: object) -> None:
    """Fail if *key* names another value than *default*; words for it are its own to choose."""
    if default in (None, ""):
        return
    assert key.default, f"{key.example}: {default!r} without it, and it does not say so"
    if isinstance(key.takes, str):
        return
    try:
        said = key.takes(key.default)
    except ValueError:  # words
        return
    assert said == default, f"{key.example}: says {key.default}, is {default!r}"
