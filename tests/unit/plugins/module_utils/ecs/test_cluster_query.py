"""The cluster query language, asked about instances that do not exist yet."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.ecs.cluster_query import holds

M4 = {"ecs.instance-type": "m4.2xlarge", "ecs.cpu-architecture": "x86_64"}
TYPE = "attribute:ecs.instance-type"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"{TYPE} == m4.2xlarge", True),
        (f"{TYPE} equals 'm4.2xlarge'", True),
        (f"{TYPE} == t2.large", False),
        (f"{TYPE} != t2.large", True),
        (f"{TYPE} =~ t2.*", False),
        (f"{TYPE} =~ m4.*", True),
        (f"{TYPE} =~ m4", False),
        (f"{TYPE} !~ t2.*", True),
        (f"{TYPE} in [t2.large, m4.2xlarge]", True),
        (f"{TYPE} not_in [t2.large, 'm4.2xlarge']", False),
        (f"{TYPE} exists", True),
        (f"{TYPE} !exists", False),
        (f"not({TYPE} == m4.2xlarge)", False),
        (f"!{TYPE} == m4.2xlarge", False),
        (f"{TYPE} =~ m4.* and attribute:ecs.cpu-architecture == arm64", False),
        (f"({TYPE} == t2.large or {TYPE} == m4.2xlarge) && attribute:ecs.cpu-architecture == x86_64", True),
        # what hangs on something that is not known
        ("attribute:stack == prod", None),
        ("attribute:stack not_exists", None),
        ("task:group == web", None),
        ("ec2InstanceId in ['i-1']", None),
        ("runningTasksCount < 1", None),
        (f"{TYPE} == t2.large and attribute:stack == prod", False),
        (f"{TYPE} == m4.2xlarge and attribute:stack == prod", None),
        (f"{TYPE} == m4.2xlarge or attribute:stack == prod", True),
        (f"{TYPE} == t2.large or attribute:stack == prod", None),
        # what ECS will judge
        ("", None),
        (f"{TYPE}", None),
        (f"{TYPE} ==", None),
        (f"{TYPE} in t2.large", None),
        (f"{TYPE} in [t2.large", None),
        (f"({TYPE} == t2.large", None),
        (f"{TYPE} == t2.large )", None),
        (f"{TYPE} =~ [", None),
        (f"{TYPE} = t2.large", None),
    ],
)
def test_an_expression_holds_or_not_or_it_is_not_known(expression: str, expected: bool | None) -> None:
    assert holds(expression, M4) is expected
