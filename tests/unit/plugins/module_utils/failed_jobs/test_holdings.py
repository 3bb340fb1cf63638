"""What is known of the application in a run, kept in parameters that it fits whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.run import Run
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import holdings
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.answer import Ids
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.holdings import Holdings
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN
from tests.fakes.ssm import FakeSsm

FOLDER = "/climate.ingest/staging/holdings/"
IDS = Ids({"1": "historical", "2": "RCP85"}, {"7": "CCSM4", "3": "ACCESS1-0"})
KNOWN = Holdings("dumpdata", IDS, {"": {"RCP85": {"CCSM4": {2006, 2007, 2031}}, "historical": {}}}, frozenset([""]))


def within(ssm: FakeSsm, run: Run = RUN) -> Context:
    context = ssm.context()
    return replace(context, step=StepWriter(context, "staging", "baseline", run, None))


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


def test_what_is_written_is_read_again(ssm: FakeSsm) -> None:
    holdings.write(within(ssm), KNOWN)
    assert holdings.read(within(ssm)) == KNOWN
    assert [*ssm.parameters] == [FOLDER + "1"]
    assert ssm.parameters[FOLDER + "1"]["completed"]["RCP85"] == {"CCSM4": "2006-2007, 2031"}


def test_nothing_is_known_outside_a_run_or_of_an_earlier_one(ssm: FakeSsm) -> None:
    holdings.write(ssm.context(), KNOWN)
    assert ssm.parameters == {} and holdings.read(ssm.context()) == Holdings()
    holdings.write(within(ssm), KNOWN)
    assert holdings.read(within(ssm, replace(RUN, id="staging-2"))) == Holdings()


def test_a_preview_writes_nothing(ssm: FakeSsm) -> None:
    holdings.write(replace(within(ssm), check_mode=True), KNOWN)
    assert ssm.parameters == {}


def every_other_year() -> Holdings:
    """Give what takes most room: a gap after each year."""
    models = {f"model-{number}": set(range(1950, 2100, 2)) for number in range(40)}
    return replace(KNOWN, completed={"": {"RCP85": models, "historical": models}})


def test_what_does_not_fit_goes_on_in_further_parameters(ssm: FakeSsm) -> None:
    holdings.write(within(ssm), every_other_year())
    assert len(ssm.parameters) > 5
    assert holdings.read(within(ssm)) == every_other_year()


def test_of_a_controller_that_died_as_it_wrote_nothing_counts(ssm: FakeSsm) -> None:
    holdings.write(within(ssm), every_other_year())
    written = dict(ssm.parameters)
    for missing in written:
        ssm.parameters = {name: each for name, each in written.items() if name != missing}
        assert holdings.read(within(ssm)) == Holdings()
    order = [each["Name"] for name, each in ssm.aws.calls if name == "PutParameter"]
    assert order[-1] == FOLDER + "1", "the first is written last"


def test_more_parameters_of_before_do_no_harm(ssm: FakeSsm) -> None:
    holdings.write(within(ssm), every_other_year())
    holdings.write(within(ssm), KNOWN)
    assert holdings.read(within(ssm)) == KNOWN


def years_of(completed: Mapping[str, Mapping[str, Mapping[str, set[int]]]]) -> set[int]:
    scenarios = [own for each in completed.values() for own in each.values()]
    return {year for models in scenarios for years in models.values() for year in years}


NAMES = st.text(min_size=1, max_size=1000)
DATASETS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=80)  # no two of which read alike
YEARS = st.sets(st.integers(0, 9999), max_size=300)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ids=st.builds(Ids, st.dictionaries(NAMES, NAMES, max_size=30), st.dictionaries(NAMES, NAMES, max_size=30)),
    completed=st.dictionaries(
        st.just("") | DATASETS,
        st.dictionaries(NAMES, st.dictionaries(NAMES, YEARS, max_size=5), max_size=3),
        max_size=3,
    ),
)
def test_whatever_it_is_it_fits(ids: Ids, completed: dict[str, dict[str, dict[str, set[int]]]]) -> None:
    ssm = FakeSsm(FakeAws())  # which refuses what no parameter takes
    holdings.write(within(ssm), Holdings("shell", ids, completed, frozenset(completed)))
    found = holdings.read(within(ssm))
    assert (found.form, len(found.everything)) == ("shell", len(completed))
    assert years_of(found.completed) == years_of(completed)


def test_what_a_scenario_had(ssm: FakeSsm) -> None:
    assert KNOWN.of("", "RCP85") == {"CCSM4": {2006, 2007, 2031}}
    assert KNOWN.of("", "RCP45") == {}, "it was asked about everything"
    only = replace(KNOWN, everything=frozenset())
    assert only.of("", "RCP45") is None and only.of("", "historical") == {}


def test_each_data_set_is_known_by_itself() -> None:
    both = Holdings(completed={"LOCA": {"RCP85": {"CCSM4": {2006}}}}, everything=frozenset(["LOCA"]))
    assert both.of("LOCA", "RCP85") == {"CCSM4": {2006}}
    assert both.of("LOCA", "RCP45") == {}
    assert both.of("NEX-GDDP", "RCP85") is None and both.of("", "RCP85") is None


@pytest.mark.parametrize(
    ("datasets", "known"), [([], {2006}), (["LOCA"], {2006}), (["LOCA", "NEX-GDDP"], None)], ids=str
)
def test_an_older_version_did_not_say_of_which_data_set(
    ssm: FakeSsm, datasets: list[str], known: set[int] | None
) -> None:
    ssm.parameters[FOLDER + "1"] = {
        "run": RUN.id,
        "of": 1,
        "form": "shell",
        "everything": True,
        "completed": {"RCP85": {"CCSM4": "2006"}},
    }
    run = replace(RUN, requested={f"{name}.dataset": name for name in datasets})
    found = holdings.read(within(ssm, run)).of((datasets or [""])[0], "RCP85")
    assert (found and found["CCSM4"]) == known


def test_what_was_recorded_first_stays() -> None:
    later = KNOWN.recorded({"": {"RCP85": {"CCSM4": {2099}}, "RCP45": {}}}, everything=False)
    assert later.of("", "RCP85") == KNOWN.of("", "RCP85") and later.of("", "RCP45") == {} and later.everything
