"""A run's export: every sample that was scraped, in the form that Prometheus' own tools take."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import reports.openmetrics as module
from harness.model.sample import OWN, Scrape, Series
from harness.record.run_record import RunRecord
from harness.scrape.exposition import Exposition
from reports.openmetrics import openmetrics
from tests import fakes
from tests.exporter.watched import kept_record, watched
from tests.kpi.histories import recorded
from tests.kpi.judges import make_blocks, needs

EPOCH = 1_795_000_000.0
SPEED = 20.0


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunRecord]:
    """Return a record with the pages of a recorded failover, and one picture of our own."""
    with kept_record(tmp_path_factory.mktemp("export") / "run") as record:
        record.put_epoch(EPOCH)
        for scrapes in recorded().sources.values():
            for scrape in scrapes:
                record.put_scrape(scrape)
        watched(record)
        yield record


@pytest.fixture(scope="module")
def text(record: RunRecord) -> str:
    """Return the export of that record."""
    return "".join(openmetrics(record))


def samples(text: str) -> list[tuple[str, dict[str, str], float, float]]:
    """Return name, labels, value and stamp of each line, read by our parser of pages."""
    page, found = Exposition(), []
    for line in text.splitlines():
        if not line.startswith("#"):
            sample, _, stamp = line.rpartition(" ")
            ((series, value),) = page.parse(sample).items()
            found.append((series.name, dict(series.labels), value, float(stamp)))
    return found


def test_a_strict_reader_of_openmetrics_takes_it(tmp_path: Path):
    """It wants families whole and histograms complete. Of one moment: it mixes up two of them."""
    with kept_record(tmp_path / "run") as record:
        watched(record)
        text = "".join(openmetrics(record))
    families = {each.name: each for each in text_string_to_metric_families(text)}

    assert len(families) > 20
    assert families["harness_arrival_lag_seconds"].type == "histogram"
    assert families["harness_arrivals"].type == "counter"
    assert sum(len(each.samples) for each in families.values()) == len(samples(text))


def test_every_sample_that_was_scraped_is_there_once_and_at_its_moment(
    record: RunRecord, text: str
):
    """Neither thinned nor rounded: what Prometheus would have read itself."""
    found = {
        (name, labels["instance"], tuple(sorted(_own(labels).items())), stamp): value
        for name, labels, value, stamp in samples(text)
        if labels["job"] == "contact_centre" and name != "up"
    }
    scraped = {
        (series.name, source, series.labels, round(EPOCH + scrape.at_s / SPEED, 3)): value
        for source in record.sources()
        for scrape in record.scrapes(source)
        for series, value in scrape.values.items()
    }

    assert len(scraped) > 10_000
    assert found == scraped


def _own(labels: dict[str, str]) -> dict[str, str]:
    added = ("instance", "job", "rehearsal", "run")
    return {name: value for name, value in labels.items() if name not in added}


def test_nothing_of_a_rehearsal_is_without_its_mark_and_the_name_of_the_run(
    record: RunRecord, text: str
):
    """So that a rule for real alarms can leave it out, and two runs stay apart."""
    found = {(labels.get("rehearsal"), labels.get("run")) for _, labels, _, _ in samples(text)}

    assert found == {("true", record.facts.run)}


def test_a_source_that_did_not_answer_was_not_up(record: RunRecord, text: str):
    """Prometheus itself would have said so, and alerts ask for it."""
    found = {
        (labels["instance"], stamp): value
        for name, labels, value, stamp in samples(text)
        if name == "up" and labels["instance"] == "north"
    }
    told = {
        ("north", round(EPOCH + each.at_s / SPEED, 3)): float(each.ok)
        for each in record.scrapes("north")
    }

    assert set(told.values()) == {0.0, 1.0}
    assert found == told


def test_a_record_is_read_in_portions_and_the_text_is_the_same(record: RunRecord, text: str):
    """A soak of a week must fit into memory."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_AT_ONCE", 500)

        assert "".join(openmetrics(record)) == text


