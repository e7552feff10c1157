"""How hard a property is tried: so often a day, and 25 times as often by night."""

from hypothesis import settings


def examples(daily: int) -> settings:
    """Return the settings of a property that is tried *daily* times in ``make test``.

    ``make test-all`` loads the profile "nightly". What is tried as often as Hypothesis itself would
    needs none of this.
    """
    return settings(max_examples=daily * (25 if by_night() else 1))


def by_night() -> bool:
    """Return whether these are the tests of ``make test-all``."""
    return settings.get_current_profile_name() == "nightly"
