"""The fast parser reads what Prometheus' own reads: ``prometheus_client.parser`` is the judge."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from harness.model.sample import Series
from harness.scrape.exposition import Exposition

NAMES = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,10}", fullmatch=True)
LABELS = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(alphabet='abc "\\\n\t{}=,#é‰ 1', max_size=12) | st.text(max_size=12)
NUMBERS = st.one_of(
    st.floats(allow_nan=False).map(repr),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["+Inf", "-Inf", "1e-05", "1.5E+10", "NaN", "0"]),
)


def escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


@st.composite
def samples(draw: st.DrawFn) -> str:
    labels = draw(st.dictionaries(LABELS, TEXTS, max_size=3))
    inside = ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items())
    brackets = f"{{{inside}}}" if labels else ""
    stamp = draw(st.sampled_from(["", " 1395066363000"]))
    return f"{draw(NAMES)}{brackets} {draw(NUMBERS)}{stamp}"


PAGES = st.lists(samples(), max_size=6).map(lambda lines: "".join(f"{line}\n" for line in lines))


def theirs(page: str) -> dict[Series, float]:
    """Return what Prometheus' own parser makes of *page*, without the NaN."""
    return {
        Series(sample.name, tuple(sorted(sample.labels.items()))): float(sample.value)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if not math.isnan(sample.value)
    }


def only_line_breaks(page: str) -> bool:
    """Whether Python and Prometheus agree on what the lines of *page* are."""
    return page.splitlines() == page.split("\n")[:-1]


@given(PAGES.filter(only_line_breaks))
@example('a{b="}",c="{x=\\"y\\"}"} 1 1395066363000\n')
@example('a{b="\\\\n"} 1\n')
def test_every_page_is_read_as_prometheus_reads_it(page: str):
    """Quotes, backslashes, braces, commas and blanks in label values; exponents; infinities."""
    assert Exposition().parse(page) == theirs(page)


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_a_newline_ends_a_line(character: str):
    """A queue named with a paragraph separator must not break the whole page."""
    page = f'calls{{queue="a{character}b"}} 1\n'

    assert Exposition().parse(page) == theirs(page)


def test_the_page_of_a_real_registry_is_read_whole():
    """Help and type lines, buckets, ``_created`` stamps: what the mock really serves."""
    registry = CollectorRegistry()
    calls = Counter("cc_calls", 'Calls "by" queue\n', ["queue"], registry=registry)
    calls.labels('a "b" \\ c\n{d}, e').inc(3)
    waits = Histogram("cc_wait_seconds", "Waits", buckets=(0.5, 20, 1e6), registry=registry)
    waits.observe(0.1)
    waits.observe(1e9)
    Gauge("cc_speed", "Speed", registry=registry).set(20)
    page = generate_latest(registry).decode()

    assert Exposition().parse(page) == theirs(page)


def test_series_are_taken_apart_only_once():
    """The second page of a source returns the very same keys: that is where the speed comes from."""
    parser = Exposition()
    (first,), (second,) = (parser.parse('a{b="c"} 1\n'), parser.parse('a{b="c"} 2\n'))

    assert first is second


def test_labels_come_in_one_order():
    """Two spellings of one series are one series."""
    parser = Exposition()

    assert parser.parse('a{x="1",b="2"} 1\n').keys() == parser.parse('a{b="2",x="1"} 1\n').keys()


def test_nan_is_not_a_measurement():
    """A gauge that is not known is absent, as the design has it."""
    assert Exposition().parse("a NaN\nb 1\n") == {Series("b"): 1.0}


def test_an_empty_page_has_nothing():
    """It was read, and held nothing; that is not the same as no answer."""
    assert Exposition().parse("# HELP a b\n\n") == {}


@pytest.mark.parametrize("line", ["a", "a b", 'a{b="c"}', "a 1 2 3", "<html>", 'a{b="c"} x'])
def test_what_is_no_sample_is_refused(line: str):
    """A page of HTML is not a page of zeros."""
    with pytest.raises(ValueError):
        Exposition().parse(f"{line}\n")


@pytest.mark.parametrize("line", ["a{b=c} 1", 'a{b = "c"} 1', 'a{b="c" 1} 2', 'a{"b"="c"} 1'])
def test_a_label_is_never_silently_lost(line: str):
    """Read as written, or refused: the sum over half a page is a wrong sum."""
    try:
        found = Exposition().parse(f"{line}\n")
    except ValueError:
        return

    assert found == {Series("a", (("b", "c"),)): 1.0}
