"""The files of a service review: ``review.html``, ``review.md`` and ``review.json``."""

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
