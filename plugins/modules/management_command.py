#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: management_command
version_added: 0.1.0
short_description: Run a management command of a Django application on ECS
description:
  - Runs one ECS task whose container gets the command as an override, and waits for its end.
  - Fails unless the container ended with exit code 0, with what happened to it and the last 20 lines of its log.
  - The log appears while the command runs, if the log driver of the container is C(awslogs). Values of its
    environment variables that look like secrets by their name are masked in it.
notes:
  - The stock module M(community.aws.ecs_task) drops the failures C(RunTask) reports, waits ten minutes at most, never
    fails on an exit code, and knows neither logs nor placement constraints nor client tokens.
  - Not idempotent by itself. A command is run each time, unless it is a step of a run (O(step)) that is done, or
    O(client_token) names a task that was started before.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
seealso:
  - module: climate.ingest.task_definition
  - module: climate.ingest.verification
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.command
  - climate.ingest.launch
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Checks the command, the task definition, the container and the cluster.
  diff_mode:
    support: full
    description: Shows what is run.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Run migrations
  climate.ingest.management_command:
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    command: migrate

- name: An argument that holds a comma is quoted
  climate.ingest.management_command:
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    command: create_jobs,RCP85,"ACCESS1-0,CCSM4",all
    placement_constraints:
      - type: memberOf
        expression: attribute:ecs.instance-type != m4.2xlarge

- name: On Fargate
  climate.ingest.management_command:
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    command: [loaddata, scenarios]
    launch_type: FARGATE
    network_configuration:
      subnets: [subnet-0123456789abcdef0]
      security_groups: [sg-0123456789abcdef0]
"""

RETURN = r"""
command:
  description: The arguments of the command.
  returned: success
  type: list
  elements: str
  sample: [loaddata, scenarios]
task_definition_arn:
  description: The task definition it ran in.
  returned: success
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
predicted:
  description: Whether this is what would be run (check mode).
  returned: success
  type: bool
  sample: false
task_arn:
  description: The task.
  returned: when a task was started
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task/ecsStagingCluster/0d6a9f0c4a3f4d5bb6c1d3e5f7a9b1c3
exit_code:
  description: Exit code of the container; null when it has none because it never started or its host was lost.
  returned: when the task has stopped
  type: int
  sample: 0
started_at:
  description: When the task started.
  returned: success, not in check mode
  type: str
  sample: "2026-03-01T10:00:03+00:00"
stopped_at:
  description: When the task stopped.
  returned: success, not in check mode
  type: str
  sample: "2026-03-01T10:00:09+00:00"
log:
  description: The last 20 lines of its log, secrets masked.
  returned: when the task has stopped
  type: list
  elements: str
  sample: ["Installed 4 object(s) from 1 fixture(s)"]
"""

from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
