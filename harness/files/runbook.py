"""Reads what a runbook tells machines, between two lines of ``---`` at the top of a Markdown file."""

from pathlib import Path

from harness.files import values
from harness.files.document import read_front_matter
from harness.files.fields import Fields, fields_of, parsed
from harness.files.problems import Problems
from harness.model.runbook import Mishap, Runbook

_KEYS = {
    "review_by": "review_by: 2027-06-30",
    "expects": "expects: [dropped, cut_off]; what may become of contacts while the fault is in force",
}
_NOTHING = "nothing"
"""What a runbook ``expects`` whose fault nobody is to notice."""


def read_runbook(path: Path, problems: Problems) -> Runbook:
    """Return the runbook at *path*, which exists; one that is no Markdown tells machines nothing."""
    if path.suffix != ".md":
        return Runbook(str(path))
    document = read_front_matter(path, problems)
    if document is None:
        return Runbook(str(path))
    fields = fields_of(document.root, of="the runbook", examples=_KEYS, problems=problems)
    if fields is None:
        return Runbook(str(path))
    review_by = fields.value("review_by", values.day) if "review_by" in fields else None
    expects = _expects(fields) if "expects" in fields else None
    return Runbook(str(path), review_by, expects)


def _expects(fields: Fields) -> frozenset[Mishap]:
    if fields.text("expects") == _NOTHING:
        return frozenset()
    known = values.one_of(Mishap)
    found = [parsed(node, known, fields.problems) for node in fields.listing("expects")]
    return frozenset(Mishap(each) for each in found if each is not None)
