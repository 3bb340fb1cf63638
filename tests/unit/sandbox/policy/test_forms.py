"""Requests of the query protocols, nested."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.policy.forms import nested


@pytest.mark.parametrize(
    ("form", "members"),
    [
        ({"A": "1", "cluster": {"x": 1}}, {"A": "1", "cluster": {"x": 1}}),
        ({"Names.member.2": "b", "Names.member.1": "a"}, {"Names": ["a", "b"]}),
        ({f"Id.{number}": str(number) for number in range(1, 12)}, {"Id": [str(number) for number in range(1, 12)]}),
        ({"Tags.Tag.1.Key": "k", "Tags.Tag.1.Value": "v"}, {"Tags": [{"Key": "k", "Value": "v"}]}),
        (
            {"TagSpecification.1.ResourceType": "instance", "TagSpecification.1.Tag.1.Key": "k"},
            {"TagSpecification": [{"ResourceType": "instance", "Tag": [{"Key": "k"}]}]},
        ),
        ({"Policy.LaunchTemplate.Version": "1"}, {"Policy": {"LaunchTemplate": {"Version": "1"}}}),
        ({"A": "1", "A.1": "2"}, {"A": "1"}),
    ],
)
def test_members_are_nested(form: dict[str, Any], members: dict[str, Any]) -> None:
    assert nested(form) == members