def test_a_page_s_own_label_of_our_name_is_kept_beside_ours(tmp_path: Path):
    """Prometheus calls it exported_...: nothing is lost, nothing is overwritten."""
    with kept_record(tmp_path / "run") as record:
        series = Series("cc_odd", (("instance", 'a"\\\n'), ("queue", "billing")))
        record.put_scrape(Scrape("edge", 1.0, True, {series: 2.0}))
        (found,) = [each for each in samples("".join(openmetrics(record))) if each[0] == "cc_odd"]

    assert found[1]["instance"] == "edge"
    assert found[1]["exported_instance"] == 'a"\\\n'
    assert found[1]["queue"] == "billing"


BUCKETS = {
    Series("cc_calls_bucket", (("le", "+Inf"),)): 3.0,
    Series("cc_calls_count"): 3.0,
    Series("cc_calls_sum"): 9.0,
}


@pytest.mark.parametrize(
    "values",
    [
        {Series("cc_calls"): 3.0, Series("cc_calls_total"): 40.0},
        {Series("cc_calls"): 3.0} | BUCKETS,
        {Series("cc_calls_total"): 40.0} | BUCKETS,
        {Series("cc_calls_total"): 40.0, Series("cc_calls"): 3.0} | BUCKETS,
    ],
    ids=["gauge and counter", "gauge and histogram", "counter and histogram", "all three"],
)
def test_what_has_one_name_and_two_types_is_two_families(
    values: dict[Series, float], tmp_path: Path
):
    """A provider may have it so; no reader takes one family that is told twice."""
    needs("promtool")
    with kept_record(tmp_path / "run") as record:
        record.put_scrape(Scrape("edge", 1.0, True, values))
        text = "".join(openmetrics(record))
    (tmp_path / "run.om").write_text(text)
    make_blocks(tmp_path / "run.om", tmp_path / "data")
    read = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name != "up"
    }

    assert read == {series.name: value for series, value in values.items()}


def test_of_two_readings_in_one_millisecond_the_later_one_counts(tmp_path: Path):
    """Prometheus refuses a whole block for two values at one moment."""
    with kept_record(tmp_path / "run") as record:
        for at_s, value in ((1.0, 1.0), (1.001, 2.0), (40.0, 3.0)):
            record.put_scrape(Scrape("edge", at_s, True, {Series("cc_odd"): value}))
        found = [e for e in samples("".join(openmetrics(record))) if e[0] == "cc_odd"]

    assert [value for _, _, value, _ in found] == [2.0, 3.0]


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e-300, 0.1 + 0.2, 2.0**53])
def test_a_value_comes_back_as_it_was(tmp_path: Path, value: float):
    """To the last bit."""
    with kept_record(tmp_path / "run") as record:
        record.put_scrape(Scrape("edge", 1.0, True, {Series("cc_odd"): value}))
        (found,) = [e for e in samples("".join(openmetrics(record))) if e[0] == "cc_odd"]

    assert found[2] == value


def test_a_run_in_which_nothing_was_scraped_is_an_empty_text(tmp_path: Path):
    """Whoever asks gets an answer, and it is a whole one."""
    with kept_record(tmp_path / "run") as record:
        found = "".join(openmetrics(record))

    assert found == "# TYPE up gauge\n# EOF\n"


def test_promtool_makes_blocks_of_it(text: str, tmp_path: Path):
    """The judge of the format is who has to read it."""
    needs("promtool")
    path = tmp_path / "run.om"
    path.write_text(text)
    make_blocks(path, tmp_path / "data")

    assert any((tmp_path / "data").iterdir())


def test_our_own_figures_are_a_job_of_their_own(record: RunRecord, text: str):
    """They were read from the harness, not from the centre."""
    mine = {s.name for scrape in record.scrapes(OWN) for s in scrape.values}
    found = {name for name, labels, _, _ in samples(text) if labels["job"] == "harness"}

    assert found == mine | {"up"}


def test_a_record_that_does_not_tell_when_centre_second_0_was_takes_the_run_s_beginning(
    tmp_path: Path,
):
    """They are a second apart, and the axis has to begin somewhere."""
    with kept_record(tmp_path / "run") as record:
        assert record.wall(0.0) == fakes.facts().started_wall
        record.put_epoch(EPOCH + 0.25)
        assert record.wall(0.0) == EPOCH + 0.25
