#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: task_definition
version_added: 1.0.0
short_description: Clone a task definition for a run, or remove the clones
description:
  - Registers a copy of the latest revision of a task definition family, with other memory limits, environment variables
    or command in one container.
  - Copies everything else that C(RegisterTaskDefinition) accepts, and the tags.
  - The latest revision is the newest ACTIVE one that this module did not register.
  - Reuses an identical clone with the same O(purpose). The module never changes a revision that it did not register.
options:
  state:
    description:
      - V(present) clones the latest revision.
      - V(absent) deregisters and deletes the clones in the family. O(environment) and O(purpose) limit which.
    type: str
    choices:
      - present
      - absent
    default: present
  family:
    description:
      - The family of the task definition.
    type: str
    required: true
  container:
    description:
      - The container to change.
      - Required if O(state=present).
    type: str
  purpose:
    description:
      - What the clone is for, such as V(management) or V(run_jobs), for the tag C(climate.ingest:purpose).
      - Required if O(state=present).
    type: str
  task_memory:
    description:
      - Memory of the whole task in MiB. V(0) removes the limit. By default it is kept.
    type: int
  task_cpu:
    description:
      - CPU units of the whole task; 1024 are a virtual CPU. V(0) removes the limit. By default it is kept.
      - On container instances, they are reserved, and the most that the task gets. The container's own are lowered
        to what the task leaves it.
      - On Fargate, memory and CPU must be one of its sizes.
    type: int
  memory:
    description:
      - Hard memory limit of the container in MiB, above which it is killed. V(0) removes the limit. By default it is
        kept.
    type: int
  memory_reservation:
    description:
      - Soft memory limit of the container in MiB, which ECS reserves for placement. V(0) removes it. By default it is
        kept.
    type: int
  env:
    description:
      - Environment variables to add to the container, or to replace by name.
      - Results and diffs do not show the values. An ordinary module still logs its options to syslog, so keep secrets
        in the task definition.
    type: dict
  command:
    description:
      - The command of the container, as a list, or as a string that is split on commas with CSV quoting.
      - A service cannot override the command, so its task definition must contain it.
    type: raw
  log_group:
    description:
      - The CloudWatch Logs group, in the region of the task, to send the container's log to, in streams whose names
        begin with C(ingest). It must exist.
      - By default the container keeps its log if that can be read, which takes the C(awslogs) driver and an existing
        log group, in any region. Otherwise it logs to the log group C(/climate.ingest/ENVIRONMENT), which the module
        creates with tags and a retention of 30 days. No module removes that group.
      - V(none) leaves the log where it is. Then nothing that commands print can be read.
    type: str
notes:
  - The stock module M(community.aws.ecs_taskdefinition) cannot clone. It does not compare memory, CPU, roles, network
    mode or placement, and may match any old revision.
seealso:
  - module: climate.ingest.management_command
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Predicts the number of the next revision. Later tasks of the play build on the prediction.
  diff_mode:
    support: full
    description: Shows the container's memory limits, command and the names of its environment variables.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Remove the hard memory limit of management commands
  climate.ingest.task_definition:
    family: StagingManagement
    container: management
    purpose: management
    environment: staging
    memory: 0
    memory_reservation: 2048

- name: Register the task definition of the processing service
  climate.ingest.task_definition:
    family: StagingManagement
    container: management
    purpose: run_jobs
    environment: staging
    task_memory: 8192
    memory: 8192
    env:
      DJANGO_LOG_LEVEL: DEBUG
    command: run_jobs

- name: Remove all clones in this family
  climate.ingest.task_definition:
    state: absent
    family: StagingManagement
"""

RETURN = r"""
family:
  description: The task definition family.
  returned: success
  type: str
  sample: StagingManagement
task_definition_arn:
  description: ARN of the clone.
  returned: success, with O(state=present)
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
revision:
  description: Revision number of the clone.
  returned: success, with O(state=present)
  type: int
  sample: 14
predicted:
  description: Whether the revision does not exist yet and its number is a prediction (check mode).
  returned: success, with O(state=present)
  type: bool
  sample: false
cloned_from:
  description: ARN of the revision it was cloned from.
  returned: success, with O(state=present)
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:13
log_group:
  description: The log group the container logs to, if that is not its own.
  returned: success, with O(state=present)
  type: str
  sample: /climate.ingest/staging
removed:
  description: The revisions that were removed, or would be in check mode.
  returned: success, with O(state=absent)
  type: list
  elements: str
  sample: ["arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14"]
"""

from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.task_definition import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
