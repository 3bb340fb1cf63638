"""SSM parameters of an environment: documents by name, with a conditional put."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.record import store
from tests.fakes.aws import FakeAws, Lost, Refusal, cut
from tests.fakes.ssm import FakeSsm


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


def test_a_document_is_read_as_it_was_written(ssm: FakeSsm) -> None:
    name = store.name_of("staging", "steps", "cities")
    store.write(ssm.context(), name, {"note": "\N{SNOWMAN}"})
    assert name == "/climate.ingest/staging/steps/cities"
    assert store.read(ssm.context(), [name, "/missing"]) == {name: {"note": "\N{SNOWMAN}"}}
    assert store.read_below(ssm.context(), "/climate.ingest/staging/steps") == {"cities": {"note": "\N{SNOWMAN}"}}


def test_what_is_kept_is_printable(ssm: FakeSsm) -> None:
    name = store.name_of("staging", "run")
    store.write(ssm.context(), name, {"log": ["\x1b[31mred\x1b[0m", "half \ud83d"], "note": "a\u202eb"})
    assert ssm.parameters[name] == {"log": ["red", "half \ufffd"], "note": "ab"}
    assert store.size({"note": "\x1b[31m" * 100}) == store.size({"note": ""})


def test_many_are_read_and_deleted_in_batches(ssm: FakeSsm) -> None:
    names = [store.name_of("staging", "steps", str(number)) for number in range(23)]
    for name in names:
        store.write(ssm.context(), name, {"name": name})
    assert list(store.read(ssm.context(), names)) == names
    store.delete(ssm.context(), names)
    assert (ssm.aws.count("GetParameters"), ssm.aws.count("DeleteParameters"), ssm.parameters) == (3, 3, {})


def test_of_two_that_create_one_is_told_that_it_was_later(ssm: FakeSsm) -> None:
    assert store.create(ssm.context(), "/a", {"by": 1})
    assert not store.create(ssm.context(), "/a", {"by": 2})
    assert ssm.parameters["/a"] == {"by": 1}


def test_another_error_is_no_lost_race(ssm: FakeSsm) -> None:
    ssm.aws.on("PutParameter", Refusal("AccessDeniedException"))
    with pytest.raises(ClientError):
        store.create(ssm.context(), "/a", {})


def test_a_document_that_would_cost_money_is_a_mistake_of_the_caller(ssm: FakeSsm) -> None:
    store.write(ssm.context(), "/a", {"run": "staging-1", "text": "x" * store.LARGEST, "list": [*range(9)]})
    assert ssm.parameters["/a"]["text"].endswith("x...")
    assert (ssm.parameters["/a"]["run"], ssm.parameters["/a"]["list"]) == ("staging-1", [*range(9)])
    assert store.size({"a": "\N{SNOWMAN}"}) == len('{"a":"\N{SNOWMAN}"}'.encode())


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 41, "\N{SNOWMAN}"])
def test_an_environment_that_cannot_be_part_of_a_name(name: str) -> None:
    with pytest.raises(InvalidInput, match="ingest_environment"):
        store.name_of(name, "run")


def test_a_creation_whose_answer_was_lost_is_no_lost_race(ssm: FakeSsm, aws: FakeAws) -> None:
    aws.on("PutParameter", Lost(cut(), ssm._put), ssm._put)
    assert store.create(ssm.context(), "/climate.ingest/staging/lock/1", {"holder": "alice"})
    assert not store.create(ssm.context(), "/climate.ingest/staging/lock/1", {"holder": "bob"})
