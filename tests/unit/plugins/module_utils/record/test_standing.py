"""What is borrowed is remembered before it changes, is one environment's, and forgotten in the other order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.record import standing
from ansible_collections.climate.ingest.plugins.module_utils.record.standing import GROUP, SERVICE, Borrowed
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import FakeSsm

FLEET = Borrowed(GROUP, "asgImport", "cluster", {"MaxSize": 2}, "staging-1")
WORKERS = Borrowed(SERVICE, "RunJobs", "cluster", {"desiredCount": 0}, "staging-1")
OWN, SHARED = "/climate.ingest/staging/standing/group.asgImport", "/climate.ingest/standing/group.asgImport"


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


def test_what_it_was_is_found_again_services_first(ssm: FakeSsm) -> None:
    for each in (FLEET, WORKERS):
        standing.borrow(ssm.context(), "staging", each)
    assert standing.held(ssm.context(), "staging") == [WORKERS, FLEET]
    assert standing.find(ssm.context(), "staging", GROUP, "asgImport", "cluster") == FLEET
    assert standing.find(ssm.context(), "staging", SERVICE, "RunJobs", "another cluster") is None


def test_the_environments_own_memory_is_written_first_and_deleted_last(ssm: FakeSsm) -> None:
    standing.borrow(ssm.context(), "staging", FLEET)
    standing.give_back(ssm.context(), "staging", FLEET)
    assert [each["Name"] for each in ssm.aws.sent("PutParameter")] == [OWN, SHARED]
    assert [each["Names"] for each in ssm.aws.sent("DeleteParameters")] == [[SHARED], [OWN]]
    assert ssm.parameters == {}


def test_borrowed_again_it_stays_what_it_was(ssm: FakeSsm) -> None:
    for _ in range(2):
        standing.borrow(ssm.context(), "staging", FLEET)
    assert standing.held(ssm.context(), "staging") == [FLEET]


def test_another_environment_is_named_and_leaves_nothing(ssm: FakeSsm) -> None:
    standing.borrow(ssm.context(), "staging", FLEET)
    kept = dict(ssm.parameters)
    with pytest.raises(Refused, match="ingest_fleet_group is 'asgImport', which the environment staging is using"):
        standing.borrow(ssm.context(), "production", FLEET)
    assert ssm.parameters == kept


def test_the_quicker_of_two_environments_gets_it(ssm: FakeSsm, monkeypatch: pytest.MonkeyPatch) -> None:
    standing.borrow(ssm.context(), "staging", FLEET)
    monkeypatch.setattr(standing, "check_free", lambda *_: None)
    with pytest.raises(Refused, match="environment staging"):
        standing.borrow(ssm.context(), "production", FLEET)
    assert standing.held(ssm.context(), "production") == []


def test_what_another_environment_has_by_now_is_only_forgotten(ssm: FakeSsm) -> None:
    ssm.parameters = {OWN: {}, SHARED: {"environment": "production"}}
    assert not standing.is_ours(ssm.context(), "staging", FLEET)
    standing.give_back(ssm.context(), "staging", FLEET)
    assert ssm.parameters == {SHARED: {"environment": "production"}}


def test_a_second_group_is_refused_until_the_first_is_given_back(ssm: FakeSsm) -> None:
    standing.borrow(ssm.context(), "staging", FLEET)
    with pytest.raises(
        Refused,
        match=r"group asgImport of an earlier run is not given back\. Run this first:\n.*teardown",
    ):
        standing.borrow(ssm.context(), "staging", replace(FLEET, name="asgOther"))


def test_what_no_parameter_holds_is_refused(ssm: FakeSsm) -> None:
    with pytest.raises(Refused, match="holds 4096"):
        standing.borrow(ssm.context(), "staging", replace(FLEET, original={"x": "y" * 4096}))
    assert ssm.parameters == {}


def test_a_preview_remembers_and_writes_nothing(ssm: FakeSsm) -> None:
    context = ssm.context(check_mode=True)
    standing.borrow(context, "staging", FLEET)
    assert standing.held(context, "staging") == [FLEET]
    standing.give_back(context, "staging", FLEET)
    assert standing.held(context, "staging") == []
    assert ssm.aws.changes() == []


@pytest.mark.parametrize("name", ["my group/one", "my group:one"])
def test_names_that_ssm_does_not_take_stay_different(name: str) -> None:
    made = standing.key(GROUP, name, "cluster")
    assert made.startswith("group.my-group-one.")
    assert made != standing.key(GROUP, "my group-one", "cluster")
