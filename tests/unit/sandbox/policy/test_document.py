"""Policy documents: read, refused, and evaluated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.policy import document
from sandbox.policy.conditions import MalformedPolicy
from sandbox.policy.document import ALLOWED, EXPLICIT, IMPLICIT, Decision, Policy

TASK = "arn:aws:ecs:us-east-1:123456789012:task-definition/a:1"


def policy(*statements: dict[str, Any]) -> Policy:
    return document.read({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    defaults = {} if {"NotAction"} & set(elements) else {"Action": "ecs:RunTask"}
    defaults |= {} if {"NotResource"} & set(elements) else {"Resource": "*"}
    return {"Effect": effect, **defaults, **elements}


@pytest.mark.parametrize(
    ("statements", "effect"),
    [
        ([], IMPLICIT),
        ([statement()], ALLOWED),
        ([statement(Action="ECS:run*")], ALLOWED),
        ([statement(Action=["ecs:StopTask", "ecs:RunTask"])], ALLOWED),
        ([statement(Action="ecs:StopTask")], IMPLICIT),
        ([statement(NotAction="ecs:StopTask")], ALLOWED),
        ([statement(NotAction="ecs:*")], IMPLICIT),
        ([statement(Resource="arn:aws:ecs:*:*:task-definition/a:*")], ALLOWED),
        ([statement(Resource="arn:aws:ecs:*:*:task-definition/b:*")], IMPLICIT),
        ([statement(NotResource="arn:aws:ecs:*:*:task-definition/a:*")], IMPLICIT),
        ([statement(), statement("Deny")], EXPLICIT),
        ([statement("Deny"), statement()], EXPLICIT),
        ([statement("Deny", Condition={"StringEquals": {"k": "other"}}), statement()], ALLOWED),
        ([statement(Condition={"StringEquals": {"k": "v", "l": "w"}})], ALLOWED),
        ([statement(Condition={"StringEquals": {"k": "v", "l": "x"}})], IMPLICIT),
    ],
)
def test_a_deny_wins_and_what_nothing_allows_is_denied(statements: list[dict[str, Any]], effect: str) -> None:
    known = {"k": ["v"], "l": ["w"]}
    assert policy(*statements).decide("ecs:RunTask", TASK, known).effect == effect


def test_an_action_without_resources_is_allowed_by_a_star_only() -> None:
    narrow, wide = policy(statement(Resource="arn:aws:ecs:*:*:*")), policy(statement())
    assert (narrow.decide("ecs:RunTask", "*", {}).effect, wide.decide("ecs:RunTask", "*", {}).effect) == (
        IMPLICIT,
        ALLOWED,
    )


def test_keys_that_are_missing_are_named() -> None:
    limited = policy(statement(Condition={"StringEquals": {"aws:ResourceTag/x": "1", "k": "v"}}))
    assert limited.decide("ecs:RunTask", TASK, {"k": ["v"]}) == Decision(IMPLICIT, ("aws:resourcetag/x",))


def test_what_is_denied_beside_a_policy_is_denied() -> None:
    both = Policy(policy(statement()).statements, ("ecs:RunTask",))
    assert both.decide("ecs:RunTask", TASK, {}).effect == EXPLICIT


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "has the members Version and Statement"),
        ({"Version": "2020-01-01", "Statement": []}, "Version is '2020-01-01'"),
        ({"Statement": [3]}, "statement 1: it is an object"),
        ({"Statement": statement(Principal="*")}, "no element Principal"),
        ({"Statement": statement("allow", Sid="S")}, r"statement 1 \(S\): Effect is Allow or Deny"),
        ({"Statement": {"Effect": "Allow", "Action": "*"}}, "it has Resource or NotResource"),
        ({"Statement": statement(NotAction="*") | {"Action": "*"}}, "it has Action or NotAction"),
        ({"Statement": statement(Action="RunTask")}, "RunTask is no action"),
        ({"Statement": statement(Action=[])}, "Action is a text or a list of texts"),
        ({"Statement": statement(Resource="task/*")}, r"task/\* is no resource"),
        ({"Statement": statement(Resource=["arn:aws:s3:::" + "x" * 6144])}, "IAM takes 6144 in a managed policy"),
    ],
)
def test_what_iam_would_refuse_is_refused(given: Any, says: str) -> None:
    with pytest.raises(MalformedPolicy, match=says):
        document.read(given)


def test_a_policy_is_read_from_json_or_out_of_markdown(tmp_path: Path) -> None:
    wanted = {"Version": "2012-10-17", "Statement": [statement()]}
    (tmp_path / "policy.json").write_text(json.dumps(wanted))
    (tmp_path / "policy.md").write_text(f"# Policy\n\n```json\n{json.dumps(wanted)}\n```\n\n```json\n{{}}\n```\n")
    assert document.load(tmp_path / "policy.json") == document.load(tmp_path / "policy.md") == wanted
    (tmp_path / "text.md").write_text("nothing")
    with pytest.raises(ValueError, match="Expecting value"):
        document.load(tmp_path / "text.md")


def test_the_documented_policy_is_one() -> None:
    assert document.load(document.DOCUMENTED)["Statement"]
