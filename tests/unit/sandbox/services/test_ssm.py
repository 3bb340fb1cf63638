"""SSM's parameters, as far as a record kept in them relies on AWS."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.ssm import models

Client = Callable[..., Any]


@pytest.fixture
def ssm(client: Client) -> Any:
    return client("ssm", config=Config(max_pool_connections=16, retries={"total_max_attempts": 1}))


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    """A path of the test's own."""
    return f"/climate.ingest/{request.node.name.partition('[')[0]}"


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let others run between moto's look for a parameter and its making of one."""
    utcnow = models.utcnow
    monkeypatch.setattr(models, "utcnow", lambda: (time.sleep(0.002), utcnow())[1])


def put(ssm: Any, name: str, value: str = "v", **more: Any) -> int:
    return int(ssm.put_parameter(Name=name, Value=value, Type="String", **more)["Version"])


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_a_name_is_taken_once(ssm: Any, path: str) -> None:
    assert put(ssm, path) == 1
    assert refusal(lambda: put(ssm, path, "other")) == "ParameterAlreadyExists"
    assert put(ssm, path, "other", Overwrite=True) == 2
    ssm.delete_parameter(Name=path)
    assert put(ssm, path) == 1
    ssm.delete_parameters(Names=[path])
    assert refusal(lambda: ssm.get_parameter(Name=path)) == "ParameterNotFound"


def test_of_many_who_take_a_name_at_once_one_gets_it(ssm: Any, path: str, slowly: None) -> None:
    def take(name: str, who: int) -> str:
        try:
            put(ssm, name, str(who))
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return str(who)

    with ThreadPoolExecutor(16) as pool:
        for name in (f"{path}/{number}" for number in range(10)):
            outcomes = Counter(pool.map(take, [name] * 16, range(16)))
            (winner,) = set(outcomes) - {"ParameterAlreadyExists"}
            assert outcomes["ParameterAlreadyExists"] == 15
            found = ssm.get_parameter(Name=name)["Parameter"]
            assert (found["Value"], found["Version"]) == (winner, 1)


def test_every_overwrite_is_a_version_of_its_own(ssm: Any, path: str, slowly: None) -> None:
    with ThreadPoolExecutor(16) as pool:
        versions = list(pool.map(lambda value: put(ssm, path, str(value), Overwrite=True), range(120)))
    assert sorted(versions) == list(range(1, 121))
    assert ssm.get_parameter(Name=path)["Parameter"]["Version"] == 120
    kept = [
        each for page in ssm.get_paginator("get_parameter_history").paginate(Name=path) for each in page["Parameters"]
    ]
    assert [each["Version"] for each in kept] == list(range(21, 121)), "the last hundred"


@pytest.mark.parametrize(("tier", "most"), [({}, 4096), ({"Tier": "Advanced"}, 8192)])
def test_the_largest_value(ssm: Any, path: str, tier: dict[str, str], most: int) -> None:
    name = f"{path}/{most}"
    assert put(ssm, name, "é" * (most // 2), **tier) == 1, "bytes are counted, not characters"
    assert refusal(lambda: put(ssm, name, "é" * (most // 2) + "e", Overwrite=True)) == "ValidationException"
    assert ssm.get_parameter(Name=name)["Parameter"]["Version"] == 1


@pytest.mark.parametrize("name", ["/a path", "/a//b", "a/b", "/a/", "/ä", "/p" * 16])
def test_names_that_are_refused(ssm: Any, name: str) -> None:
    assert refusal(lambda: put(ssm, name)) == "ValidationException"


def test_a_path_is_read_in_pages_of_ten(ssm: Any, path: str) -> None:
    names = {f"{path}/{number}/value" for number in range(23)}
    for name in names:
        put(ssm, name)
    put(ssm, f"{path}-other/value")
    pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True))
    assert [len(page["Parameters"]) for page in pages] == [10, 10, 3]
    assert {each["Name"] for page in pages for each in page["Parameters"]} == names
    more = {"Path": path, "Recursive": True, "MaxResults": 11}
    assert refusal(lambda: ssm.get_parameters_by_path(**more)) == "ValidationException"


def test_ten_are_read_by_name(ssm: Any, path: str) -> None:
    put(ssm, f"{path}/0")
    found = ssm.get_parameters(Names=[f"{path}/{number}" for number in range(10)])
    assert [each["Name"] for each in found["Parameters"]] == [f"{path}/0"]
    assert len(found["InvalidParameters"]) == 9
    eleven = [f"{path}/{number}" for number in range(11)]
    assert refusal(lambda: ssm.get_parameters(Names=eleven)) == "ValidationException"
