"""One controller at a time in an environment."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.holder import of_process
from ansible_collections.climate.ingest.plugins.module_utils.record import lock
from ansible_collections.climate.ingest.plugins.module_utils.record.lock import OPERATION
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import ALICE, BOB, FakeSsm

CLAIM = "/climate.ingest/staging/claim/"
LIFETIME = lock.LIFETIME.total_seconds()


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


def test_a_free_environment_is_claimed(ssm: FakeSsm) -> None:
    lock.take(ssm.context(), "staging")
    assert ssm.parameters[CLAIM + "1"]["holder"]["user"] == "alice"


def test_a_claimed_one_is_refused_with_who_where_since_and_how_to_take_over(ssm: FakeSsm) -> None:
    lock.take(ssm.context(ALICE), "staging")
    with pytest.raises(Refused) as caught:
        lock.take(ssm.context(BOB), "staging")
    for part in ("alice@laptop (process 4711)", "since 2026-03-01T10:00:00", "10:15:00", "ingest_take_over=1"):
        assert part in caught.value.message


def test_environments_do_not_get_into_each_others_way(ssm: FakeSsm) -> None:
    lock.take(ssm.context(ALICE), "staging")
    lock.take(ssm.context(BOB), "production")


def test_claiming_twice_is_fine(ssm: FakeSsm) -> None:
    lock.take(ssm.context(), "staging")
    lock.take(ssm.context(), "staging")
    assert list(ssm.parameters) == [CLAIM + "1"]


def test_a_claim_given_back_is_free_and_its_number_is_not_used_again(ssm: FakeSsm) -> None:
    lock.take(ssm.context(ALICE), "staging")
    lock.release(ssm.context(ALICE), "staging")
    lock.take(ssm.context(BOB), "staging")
    assert list(ssm.parameters) == [CLAIM + "2"]


def test_another_controllers_claim_is_not_given_back(ssm: FakeSsm) -> None:
    lock.take(ssm.context(ALICE), "staging")
    assert not lock.release(ssm.context(BOB), "staging")
    assert "released" not in str(ssm.parameters) or not ssm.parameters[CLAIM + "1"]["released"]


def test_a_dead_holders_claim_ends_by_itself(ssm: FakeSsm) -> None:
    lock.take(ssm.context(ALICE), "staging")
    ssm.aws.now = LIFETIME - 1
    with pytest.raises(Refused):
        lock.take(ssm.context(BOB), "staging")
    ssm.aws.now = LIFETIME
    lock.take(ssm.context(BOB), "staging")


def test_a_holder_that_works_keeps_its_claim(ssm: FakeSsm) -> None:
    lock.take(ssm.context(ALICE), "staging")
    for _minute in range(60):
        ssm.aws.now += 60
        lock.guard(ssm.context(ALICE), "staging", needed=True)
    with pytest.raises(Refused):
        lock.take(ssm.context(BOB), "staging")


def test_a_claim_is_renewed_once_a_minute_only(ssm: FakeSsm) -> None:
    lock.take(ssm.context(), "staging")
    for _second in range(119):
        ssm.aws.now += 1
        lock.guard(ssm.context(), "staging", needed=True)
    assert ssm.aws.count("PutParameter") == 2


def test_a_claim_is_taken_over_by_its_number(ssm: FakeSsm) -> None:
    lock.take(ssm.context(ALICE), "staging")
    with pytest.raises(Refused):
        lock.take(ssm.context(BOB), "staging", take_over="2")
    lock.take(ssm.context(BOB), "staging", take_over="1")
    with pytest.raises(Refused, match="bob@desk"):
        lock.guard(ssm.context(ALICE), "staging", needed=True)


def test_of_two_in_the_same_moment_one_wins(ssm: FakeSsm) -> None:
    """Bob claims between Alice's look and her put."""
    put = ssm._put
    bob = {"taken": False}

    def quicker(params: dict[str, object]) -> dict[str, object]:
        if not bob["taken"]:
            bob["taken"] = True
            lock.take(ssm.context(BOB), "staging")
        return put(params)

    ssm.aws.on("PutParameter", quicker)
    with pytest.raises(Refused, match="bob@desk"):
        lock.take(ssm.context(ALICE), "staging")
    lock.guard(ssm.context(BOB), "staging", needed=True)


def test_a_late_claim_of_a_number_given_before_does_not_count(ssm: FakeSsm) -> None:
    """Alice saw no claim, and since then claim 1 was made, ended, and was removed by claim 2."""
    put = ssm._put

    def late(params: dict[str, object]) -> dict[str, object]:
        ssm.aws.on("PutParameter", put)
        lock.take(ssm.context(BOB), "staging")
        lock.release(ssm.context(BOB), "staging")
        lock.take(ssm.context(BOB), "staging")
        return put(params)

    ssm.aws.on("PutParameter", late)
    with pytest.raises(Refused, match="bob@desk"):
        lock.take(ssm.context(ALICE), "staging")
    assert list(ssm.parameters) == [CLAIM + "2"]


def test_an_open_run_needs_the_claim(ssm: FakeSsm) -> None:
    lock.guard(ssm.context(), "staging", needed=False)
    with pytest.raises(Refused, match="not claimed it"):
        lock.guard(ssm.context(), "staging", needed=True)


def test_a_process_that_ended_on_this_machine_holds_nothing(ssm: FakeSsm) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = of_process(child.pid)
    lock.take(ssm.context(holder), "staging")
    with pytest.raises(Refused):
        lock.take(ssm.context(BOB), "staging")
    child.communicate(b"\n")
    lock.take(ssm.context(BOB), "staging")


def test_a_later_process_of_the_same_id_is_another(ssm: FakeSsm) -> None:
    before = replace(of_process(os.getpid()), started="1")
    assert before.is_gone()
    assert not of_process(os.getpid()).is_gone()
    assert not replace(before, place="another machine").is_gone()


def test_a_preview_takes_nothing(ssm: FakeSsm) -> None:
    context = ssm.context(check_mode=True)
    params = {"state": "present", "environment": "staging", "take_over": None}
    assert not OPERATION.run(context, params).changed
    assert ssm.aws.changes() == []
    lock.take(ssm.context(BOB), "staging")
    with pytest.raises(Refused):
        OPERATION.run(context, params)


def test_a_name_that_cannot_be_a_parameters_is_refused(ssm: FakeSsm) -> None:
    with pytest.raises(InvalidInput, match="ingest_environment is 'my env'"):
        OPERATION.run(ssm.context(), {"state": "present", "environment": "my env", "take_over": None})


def test_what_is_kept_of_a_holder_names_no_secret(ssm: FakeSsm) -> None:
    lock.take(ssm.context(), "staging")
    assert ssm.parameters[CLAIM + "1"]["holder"] == asdict(ALICE)
