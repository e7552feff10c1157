"""``docs/mock_centre.md`` against the parser: a reference that is wrong is worse than none."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from every_feature import all_keys
from live_centre import orders

from mock_center.config import parse_centre

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "mock_centre.md"
TOP = ("staffing", "shrinkage", "time_zone", "opening_hours", "holidays")
NOT_OF_A_PROFILE = ("speed", "seed", "folder", "lines", "client")
NAMES = {"SITE": "north", "SKILL": "billing", "QUEUE": "billing", "PRIORITY": "P1"}
NEEDED = {  # what has to stand beside a key before its default can be told
    "mock.backup": {"backup": {"heads": {"billing": "1"}}},
    "mock.breaks": {"breaks": [{"every": "2h"}]},
    "mock.ivr": {"ivr": {}},
    "mock.callbacks": {"callbacks": {}},
    "mock.ringing.variation": {"ringing": {"mean": "3s"}},
    "mock.replication_lag": {"replication": "asynchronous"},
    "mock.tickets.clocks": {"tickets": {"clocks": {"P1": {}}}},
}


class Row(NamedTuple):
    """One row of a table of keys."""

    key: str
    default: str
    says: str


def rows() -> list[Row]:
    """Return the rows of all tables, their keys by generic path from the top of the profile."""
    found = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 5:
            key = cells[0].strip("`")
            whole = key if key.startswith(TOP) else f"mock.{key}"
            found.append(Row(whole, cells[2], cells[3]))
    return found


def test_every_key_has_its_row_and_every_row_its_key():
    """Whoever looks for a key finds it, and finds none that does nothing."""
    keys = {key for key in all_keys() if not key.startswith(NOT_OF_A_PROFILE)}
    leaves = {key for key in keys if not any(other.startswith((f"{key}.", f"{key}[")) for other in keys)}  # fmt: skip
    written = [row.key for row in rows()]

    assert set(written) - keys == set()
    assert leaves - set(written) == set()
    assert len(written) == len(set(written))
    assert all(row.says for row in rows())


@pytest.mark.parametrize("row", [row for row in rows() if "`" in row.default], ids=lambda r: r.key)
def test_a_default_is_what_happens_without_the_key(row: Row, tmp_path):
    """A default that is documented wrongly misleads without anybody's noticing."""
    written = row.default.strip("`")
    listed = re.fullmatch(r"\[(.*)\]", written)
    value = [each for each in listed[1].split(", ") if each] if listed else written
    needed = next((mock for key, mock in NEEDED.items() if row.key.startswith(key)), {})
    document = orders(tmp_path, **needed)
    del document["staffing"]["north"]["billing"]
    without = parse_centre(document)

    *way, last = row.key.replace("[]", ".0").split(".")
    node = document
    for part in way:
        name = NAMES.get(part, part)
        node = node[int(name)] if isinstance(node, list) else node.setdefault(name, {})
    node[NAMES.get(last, last)] = value

    assert parse_centre(document) == without


def test_every_defect_says_what_should_catch_it():
    """A defect that nothing is meant to catch would only be a broken mock."""
    text = DOCUMENT.read_text(encoding="utf-8").split("## Deliberate defects")[1]
    for line in text.splitlines():
        if line.startswith("| `defects."):
            assert len(line.strip("|").split("|")[4].strip()) > 5, line


def test_the_page_says_where_the_examples_are():
    """The example is a file that other tests start, not a copy in a page."""
    root = DOCUMENT.parent.parent
    for path in re.findall(r"`(scenarios/[^`]+)`", DOCUMENT.read_text(encoding="utf-8")):
        assert (root / path).is_file()
