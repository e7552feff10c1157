"""The live view: what a person sees at a glance, and that the README shows it as it is."""

from pathlib import Path

from tests.reports.live_picture import NAME, WIDTH, frame

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
