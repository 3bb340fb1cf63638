"""What checks gather, in the words of the operator's variables."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    InvalidInput,
    NotFound,
    Refused,
    Unreachable,
)
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings, reword, shown

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeClusters")
BUSY = ClientError({"Error": {"Code": "ServerException", "Message": "busy"}}, "DescribeClusters")


def fail(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("given", "text"),
    [("a", '"a"'), (True, "true"), (None, "null"), (["a"], '["a"]'), ("é", '"é"'), ("x" * 90, '"' + "x" * 76 + "...")],
)
def test_a_value_is_written_as_in_yaml(given: Any, text: str):
    assert shown(given) == text


def test_what_a_look_gives_is_given():
    findings = Findings()
    assert findings.attempt("ingest_cluster", "c", lambda: 5) == 5
    assert findings.problems == []


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (NotFound("There is no cluster c."), 'ingest_cluster is "c": There is no cluster c.'),
        (InvalidInput("ingest_cluster is 'c'; no."), "ingest_cluster is 'c'; no."),
        (InvalidInput("cluster is 'c'; no."), "ingest_cluster is 'c'; no."),
        (InvalidInput("disk_gb is 5; no."), 'ingest_cluster is "c": ingest_instance_disk_gb is 5; no.'),
    ],
)
def test_a_look_that_fails_names_the_variable(error: Exception, problem: str):
    findings = Findings()
    words = {"disk_gb": "ingest_instance_disk_gb"}
    assert findings.attempt("ingest_cluster", "c", lambda: fail(error), words) is None
    assert findings.problems == [problem]


def test_a_call_that_is_refused_names_the_permission_and_another_one_the_error():
    findings = Findings()
    findings.attempt("ingest_cluster", "c", lambda: fail(DENIED))
    findings.attempt("ingest_cluster", "c", lambda: fail(BUSY))
    assert "may not call DescribeClusters" in findings.problems[0] and "docs/permissions.md" in findings.problems[0]
    assert "ServerException" in findings.problems[1]


def test_that_aws_cannot_be_reached_is_no_fault_of_a_variable():
    findings = Findings()
    findings.attempt("ingest_cluster", "c", lambda: fail(Unreachable("AWS cannot be reached: for 30m 00s")))
    assert findings.problems == ["AWS cannot be reached: for 30m 00s"]


def test_the_same_problem_is_noted_once():
    findings, other = Findings(), Findings(problems=["a", "b"], warnings=["w"], facts={"f": 1}, seen={"s": 2})
    findings.problems = ["a"]
    findings.add(other)
    assert (findings.problems, findings.warnings, findings.facts, findings.seen) == (
        ["a", "b"],
        ["w"],
        {"f": 1},
        {"s": 2},
    )


def test_without_a_problem_nothing_is_refused():
    Findings(warnings=["w"]).refuse()


@pytest.mark.parametrize(
    ("findings", "message", "details"),
    [
        (Findings(problems=["a"]), "One problem stops this run before anything is changed.", {"problems": ["a"]}),
        (
            Findings(problems=["a", "b"], warnings=["w"]),
            "2 problems stop this run before anything is changed.",
            {"problems": ["a", "b"], "preflight_warnings": ["w"]},
        ),
    ],
)
def test_all_problems_are_refused_together(findings: Findings, message: str, details: dict[str, Any]):
    with pytest.raises(Refused) as caught:
        findings.refuse()
    assert (caught.value.message, caught.value.details) == (message, details)


def test_only_an_option_is_reworded_not_a_word_of_its_name():
    text = "source 'x': the source is 5, my-source is 6"
    assert reword(text, {"source": "V"}) == "V 'x': the V is 5, my-source is 6"
