#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: task_definition
version_added: 0.1.0
short_description: Clone a task definition for a run, or remove such clones
description:
  - Registers a copy of the newest revision of a task definition family, with other memory limits, environment
    variables or command in one container.
  - Everything else is copied, whatever C(RegisterTaskDefinition) accepts, and so are the tags.
  - The newest revision is the newest ACTIVE one that this module did not register itself.
  - A clone of the same O(purpose) that equals what is wanted is used again. Revisions that this module did not
    register are never touched.
options:
  state:
    description:
      - V(present) clones the newest revision.
      - V(absent) deregisters and deletes the clones, those of O(environment) and O(purpose) where
        these are given, else all in the family.
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
      - What the clone is for, such as V(management) or V(run_jobs); kept as the tag C(climate.ingest:purpose).
      - Required if O(state=present).
    type: str
  task_memory:
    description:
      - Memory of the whole task in MiB. V(0) removes the setting, without it the setting stays.
    type: int
  memory:
    description:
      - Hard memory limit of the container in MiB; it is killed above it. V(0) removes the limit, without it the limit
        stays.
    type: int
  memory_reservation:
    description:
      - Soft memory limit of the container in MiB, which is what placement counts with. V(0) removes it, without it it
        stays.
    type: int
  env:
    description:
      - Environment variables of the container, merged by name into those it has.
      - The values are never shown. A module, unlike the controller, still logs its options to its syslog, so
        secrets are better kept in the task definition.
    type: dict
  command:
    description:
      - The command of the container, as a string with commas between its arguments (CSV quoting) or as a list.
      - A service takes no overrides, so the task definition of a service has to carry its command.
    type: raw
  log_group:
    description:
      - Sends the log of the container to this CloudWatch Logs group if it does not go there yet, in streams whose names
        begin with C(ingest).
    type: str
notes:
  - The stock module M(community.aws.ecs_taskdefinition) has no clone, compares definitions without their memory, CPU,
    roles, network mode and placement, and may match any old revision.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
seealso:
  - module: climate.ingest.management_command
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Predicts the number of the next revision; later tasks of the play take it for there.
  diff_mode:
    support: full
    description: Shows the memory limits, command and names of the variables of the container.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: No hard limit, so that a batch job is not killed for using more memory
  climate.ingest.task_definition:
    family: StagingManagement
    container: management
    purpose: management
    environment: staging
    memory: 0
    memory_reservation: 2048

- name: The definition of the processing service
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

- name: Remove what runs registered in this family
  climate.ingest.task_definition:
    state: absent
    family: StagingManagement
"""

RETURN = r"""
family:
  description: The family.
  returned: success
  type: str
  sample: StagingManagement
task_definition_arn:
  description: The clone.
  returned: success, with O(state=present)
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
revision:
  description: Number of its revision.
  returned: success, with O(state=present)
  type: int
  sample: 14
predicted:
  description: Whether the revision is not there yet and its number a prediction (check mode).
  returned: success, with O(state=present)
  type: bool
  sample: false
cloned_from:
  description: The revision it was cloned from.
  returned: success, with O(state=present)
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:13
removed:
  description: The revisions that were removed, or would be in check mode.
  returned: success, with O(state=absent)
  type: list
  elements: str
  sample: ["arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14"]
"""

from ansible_collections.climate.ingest.plugins.module_utils.ecs.task_definition import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
