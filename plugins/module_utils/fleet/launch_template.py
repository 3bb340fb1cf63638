# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The launch template of a spot fleet: read, ensured, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.aws import ClientError, error_code, tag_dict, tag_list
from ..core.context import Context
from .launch_source import trim


@dataclass(frozen=True)
class Template:
    """A launch template with the data of its newest version (without what EC2 adds to it)."""

    id: str
    name: str
    version: str
    data: dict[str, Any]
    tags: dict[str, str]


def read(context: Context, name: str) -> Template | None:
    """Read a launch template by its name."""
    ec2 = context.client("ec2")
    try:
        found = ec2.describe_launch_templates(LaunchTemplateNames=[name])["LaunchTemplates"]
    except ClientError as error:
        if "NotFound" not in error_code(error):
            raise
        return None
    if not found:
        return None
    template = found[0]
    newest = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"])
    version = newest["LaunchTemplateVersions"][0]
    data = trim(version["LaunchTemplateData"], ec2.meta.service_model.shape_for("RequestLaunchTemplateData"))
    return Template(
        id=template["LaunchTemplateId"],
        name=name,
        version=str(version["VersionNumber"]),
        data=data,
        tags=tag_dict(template.get("Tags")),
    )


def same(data: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Compare two templates' data; the tags of what they launch name the run, which may be another one."""
    return _comparable(data) == _comparable(other)


def _comparable(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "TagSpecifications" and value not in ("", None, [], {})}


def ensure(
    context: Context, name: str, data: dict[str, Any], tags: dict[str, str], existing: Template | None
) -> tuple[str, str]:
    """Create the template, or a new version where the data differs; give its id and the version to launch."""
    if existing is None:
        return _create(context, name, data, tags), "1"
    if same(existing.data, data):
        return existing.id, existing.version
    return existing.id, _add_version(context, existing, data)


def _create(context: Context, name: str, data: dict[str, Any], tags: dict[str, str]) -> str:
    def created() -> dict[str, Any] | None:
        found = read(context, name)
        is_ours = found is not None and found.tags == tags and same(found.data, data)
        return {"LaunchTemplate": {"LaunchTemplateId": found.id}} if found and is_ours else None

    answer = (
        context.client("ec2")
        .unless(created)
        .create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData=data,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tag_list(tags)}],
            ClientToken=uuid.uuid4().hex,
        )
    )
    return str(answer["LaunchTemplate"]["LaunchTemplateId"])


def _add_version(context: Context, existing: Template, data: dict[str, Any]) -> str:
    def added() -> dict[str, Any] | None:
        found = read(context, existing.name)
        is_new = found is not None and found.version != existing.version and same(found.data, data)
        return {"LaunchTemplateVersion": {"VersionNumber": found.version}} if found and is_new else None

    ec2 = context.client("ec2").unless(added)
    answer = ec2.create_launch_template_version(
        LaunchTemplateId=existing.id, LaunchTemplateData=data, ClientToken=uuid.uuid4().hex
    )
    return str(answer["LaunchTemplateVersion"]["VersionNumber"])


def delete(context: Context, template: Template) -> None:
    """Delete the template with all its versions; one already deleted is fine."""
    try:
        context.client("ec2").delete_launch_template(LaunchTemplateId=template.id)
    except ClientError as error:
        if "NotFound" not in error_code(error):
            raise
