"""The reference page of faults is made from the kinds, and says all that they say."""

from pathlib import Path

from harness.faults.kinds import KINDS
from harness.faults.page import PATH, rendered

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_the_one_that_the_kinds_make():
    """Else run ``make docs``: a page that is written by hand goes stale."""
    assert (ROOT / PATH).read_text(encoding="utf-8") == rendered(KINDS)


def test_every_kind_says_what_it_does_and_who_is_hurt():
    """A fault nobody can foresee the reach of is not injected lightly."""
    page = rendered(KINDS)
    chapters = {part.split("`")[0]: part for part in page.split("\n### `")[1:]}

    assert chapters.keys() == KINDS.keys()
    assert [name for name, said in chapters.items() if "last radius" not in said] == []
    assert [
        (name, key.name)
        for name, said in chapters.items()
        for key in KINDS[name].parameters
        if f"| `{key.name}` |" not in said
    ] == []
