"""One controller at a time in an environment."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.holder import of_process
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.lock import OPERATION
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import ALICE, BOB, FakeSsm

LOCK = "/climate.ingest/staging/lock/"
LEASE = lock.LEASE.total_seconds()


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


def test_a_free_environment_is_locked(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(), "staging")
    assert ssm.parameters[LOCK + "1"]["holder"]["user"] == "alice"


def test_a_claimed_one_is_refused_with_who_where_since_and_how_to_take_over(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    with pytest.raises(Refused) as caught:
        lock.acquire(ssm.context(BOB), "staging")
    for part in (
        "alice@laptop (process 4711)",
        "since 2026-03-01 10:00 UTC",
        "2026-03-01 10:15 UTC",
        "ingest_take_over=1",
    ):
        assert part in caught.value.message


def test_environments_do_not_get_into_each_others_way(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    lock.acquire(ssm.context(BOB), "production")


def test_locking_twice_is_fine(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(), "staging")
    lock.acquire(ssm.context(), "staging")
    assert list(ssm.parameters) == [LOCK + "1"]


def test_a_lock_that_was_released_is_free_and_its_number_is_not_used_again(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    lock.release(ssm.context(ALICE), "staging")
    lock.acquire(ssm.context(BOB), "staging")
    assert list(ssm.parameters) == [LOCK + "2"]


def test_another_controllers_lock_is_not_given_back(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    assert not lock.release(ssm.context(BOB), "staging")
    assert "released" not in str(ssm.parameters) or not ssm.parameters[LOCK + "1"]["released"]


def test_a_dead_holders_lock_ends_by_itself(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    ssm.aws.now = LEASE - 1
    with pytest.raises(Refused):
        lock.acquire(ssm.context(BOB), "staging")
    ssm.aws.now = LEASE
    lock.acquire(ssm.context(BOB), "staging")


def test_a_holder_that_works_keeps_its_lock(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    for _minute in range(60):
        ssm.aws.now += 60
        lock.ensure_held(ssm.context(ALICE), "staging", needed=True)
    with pytest.raises(Refused):
        lock.acquire(ssm.context(BOB), "staging")


def test_a_lock_is_renewed_once_a_minute_only(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(), "staging")
    for _second in range(119):
        ssm.aws.now += 1
        lock.ensure_held(ssm.context(), "staging", needed=True)
    assert ssm.aws.count("PutParameter") == 2


def test_a_lock_is_taken_over_by_its_number(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    with pytest.raises(Refused):
        lock.acquire(ssm.context(BOB), "staging", take_over="2")
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    with pytest.raises(Refused, match="bob@desk"):
        lock.ensure_held(ssm.context(ALICE), "staging", needed=True)


def test_of_two_in_the_same_moment_one_wins(ssm: FakeSsm) -> None:
    """Bob locks between Alice's look and her put."""
    put = ssm._put
    bob = {"taken": False}

    def quicker(params: dict[str, object]) -> dict[str, object]:
        if not bob["taken"]:
            bob["taken"] = True
            lock.acquire(ssm.context(BOB), "staging")
        return put(params)

    ssm.aws.on("PutParameter", quicker)
    with pytest.raises(Refused, match="bob@desk"):
        lock.acquire(ssm.context(ALICE), "staging")
    lock.ensure_held(ssm.context(BOB), "staging", needed=True)


def test_a_late_lock_of_a_number_given_before_does_not_count(ssm: FakeSsm) -> None:
    """Alice saw no lock, and since then lock 1 was made, ended, and was removed by lock 2."""
    put = ssm._put

    def late(params: dict[str, object]) -> dict[str, object]:
        ssm.aws.on("PutParameter", put)
        lock.acquire(ssm.context(BOB), "staging")
        lock.release(ssm.context(BOB), "staging")
        lock.acquire(ssm.context(BOB), "staging")
        return put(params)

    ssm.aws.on("PutParameter", late)
    with pytest.raises(Refused, match="bob@desk"):
        lock.acquire(ssm.context(ALICE), "staging")
    assert list(ssm.parameters) == [LOCK + "2"]


def test_an_open_run_needs_the_lock(ssm: FakeSsm) -> None:
    lock.ensure_held(ssm.context(), "staging", needed=False)
    with pytest.raises(Refused, match="not locked it"):
        lock.ensure_held(ssm.context(), "staging", needed=True)


def test_a_process_that_ended_on_this_machine_holds_nothing(ssm: FakeSsm) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = of_process(child.pid)
    lock.acquire(ssm.context(holder), "staging")
    with pytest.raises(Refused):
        lock.acquire(ssm.context(BOB), "staging")
    child.communicate(b"\n")
    lock.acquire(ssm.context(BOB), "staging")


