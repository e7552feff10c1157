"""The service review of many runs: a page, a mail and a file for programs, from one ``Review``.

Like the reports of a run these are functions of what they are given: the same review gives the
same bytes.
"""

from pathlib import Path

from harness.model.review import Review
from reports import replace_file
from reports.review import as_json, mail, page

PAGE = "review.html"


def write(review: Review, folder: Path) -> Path:
    """Write the review into *folder*, which must exist, and return the page for people."""
    replace_file(folder / PAGE, page.render(review))
    replace_file(folder / "review.md", mail.render(review))
    replace_file(folder / "review.json", as_json.render(review))
    return folder / PAGE
