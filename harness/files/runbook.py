"""Reads what a runbook tells machines, between two lines of ``---`` at its top."""

from difflib import get_close_matches
from pathlib import Path

from harness.files import values
from harness.files.document import Node, Table, read_front_matter
from harness.files.fields import Fields, Key, Keys, fields_of, parsed
from harness.files.problems import Problems
from harness.model.runbook import Mishap, Runbook

KEYS: Keys = {
    "review_by": Key(
        "review_by: 2027-06-30", "By when it has to be looked over.", values.day, default=""
    ),
    "expects": Key(
        "expects: [dropped, cut_off]; what may become of contacts in the fault",
        "What may become of contacts in the fault; anything else is a surprise.",
        "`nothing`, or a list of " + ", ".join(f"`{each}`" for each in Mishap),
        default="anything",
    ),
}
_NOTHING = "nothing"
"""What a runbook ``expects`` whose fault nobody is to notice."""


def read_runbook(path: Path, problems: Problems) -> Runbook:
    """Return the runbook at *path*, which exists; no Markdown tells machines nothing."""
    if path.suffix != ".md":
        return Runbook(str(path))
    document = read_front_matter(path, problems)
    if document is None:
        return Runbook(str(path))
    fields = fields_of(
        document.root, of="the runbook", keys=_known(document.root), problems=problems
    )
    if fields is None:
        return Runbook(str(path))
    review_by = fields.value("review_by", values.day) if "review_by" in fields else None
    expects = _expects(fields) if "expects" in fields else None
    return Runbook(str(path), review_by, expects)


def _known(root: Node) -> Keys:
    """Return our keys, and those of others; but none that is a slip for one of ours."""
    there = root.entries if isinstance(root, Table) else {}
    theirs = {
        key: Key("", "Somebody else's.", "") for key in there if not get_close_matches(key, KEYS)
    }
    return {**theirs, **KEYS}


def _expects(fields: Fields) -> frozenset[Mishap]:
    if fields.text("expects") == _NOTHING:
        return frozenset()
    known = values.one_of(Mishap)
    found = [parsed(node, known, fields.problems) for node in fields.listing("expects")]
    return frozenset(Mishap(each) for each in found if each is not None)
