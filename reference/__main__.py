"""``make docs``: write every page anew that is made from the code."""

from pathlib import Path

from reference.pages import PAGES

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write the pages, each only if it changed."""
    for name, made in PAGES.items():
        page = ROOT / name
        before = page.read_text(encoding="utf-8") if page.exists() else ""
        if (after := made(before)) != before:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
