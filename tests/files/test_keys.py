"""What a key says of itself is what its reader does: ``conftest`` holds it to that in every test."""

import pytest

from harness.files import values
from harness.files.fields import Key
from tests.files.conftest import hold, hold_default

AN_HOUR = Key("for: 1h", "How long.", values.duration, default="1h")


def test_a_key_that_takes_something_else_than_its_reader_is_found():
    """Else the page would allow what is then refused."""
    hold(AN_HOUR, values.duration)

    with pytest.raises(AssertionError, match="is read by"):
        hold(AN_HOUR, values.share)


def test_a_key_whose_default_is_another_is_found():
    """Else the page would promise what does not hold."""
    hold_default(AN_HOUR, 3600.0)

    with pytest.raises(AssertionError, match="says 1h, is 60"):
        hold_default(AN_HOUR, 60.0)


def test_a_key_without_a_word_of_its_default_is_found():
    """Whoever leaves it out has to know what holds then."""
    with pytest.raises(AssertionError, match="does not say so"):
        hold_default(Key("for: 1h", "How long.", values.duration, default=""), 60.0)
