#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: processing_service
version_added: 1.0.0
short_description: Run the workers as an ECS service
description:
  - Creates a service whose workers run only on the given instance types, and waits until as many run as fit.
  - Computes beforehand how many workers fit into the free memory and CPU of the registered instances. It never waits
    for a number that cannot be reached.
  - Fails if the workers crash, and shows the last log lines of one of them.
  - The service and its tasks are tagged C(climate.ingest:run) and C(climate.ingest:environment). The module does not
    change a service without these tags.
options:
  state:
    description:
      - V(present) creates the service or updates it.
      - V(absent) deletes the service and waits until the last worker has stopped.
    type: str
    choices:
      - present
      - absent
    default: present
  name:
    description:
      - Name of the service. By default C(ingest-<environment>-run-jobs), after O(environment).
    type: str
  standing_service:
    description:
      - The name of a service that stays, to use instead of one that the module makes. With V(present) it must be at
        rest, with a desired count of 0, no tasks and no deployment in progress, and nothing else may move its count.
      - V(present) gives it O(task_definition) and O(count). V(absent) puts its task definition, desired count and
        deployment configuration back to what they were. It is never tagged or deleted.
      - What it was is kept in SSM parameters below C(/climate.ingest/) before it is changed.
      - It keeps its own placement and network. O(name), O(instance_types), O(placement_constraints),
        O(placement_strategy), O(launch_type), O(capacity_provider_strategy) and O(network_configuration) have no
        effect then.
    type: str
    version_added: 1.0.0
  cluster:
    description:
      - The ECS cluster.
    type: str
    required: true
  environment:
    description:
      - Name of the environment, for the tag C(climate.ingest:environment).
    type: str
    required: true
  task_definition:
    description:
      - The task definition of the workers, as ARN, V(family:revision) or family. A family means the newest clone for
        O(purpose) that M(climate.ingest.task_definition) registered.
      - It must contain the command, because a service cannot override it.
      - Required if O(state=present).
    type: str
  purpose:
    description:
      - Which clone to use if O(task_definition) is a family.
    type: str
    default: run_jobs
  container:
    description:
      - The container that does the work. Its exit code shows whether a worker crashed.
    type: str
    default: management
  count:
    description:
      - The desired number of workers.
    type: int
    default: 200
  instance_types:
    description:
      - The instance types to place workers on, as a placement constraint on C(attribute:ecs.instance-type). By default
        any type.
    type: list
    elements: str
  placement_strategy:
    description:
      - How to distribute the workers over the instances.
    type: list
    elements: dict
    default:
      - type: spread
        field: attribute:ecs.instance-type
    suboptions:
      type:
        description:
          - Type of the strategy.
        type: str
        choices:
          - random
          - spread
          - binpack
        required: true
      field:
        description:
          - The attribute to spread across, or the resource to pack by.
        type: str
  wait:
    description:
      - Whether to wait until the workers run, or until they have stopped.
    type: bool
    default: true
  timeout:
    description:
      - How many seconds to wait at most. If only some of the workers run by then, the module succeeds with a warning.
    type: int
    default: 900
notes:
  - The stock module M(community.aws.ecs_service) reports a change whenever the task definition is a family or an ARN,
    compares neither network nor placement nor capacity providers, and waits for a number of tasks that may not fit.
  - A new task definition replaces workers in the middle of their jobs. These jobs return to the queue after its
    visibility timeout.
  - The launch type and capacity providers of an existing service are not changed.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.launch
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Predicts how many workers fit, including on instances that an earlier task of the play would launch.
  diff_mode:
    support: full
    description: Shows the count, task definition, placement and network.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Run two hundred workers on the Spot Instances only
  climate.ingest.processing_service:
    cluster: ecsStagingCluster
    environment: staging
    task_definition: StagingManagement
    count: 200
    instance_types: [m4.2xlarge]

- name: Run workers on Fargate
  climate.ingest.processing_service:
    cluster: ecsStagingCluster
    environment: staging
    task_definition: StagingManagement:14
    count: 50
    launch_type: FARGATE
    network_configuration:
      subnets: [subnet-0123456789abcdef0]

- name: Stop the workers
  climate.ingest.processing_service:
    state: absent
    cluster: ecsStagingCluster
    environment: staging
"""

RETURN = r"""
service:
  description: Name of the service.
  returned: success
  type: str
  sample: ingest-staging-run-jobs
task_definition_arn:
  description: The task definition of the workers.
  returned: success, with O(state=present)
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
desired_count:
  description: The desired number of workers.
  returned: success, with O(state=present)
  type: int
  sample: 200
running_count:
  description: The number of workers that run.
  returned: success, with O(state=present)
  type: int
  sample: 60
fits:
  description: The number of workers that fit.
  returned: success, with O(state=present)
  type: int
  sample: 60
message:
  description: A summary in one sentence.
  returned: success, with O(state=present)
  type: str
  sample: "200 workers requested (8192 MiB each); 20 x m4.2xlarge hold 60: 60 run, 140 wait."
predicted:
  description: Whether this is a prediction.
  returned: in check mode
  type: bool
  sample: true
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.workers.service import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
