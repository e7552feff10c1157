"""Fixtures for the tests of ``reports``: made-up runs, and verdicts that fit them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from harness.record.run_record import RunRecord
from tests.chromium import CHROMIUM, QUIET, needed
from tests.reports.browser import leaving
from tests.reports.made_up_run import fill, fill_empty, fill_hostile, fill_twice_broken
from tests.reports.made_up_verdicts import Run, go, hostile, inconclusive, no_go, nothing_measured

MakeRecord = Callable[[Callable[[RunRecord], None]], RunRecord]


@pytest.fixture
def make_record(tmp_path: Path) -> Iterator[MakeRecord]:
    """Return a maker of records, each closed when the test ends."""
    records: list[RunRecord] = []

    def make(filled_by: Callable[[RunRecord], None]) -> RunRecord:
        folder = tmp_path / f"run{len(records)}"
        folder.mkdir()
        record = RunRecord.create(folder)
        records.append(record)
        filled_by(record)
        return record

    yield make
    for record in records:
        record.close()


@pytest.fixture(scope="session")
def kept_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeRecord]:
    """Return a maker of records that are filled once for all tests, and can only be read."""
    records: dict[Callable[[RunRecord], None], RunRecord] = {}

    def make(filled_by: Callable[[RunRecord], None]) -> RunRecord:
        if filled_by not in records:
            folder = tmp_path_factory.mktemp("run")
            with RunRecord.create(folder) as record:
                filled_by(record)
            records[filled_by] = RunRecord.open(folder)
        return records[filled_by]

    yield make
    for record in records.values():
        record.close()


@pytest.fixture(params=["no_go", "go", "inconclusive", "hostile", "empty"])
def run(request: pytest.FixtureRequest, kept_record: MakeRecord) -> Run:
    """Return a run of each sort in turn."""
    return a_run(request.param, kept_record)


@pytest.fixture(
    params=[
        "no_go",
        "hostile",
        *(
            pytest.param(each, marks=pytest.mark.nightly)
            for each in ("go", "inconclusive", "empty")
        ),
    ]
)
def shown_run(request: pytest.FixtureRequest, kept_record: MakeRecord) -> Run:
    """Return a run of each sort in turn, to be looked at in a browser: by day the worst two."""
    return a_run(request.param, kept_record)


@pytest.fixture
def no_go_run(kept_record: MakeRecord) -> Run:
    """Return a run that failed, with a result of every status."""
    return a_run("no_go", kept_record)


@pytest.fixture
def go_run(kept_record: MakeRecord) -> Run:
    """Return a run of which everything was met, but for what its pilot left open."""
    return a_run("go", kept_record)


@pytest.fixture
def two_faults_run(kept_record: MakeRecord) -> Run:
    """Return a run that failed, with two faults: one that customers felt, one never proven."""
    return Run(kept_record(fill_twice_broken), no_go())


@pytest.fixture
def hostile_run(kept_record: MakeRecord) -> Run:
    """Return a run whose every text means us harm."""
    return a_run("hostile", kept_record)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's chromium; without it, skip loudly, or fail where CI has to have it."""
    needed("report")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def noise() -> list[str]:
    """Return the list that collects whatever a page complains about or asks for."""
    return []


@pytest.fixture
def page(browser: Browser, noise: list[str]) -> Iterator[Page]:
    """Return an empty page that reports errors, warnings, and requests that leave the file."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: noise.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noise.append(f"error: {error}"))
    page.on("request", lambda request: noise.extend(leaving(request.url)))
    yield page
    page.close()


def a_run(sort: str, kept_record: MakeRecord) -> Run:
    """Return the run that is called *sort*."""
    if sort == "hostile":
        return Run(kept_record(fill_hostile), hostile())
    if sort == "empty":
        return Run(kept_record(fill_empty), nothing_measured())
    verdicts = {"no_go": no_go, "go": go, "inconclusive": inconclusive}
    return Run(kept_record(fill), verdicts[sort]())
