"""The live view: what a person sees at a glance, and that the README shows it as it is."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.live import watching
from tests.reports.live_picture import EVENTS, LIMITS, NAME, WIDTH, Terminal, frame
from tests.reports.made_up_run import SCENARIO

ROOT = Path(__file__).resolve().parents[1]


def test_a_glance_tells_phase_load_generator_fault_and_objectives():
    """Whoever looks in the middle of a run asks: how far, how much, are we fit, what is broken?"""
    _, text = frame()

    for told in (
        "▸ site-loss", "7m12s of 15m", "of 2,040/h planned", "2 waiting, 63 in talk",
        "generator late 100 ms", "site_down north since 5m12s",
    ):  # fmt: skip
        assert told in text
    rows = [line.split() for line in text.splitlines() if line.startswith("✓")]
    assert ["✓", "service_level[billing]", "99.2", "%", "99.2", "%", "≥", "60", "%", "119"] in rows
    assert max(map(len, text.splitlines())) <= WIDTH


def test_the_picture_in_the_readme_is_what_the_live_view_draws():
    """``python -m tests.reports.live_picture`` draws it anew."""
    drawn, _ = frame()
    kept = ROOT / "docs" / "pictures" / NAME

    assert kept.read_text(encoding="utf-8") == drawn
    assert f"docs/pictures/{NAME}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "://" not in drawn.replace("http://www.w3.org/2000/svg", ""), "it loads nothing"


@pytest.mark.parametrize(
    ("file", "environment", "drawn"),
    [
        (Terminal, {"TERM": "xterm"}, True),
        (Terminal, {"TERM": "dumb"}, False),
        (io.StringIO, {"TERM": "xterm"}, False),
        (io.StringIO, {"TERM": "xterm", "FORCE_COLOR": "1"}, False),
        (io.StringIO, {"TERM": "xterm", "TTY_COMPATIBLE": "1"}, False),
    ],
)
def test_it_is_drawn_where_a_cursor_moves_and_told_in_lines_elsewhere(
    file: type[io.StringIO], environment: dict[str, str], drawn: bool
):
    """CI asks for colours; a picture four times a second in its log is none."""
    out = file()
    console = Console(file=out, width=WIDTH, _environ=environment)
    with watching(SCENARIO, LIMITS, console=console, quiet=False) as watcher:
        watcher.event(EVENTS[0])
        before_any_look = out.getvalue()

    assert ("guard admitted" in before_any_look) != drawn
    assert ("\x1b[?25l" in out.getvalue()) == drawn, "the cursor is hidden while it is drawn"
