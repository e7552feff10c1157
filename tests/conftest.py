"""What holds for every test: properties are not timed, and CI looks for nothing by chance.

A busy machine fails no property. CI (``CI`` is set) tries the same examples each time, so that a
change is never held up by a mistake that was there before it; a developer's runs, and the nightly
ones, look for new counterexamples.
"""

import os

from hypothesis import settings

settings.register_profile("searching", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "searching")
