#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: management_command
version_added: 1.0.0
short_description: Run a management command of a Django application on ECS
description:
  - Runs one ECS task with the command as a container override, and waits until it stops.
  - Fails unless the container exits with code 0. The message says what happened and shows the last 20 lines of the log.
  - If the container logs to C(awslogs), the log is shown while the command runs. Values of environment variables whose
    names look secret are masked.
notes:
  - The stock module M(community.aws.ecs_task) ignores the failures that C(RunTask) reports, waits ten minutes at most
    and does not fail on a non-zero exit code. It supports neither logs nor placement constraints nor client tokens.
  - This module is not idempotent by itself. It runs the command each time, unless O(step) is already done or
    O(client_token) started a task before.
seealso:
  - module: climate.ingest.task_definition
  - module: climate.ingest.verification
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.command
  - climate.ingest.launch
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Checks the command, the task definition, the container and the cluster.
  diff_mode:
    support: full
    description: Shows the command.
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

- name: Quote an argument that contains a comma
  climate.ingest.management_command:
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    command: create_jobs,RCP85,"ACCESS1-0,CCSM4",all
    placement_constraints:
      - type: memberOf
        expression: attribute:ecs.instance-type != m4.2xlarge

- name: Run a command on Fargate
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
  description: The task definition of the task.
  returned: success
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
predicted:
  description: Whether the command would be run (check mode).
  returned: success
  type: bool
  sample: false
task_arn:
  description: ARN of the task.
  returned: when a task was started
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task/ecsStagingCluster/0d6a9f0c4a3f4d5bb6c1d3e5f7a9b1c3
exit_code:
  description: Exit code of the container; null if it never started or its host was lost.
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
  description: The last 20 lines of its log, with secrets masked.
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