def test_a_later_process_of_the_same_id_is_another(ssm: FakeSsm) -> None:
    before = replace(of_process(os.getpid()), started="1")
    assert before.has_ended()
    assert not of_process(os.getpid()).has_ended()
    assert not replace(before, place="another machine").has_ended()


def test_a_preview_takes_nothing(ssm: FakeSsm) -> None:
    context = ssm.context(check_mode=True)
    params = {"state": "present", "environment": "staging", "take_over": None}
    assert not OPERATION.run(context, params).changed
    assert ssm.aws.changes() == []
    lock.acquire(ssm.context(BOB), "staging")
    with pytest.raises(Refused):
        OPERATION.run(context, params)


def test_a_name_that_cannot_be_a_parameters_is_refused(ssm: FakeSsm) -> None:
    with pytest.raises(InvalidInput, match="ingest_environment is 'my env'"):
        OPERATION.run(ssm.context(), {"state": "present", "environment": "my env", "take_over": None})


def test_what_is_kept_of_a_holder_names_no_secret(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(), "staging")
    assert ssm.parameters[LOCK + "1"]["holder"] == asdict(ALICE)


def test_a_controller_that_has_the_lock_checks_it_in_one_call_at_most_every_five_seconds(ssm: FakeSsm) -> None:
    memo = Memo()
    lock.acquire(ssm.context(memo=memo), "staging")
    ssm.aws.calls.clear()
    for _second in range(12):
        lock.ensure_held(ssm.context(memo=memo), "staging", needed=True, trust_recent=True)
        ssm.aws.now += 1
    assert [name for name, _params in ssm.aws.calls] == ["GetParameters"] * 3
    assert ssm.aws.sent("GetParameters")[0]["Names"] == [LOCK + "1", LOCK + "2"]


def test_a_lock_taken_over_is_noticed_at_the_next_check(ssm: FakeSsm) -> None:
    memo = Memo()
    lock.acquire(ssm.context(ALICE, memo=memo), "staging")
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    with pytest.raises(Refused, match="bob@desk"):
        lock.ensure_held(ssm.context(ALICE, memo=memo), "staging", needed=True)


def test_a_lock_taken_over_twice_is_noticed_although_the_next_number_is_deleted(ssm: FakeSsm) -> None:
    memo = Memo()
    lock.acquire(ssm.context(ALICE, memo=memo), "staging")
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    lock.release(ssm.context(BOB), "staging")
    lock.acquire(ssm.context(BOB), "staging")
    assert list(ssm.parameters) == [LOCK + "3"]
    with pytest.raises(Refused, match="bob@desk"):
        lock.ensure_held(ssm.context(ALICE, memo=memo), "staging", needed=True)


def test_locks_of_controllers_that_died_as_they_locked_are_deleted_oldest_first(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    lock.release(ssm.context(ALICE), "staging")
    ssm.parameters[LOCK + "2"] = dict(ssm.parameters[LOCK + "1"])
    lock.acquire(ssm.context(BOB), "staging")
    assert [sent["Names"] for sent in ssm.aws.sent("DeleteParameters")] == [[LOCK + "1"], [LOCK + "2"]]
    assert list(ssm.parameters) == [LOCK + "3"]


def test_unless_a_recent_check_is_enough_the_lock_is_checked_each_time(ssm: FakeSsm) -> None:
    memo = Memo()
    lock.acquire(ssm.context(ALICE, memo=memo), "staging")
    lock.ensure_held(ssm.context(ALICE, memo=memo), "staging", needed=True, trust_recent=True)
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    with pytest.raises(Refused, match="bob@desk"):
        lock.ensure_held(ssm.context(ALICE, memo=memo), "staging", needed=True)


def test_with_a_lock_that_is_lost_what_was_read_under_it_is_forgotten(ssm: FakeSsm) -> None:
    memo = Memo()
    lock.acquire(ssm.context(ALICE, memo=memo), "staging")
    record.remember(ssm.context(ALICE, memo=memo), "staging")
    lock.ensure_held(ssm.context(ALICE, memo=memo), "staging", needed=True)
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    for trust in (False, True):  # a check that failed is not trusted afterwards either
        with pytest.raises(Refused, match="bob@desk"):
            lock.ensure_held(ssm.context(ALICE, memo=memo), "staging", needed=True, trust_recent=trust)
    ssm.aws.calls.clear()
    record.read(ssm.context(ALICE, memo=memo), "staging")
    assert ssm.aws.count("GetParameters") == 1
