"""``report.html`` as text: what stands in it, in which order, and what cannot."""

import re
import subprocess
import sys
from html.parser import HTMLParser

from reports import html
from tests.reports.made_up_verdicts import Run


class Page(HTMLParser):
    """The tags, ids and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, its id, and what it would load."""
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("src", "href") and value:
                self.links.append(value)


def page(run: Run) -> str:
    """Return a run's report without the charts' library, which is 4.8 MB of it."""
    text = html.render(run.record, run.verdict)
    return re.sub(r"<script>/\*\*\s+\* plotly.js.*?</script>", "", text, flags=re.DOTALL)


def test_the_verdict_comes_first_and_the_sections_in_their_order(no_go_run: Run) -> None:
    """Whoever reads one line has read the answer."""
    text = page(no_go_run)
    parts = [
        '<h1 class="verdict no-go">',
        "service_level[billing] 41.3 % (37–46) &lt; 60 % in site-loss",
        "The run stopped at a gate",
        'id="objectives"',
        'id="timeline"',
        'id="faults"',
        'id="inventory"',
        'id="ladder"',
        'id="generator"',
        'id="not-tested"',
        'id="log"',
        'id="provenance"',
    ]
    places = [text.index(part) for part in parts]

    assert places == sorted(places)


def test_nothing_from_outside_becomes_markup(hostile_run: Run) -> None:
    """A scenario's name, a site, an id: one unescaped is a script in the go/no-go meeting."""
    tags = Page(html.render(hostile_run.record, hostile_run.verdict)).tags

    # Our own <b> is the verdict's mark; every hostile name would bring another.
    assert tags.count("b") == 1
    assert tags.count("script") == 3


def test_no_control_character_and_no_direction_mark_is_left(hostile_run: Run) -> None:
    """A right-to-left mark can make a failed row read as passed."""
    assert not set(page(hostile_run)) & set("\x00\x1b\u202e\u2066\ud800")


def test_the_page_asks_for_nothing_but_itself(run: Run) -> None:
    """It is read offline, from a mail's attachment, behind a firewall."""
    links = Page(page(run)).links

    assert all(link.startswith("#") or link == "data:," for link in links)
    assert "default-src 'none'" in page(run)


def test_links_within_the_page_lead_somewhere(run: Run) -> None:
    """The way by keyboard is the skip link and the list of sections."""
    found = Page(page(run))

    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_the_charts_library_is_in_the_page_once_or_not_at_all(no_go_run: Run, run: Run) -> None:
    """Twice would be ten megabytes; and a run without charts needs none."""
    text = html.render(run.record, run.verdict)

    assert html.render(no_go_run.record, no_go_run.verdict).count("* plotly.js v") == 1
    assert text.count("* plotly.js v") == ('id="timeline"' in text)


def test_none_lost_is_printed_with_its_upper_bound(no_go_run: Run) -> None:
    """ "None lost" is a statement about 447 tickets, and not about the next million."""
    assert "fewer than 0.67 % are lost" in page(no_go_run)


def test_an_unread_store_says_nothing_of_losses(run: Run) -> None:
    """Zero found in half of the stores is not zero lost."""
    text = page(run)
    unread = run.verdict.audit is not None and not run.verdict.audit.complete

    assert ("Nothing can be said of losses" in text) == unread


def test_a_mock_is_called_one_and_speed_is_called_scaled(no_go_run: Run) -> None:
    """A GO on the stand-in must not be taken for one on the provider."""
    text = page(no_go_run)

    assert "(mock only)" in text
    assert "the stand-in that ships with the harness" in text
    assert "20 centre seconds per wall second (scaled)" in text
    assert "No audio" in text
    assert "sped up 20 times" in text


def test_importing_reports_does_not_import_the_charts_library() -> None:
    """The command line's ``--help`` must not wait for plotly."""
    code = "import reports, sys; sys.exit('plotly' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
