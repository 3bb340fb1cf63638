"""The cluster query language."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sandbox.ecs.model.expressions import InvalidExpression, parse

VALUES: dict[str, Sequence[str]] = {
    "attribute:ecs.instance-type": ["m4.2xlarge"],
    "attribute:ecs.availability-zone": ["us-east-1a"],
    "attribute:flag": [""],
    "task:group": ["service:web", "family:job"],
    "ec2InstanceId": ["i-1"],
    "runningTasksCount": ["12"],
    "registeredAt": ["2026-03-01T00:00:00+00:00"],
    "agentConnected": ["true"],
}


class Instance:
    def query(self, subject: str) -> Sequence[str]:
        return VALUES.get(subject, [])


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("attribute:ecs.instance-type == m4.2xlarge", True),
        ("attribute:ecs.instance-type==m4.2xlarge", True),
        ("attribute:ecs.instance-type equals t2.large", False),
        ("attribute:ecs.instance-type != t2.large", True),
        ("attribute:ecs.instance-type not_equals m4.2xlarge", False),
        ("attribute:ecs.instance-type in [t2.large, m4.2xlarge]", True),
        ("attribute:ecs.instance-type in [t2.large,m5.large]", False),
        ("attribute:ecs.instance-type not_in [t2.large]", True),
        ("attribute:ecs.instance-type !in [m4.2xlarge]", False),
        ("attribute:ecs.instance-type =~ m4.*", True),
        ("attribute:ecs.instance-type =~ m4", False),
        ("attribute:ecs.instance-type matches '(m4|m5).*'", True),
        ("attribute:ecs.instance-type !~ t2.*", True),
        ('attribute:ecs.instance-type == "m4.2xlarge"', True),
        ("attribute:flag exists", True),
        ("attribute:other exists", False),
        ("attribute:other !exists", True),
        ("attribute:flag not_exists", False),
        ("attribute:other == x", False),
        ("attribute:other != x", True),
        ("task:group == service:web", True),
        ("not(task:group == service:web)", False),
        ("!(task:group == database)", True),
        ("runningTasksCount > 9", True),
        ("runningTasksCount <= 9", False),
        ("runningTasksCount greater_than_equal 12", True),
        ("runningTasksCount < 13", True),
        ("registeredAt >= 2026-02-18T22:28:28+00:00", True),
        ("registeredAt < 2026-02-18", False),
        ("agentConnected == true && ec2InstanceId == i-1", True),
        ("agentConnected == true and ec2InstanceId == i-2", False),
        ("ec2InstanceId == i-2 or ec2InstanceId == i-1", True),
        ("ec2InstanceId == i-1 || ec2InstanceId == i-1 && agentConnected == false", True),
        ("(ec2InstanceId == i-1 || ec2InstanceId == i-1) && agentConnected == false", False),
        (
            "attribute:ecs.availability-zone in [us-east-1a, us-east-1b] and not attribute:ecs.instance-type =~ t2.*",
            True,
        ),
    ],
)
def test_an_expression_selects(expression: str, selected: bool) -> None:
    assert parse(expression)(Instance()) is selected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "attribute:x",
        "attribute:x ==",
        "attribute:x = y",
        "instanceType == y",
        "attribute:x == y and",
        "(attribute:x == y",
        "attribute:x == y)",
        "attribute:x in y",
        "attribute:x in []",
        "attribute:x in [y z]",
        "attribute:x in [y,]",
        "attribute:x == y z",
        "attribute:x =~ '(['",
        "attribute:x == 'y",
        "== y",
    ],
)
def test_what_is_not_an_expression_is_refused(expression: str) -> None:
    with pytest.raises(InvalidExpression):
        parse(expression)
