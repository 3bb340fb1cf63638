# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs of an environment left in the account, found by its tag, not by its name."""

from __future__ import annotations

from typing import Any

from ..core.aws import ClientError, batches, error_code, tag_dict
from ..core.context import Context
from ..core.errors import NotFound
from ..record import standing
from .definitions.revisions import ENVIRONMENT_TAG

SERVICES_BATCH, TASKS_BATCH = 10, 100  # DescribeServices, DescribeTasks
ALIVE = ["pending", "running", "stopping", "stopped"]
GROUP_TAG = "aws:autoscaling:groupName"  # set by EC2 Auto Scaling


def services(context: Context, cluster: str, environment: str) -> list[str]:
    """List the names of our services in a cluster.

    Raises:
        NotFound: there is no such cluster.
    """
    found = _services(context, cluster)
    return [each["serviceName"] for each in found if _is_ours(each.get("tags"), environment)]


def others(context: Context, cluster: str, environment: str) -> list[dict[str, Any]]:
    """Describe the services in a cluster that are not ours.

    Raises:
        NotFound: there is no such cluster.
    """
    return [each for each in _services(context, cluster) if not _is_ours(each.get("tags"), environment)]


def _services(context: Context, cluster: str) -> list[dict[str, Any]]:
    ecs = context.client("ecs")
    arns = _listed(context, cluster, "list_services", "serviceArns")
    return [
        service
        for batch in batches(arns, SERVICES_BATCH)
        for service in ecs.describe_services(cluster=cluster, services=list(batch), include=["TAGS"])["services"]
    ]


def tasks(context: Context, cluster: str, environment: str) -> list[dict[str, Any]]:
    """Describe our tasks that run in a cluster, stopping ones as well: workers and management commands.

    The workers of a service that is borrowed carry no tag of ours.

    Raises:
        NotFound: there is no such cluster.
    """
    ecs = context.client("ecs")
    states = ("RUNNING", "STOPPED")  # the desired state: a stopping task runs for up to half a minute
    arns = [arn for state in states for arn in _listed(context, cluster, "list_tasks", "taskArns", desiredStatus=state)]
    found = [
        task
        for batch in batches(arns, TASKS_BATCH)
        for task in ecs.describe_tasks(cluster=cluster, tasks=list(batch), include=["TAGS"])["tasks"]
    ]
    borrowed = {f"service:{name}" for name in standing.names(context, environment, standing.SERVICE)} if found else ()
    return [
        each
        for each in found
        if each["lastStatus"] != "STOPPED"
        and (_is_ours(each.get("tags"), environment) or each.get("group") in borrowed)
    ]


def named(task: dict[str, Any]) -> str:
    """Name a task for people: its service, or its command."""
    number = str(task["taskArn"]).rsplit("/", 1)[-1]
    overrides = task.get("overrides", {}).get("containerOverrides", [])
    command = next((each["command"][0] for each in overrides if each.get("command")), None)
    return f"{command or task.get('group', 'task')} ({number})"


def fleets(context: Context, environment: str) -> list[str]:
    """List the names of our Auto Scaling groups and launch templates; a group and its template share a name."""
    by_tag = [{"Name": f"tag:{ENVIRONMENT_TAG}", "Values": [environment]}]
    groups = context.client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate(Filters=by_tag)
    templates = context.client("ec2").get_paginator("describe_launch_templates").paginate(Filters=by_tag)
    names = [each["AutoScalingGroupName"] for page in groups for each in page["AutoScalingGroups"]]
    names += [each["LaunchTemplateName"] for page in templates for each in page["LaunchTemplates"]]
    return list(dict.fromkeys(names))


def orphans(context: Context, environment: str) -> list[str]:
    """List the ids of our instances that are in no group any more: nothing else would end them."""
    filters = [
        {"Name": f"tag:{ENVIRONMENT_TAG}", "Values": [environment]},
        {"Name": "instance-state-name", "Values": ALIVE},
    ]
    pages = context.client("ec2").get_paginator("describe_instances").paginate(Filters=filters)
    found = [each for page in pages for group in page["Reservations"] for each in group["Instances"]]
    return [each["InstanceId"] for each in found if GROUP_TAG not in tag_dict(each.get("Tags"))]


def _listed(context: Context, cluster: str, operation: str, key: str, **more: str) -> list[str]:
    try:
        pages = list(context.client("ecs").get_paginator(operation).paginate(cluster=cluster, **more))
    except ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
        raise NotFound(f"There is no ECS cluster {cluster}.") from error
    return [arn for page in pages for arn in page[key]]


def _is_ours(tags: Any, environment: str) -> bool:
    return tag_dict(tags).get(ENVIRONMENT_TAG) == environment
