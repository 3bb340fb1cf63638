"""The launch template of a fleet: read, brought to the desired data, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.fleet import launch_template
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_template import Template
from tests.fakes.aws import FakeAws, Refusal

DATA: dict[str, Any] = {"ImageId": "ami-1", "KeyName": "operators"}
EXISTING = Template("lt-1", "fleet", "3", DATA, {})


def test_a_template_is_read_with_its_newest_version_as_a_request_takes_it(aws: FakeAws) -> None:
    described = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "fleet", "Tags": [{"Key": "a", "Value": "b"}]}
    data = {**DATA, "MetadataOptions": {"State": "applied", "HttpTokens": "required"}}
    aws.on("DescribeLaunchTemplates", {"LaunchTemplates": [described]})
    aws.on(
        "DescribeLaunchTemplateVersions",
        {"LaunchTemplateVersions": [{"VersionNumber": 3, "LaunchTemplateData": data}]},
    )
    assert launch_template.read(aws.context(), "fleet") == Template(
        "lt-1", "fleet", "3", {**DATA, "MetadataOptions": {"HttpTokens": "required"}}, {"a": "b"}
    )
    assert aws.sent("DescribeLaunchTemplateVersions") == [{"LaunchTemplateId": "lt-1", "Versions": ["$Latest"]}]


@pytest.mark.parametrize("answer", [{"LaunchTemplates": []}, Refusal("InvalidLaunchTemplateName.NotFoundException")])
def test_a_missing_template_is_none(aws: FakeAws, answer: Any) -> None:
    aws.on("DescribeLaunchTemplates", answer)
    assert launch_template.read(aws.context(), "fleet") is None


def test_a_template_that_may_not_be_read_is_an_error(aws: FakeAws) -> None:
    aws.on("DescribeLaunchTemplates", Refusal("UnauthorizedOperation"))
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        launch_template.read(aws.context(), "fleet")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (DATA, True),
        ({**DATA, "TagSpecifications": [{"ResourceType": "instance"}]}, True),
        ({**DATA, "KernelId": "", "SecurityGroups": [], "Monitoring": {}, "EbsOptimized": None}, True),
        ({**DATA, "KeyName": "others"}, False),
        ({"ImageId": "ami-1"}, False),
        ({**DATA, "EbsOptimized": False}, False),
    ],
)
def test_data_are_the_same_whoever_they_tag_and_whatever_is_empty(other: dict[str, Any], expected: bool) -> None:
    assert launch_template.same(DATA, other) is expected


def test_a_missing_template_is_created_with_tags(aws: FakeAws) -> None:
    aws.on("CreateLaunchTemplate", {"LaunchTemplate": {"LaunchTemplateId": "lt-9"}})
    assert launch_template.ensure(aws.context(), "fleet", DATA, {"run": "r1"}, None) == ("lt-9", "1")
    (created,) = aws.sent("CreateLaunchTemplate")
    assert created["TagSpecifications"] == [
        {"ResourceType": "launch-template", "Tags": [{"Key": "run", "Value": "r1"}]}
    ]


def test_a_template_with_these_data_is_used_as_it_is(aws: FakeAws) -> None:
    assert launch_template.ensure(aws.context(), "fleet", DATA, {}, EXISTING) == ("lt-1", "3")
    assert aws.calls == []


def test_other_data_are_a_new_version(aws: FakeAws) -> None:
    aws.on("CreateLaunchTemplateVersion", {"LaunchTemplateVersion": {"VersionNumber": 4}})
    data = {**DATA, "KeyName": "others"}
    assert launch_template.ensure(aws.context(), "fleet", data, {}, EXISTING) == ("lt-1", "4")
    (sent,) = aws.sent("CreateLaunchTemplateVersion")
    assert (sent["LaunchTemplateId"], sent["LaunchTemplateData"]) == ("lt-1", data)


@pytest.mark.parametrize("answer", [{}, Refusal("InvalidLaunchTemplateId.NotFound")])
def test_a_template_is_deleted_or_was_already(aws: FakeAws, answer: Any) -> None:
    aws.on("DeleteLaunchTemplate", answer)
    launch_template.delete(aws.context(), EXISTING)
    assert aws.sent("DeleteLaunchTemplate") == [{"LaunchTemplateId": "lt-1"}]


def test_a_template_that_may_not_be_deleted_is_an_error(aws: FakeAws) -> None:
    aws.on("DeleteLaunchTemplate", Refusal("UnauthorizedOperation"))
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        launch_template.delete(aws.context(), EXISTING)
