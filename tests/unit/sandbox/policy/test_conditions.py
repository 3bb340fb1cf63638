"""Conditions of a policy, as IAM's user guide has them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.policy.conditions import MalformedPolicy, arn_matches, matches, read

GROUP = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/"


@pytest.mark.parametrize(
    ("pattern", "text", "same"),
    [
        ("ecs:*", "ecs:RunTask", True),
        ("ecs:Run????", "ecs:RunTask", True),
        ("ecs:Run???", "ecs:RunTask", False),
        ("a.c", "abc", False),
        ("a[b]c", "a[b]c", True),
        ("*", "a\nb", True),
    ],
)
def test_only_stars_and_question_marks_are_special(pattern: str, text: str, same: bool) -> None:
    assert matches(pattern, text) is same


@pytest.mark.parametrize(
    ("pattern", "arn", "same"),
    [
        ("*", "arn:aws:ecs:us-east-1:1:cluster/a", True),
        ("*", "*", True),
        ("arn:aws:ecs:*:*:cluster/*", "*", False),
        ("arn:aws:ecs:*:cluster/a", "arn:aws:ecs:us-east-1:1:cluster/a", False),
        ("arn:aws:ecs", "arn:aws:ecs:us-east-1:1:cluster/a", True),
        ("arn:aws:ecs:*:*:cluster/A", "arn:aws:ecs:us-east-1:1:cluster/a", False),
        ("arn:aws:logs:*:*:log-group:a", "arn:aws:logs:r:1:log-group:a:log-stream:", False),
        ("arn:aws:logs:*:*:log-group:a:*", "arn:aws:logs:r:1:log-group:a:log-stream:", True),
        (f"{GROUP}ingest-*", f"{GROUP}ingest-staging-spot", True),
    ],
)
def test_arns_match_field_by_field(pattern: str, arn: str, same: bool) -> None:
    assert arn_matches(pattern, arn) is same


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"StringEquals": {"aws:RequestTag/Env": "a"}}, {"aws:requesttag/env": ["a"]}, True),
        ({"StringEquals": {"k": ["a", "b"]}}, {"k": ["b"]}, True),
        ({"StringEquals": {"k": "a"}}, {}, False),
        ({"StringEqualsIfExists": {"k": "a"}}, {}, True),
        ({"StringNotEquals": {"k": "a"}}, {}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": ["b"]}, False),
        ({"StringEqualsIgnoreCase": {"k": "A"}}, {"k": ["a"]}, True),
        ({"StringLike": {"k": "a*"}}, {"k": ["abc"]}, True),
        ({"StringNotLike": {"k": "a*"}}, {"k": ["abc"]}, False),
        ({"ArnLike": {"k": "arn:aws:ecs:*:*:cluster/a"}}, {"k": ["arn:aws:ecs:r:1:cluster/a"]}, True),
        ({"Bool": {"k": "true"}}, {"k": ["true"]}, True),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": "false"}}, {}, False),
        ({"ForAllValues:StringLike": {"k": "a*"}}, {"k": ["a", "ab"]}, True),
        ({"ForAllValues:StringLike": {"k": "a*"}}, {"k": ["a", "b"]}, False),
        ({"ForAllValues:StringLike": {"k": "a*"}}, {}, True),
        ({"ForAnyValue:StringLike": {"k": "a*"}}, {"k": ["a", "b"]}, True),
        ({"ForAnyValue:StringNotLike": {"k": "a*"}}, {}, False),
    ],
)
def test_operators(condition: Any, context: dict[str, list[str]], holds: bool) -> None:
    assert all(each.holds(context) for each in read(condition)) is holds


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ([], "Condition is an object"),
        ({"DateLessThan": {"k": "x"}}, "does not know the condition operator DateLessThan"),
        ({"StringEquals": "x"}, "StringEquals is an object of condition keys"),
        ({"StringEquals": {"k": 3}}, "StringEquals k is a text or a list of texts"),
        ({"StringEquals": {"k": "${aws:username}"}}, "policy variables"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(condition: Any, says: str) -> None:
    with pytest.raises(MalformedPolicy, match=says):
        read(condition)
