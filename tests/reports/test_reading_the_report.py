"""``docs/reading_the_report.md``: it explains what its reader sees, and its pictures can be redrawn."""

import re
import struct
from pathlib import Path

import pytest

import reports
from tests.chromium import needed
from tests.reports.pictures import FOLDER, MOST_BYTES, PICTURES, WIDTH, draw

PAGE = Path("docs/reading_the_report.md")
TEMPLATES = Path(reports.__file__).parent / "templates"


def heads() -> set[str]:
    """Return what stands over the columns of all tables, but for what the run itself names."""
    pages = [path for path in TEMPLATES.glob("*.html.j2") if path.name != "review.html.j2"]
    found = [
        re.sub(r"<[^>]+>", "", head)
        for path in pages
        for head in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', path.read_text("utf-8"))
    ]
    return {head for head in found if "{{" not in head}


def test_every_column_of_the_report_is_explained() -> None:
    """A column whose meaning has to be guessed is decided by whoever guesses loudest."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    columns = heads()

    assert {"Status", "Recovered within", "Root cause", "Occupancy", "In house"} <= columns
    assert [column for column in sorted(columns) if f"**{column}**" not in text] == []


def test_every_picture_of_the_page_is_drawn_by_the_script_and_small() -> None:
    """Whoever clones the repository fetches every version that they ever had."""
    shown = re.findall(r"\(pictures/([\w.]+)\)", PAGE.read_text(encoding="utf-8"))

    assert sorted(shown) == sorted(PICTURES)
    for name in shown:
        assert (FOLDER / name).stat().st_size <= MOST_BYTES, name


@pytest.mark.nightly
@pytest.mark.browser
def test_the_pictures_can_be_drawn_again(tmp_path: Path) -> None:
    """A picture that nobody can redraw shows the report of the year before last."""
    needed("report")
    draw(tmp_path)

    for name in PICTURES:
        png = (tmp_path / name).read_bytes()
        assert png.startswith(b"\x89PNG")
        assert struct.unpack(">I", png[16:20]) == (WIDTH,)
        assert len(png) <= MOST_BYTES, name
