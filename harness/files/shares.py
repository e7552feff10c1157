"""Shares by name, as in ``mix: {billing: 60%, support: 40%}``: they add up to 100 %."""

import math
from collections.abc import Iterable

from harness.files import values
from harness.files.fields import Fields, parsed
from harness.files.problems import did_you_mean
from harness.model.units import exact_share


def read_shares(fields: Fields, key: str, names: Iterable[str], noun: str) -> dict[str, float]:
    """Return the shares by name under *key*. They must add up; an unknown name is a problem.

    Without *names* nothing is known, and that has been told already.
    """
    entries, known = fields.table(key), frozenset(names)
    for name, entry in entries.items():
        if known and name not in known:
            found = f"the unknown {noun} {name!r} in {key}"
            fields.problems.add(entry.key.place, found=found, want=did_you_mean(name, known))
    shares = {
        name: parsed(entry.value, values.share, fields.problems, key=name)
        for name, entry in entries.items()
    }
    readable = {name: share for name, share in shares.items() if share is not None}
    total = math.fsum(readable.values())
    if entries and len(readable) == len(shares) and not math.isclose(total, 1, abs_tol=1e-6):
        found = f"a {key} that adds up to {exact_share(total)}"
        fields.problem(key, found=found, want="100 % in all")
    return readable
