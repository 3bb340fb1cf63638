#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: processing_service
version_added: 0.1.0
short_description: Run the workers of an ingest as an ECS service
description:
  - Makes a service whose workers run on the given instance types only, and waits until as many run as fit.
  - Says beforehand how many fit, from the memory and CPU that the registered instances have left, and never waits for
    a count that cannot be reached.
  - Fails when the workers crash, with the last lines of the log of one.
  - The service and its tasks carry the tags C(climate.ingest:run) and C(climate.ingest:environment). A service without
    them is left alone.
options:
  state:
    description:
      - V(present) makes the service or brings it to what is wanted.
      - V(absent) deletes it with its workers, and waits until the last of them has ended.
    type: str
    choices:
      - present
      - absent
    default: present
  name:
    description:
      - Name of the service. By default C(ingest-<environment>-run-jobs), after O(environment).
    type: str
  cluster:
    description:
      - The ECS cluster.
    type: str
    required: true
  environment:
    description:
      - Name of the environment; kept as the tag C(climate.ingest:environment).
    type: str
    required: true
  task_definition:
    description:
      - What the workers run, as an ARN, V(family:revision), or a family, which means the newest clone for O(purpose)
        that M(climate.ingest.task_definition) made. It has to carry the command, as a service takes no overrides.
      - Required if O(state=present).
    type: str
  purpose:
    description:
      - Which clone of a family is meant.
    type: str
    default: run_jobs
  container:
    description:
      - The container that does the work; its exit code tells a crash.
    type: str
    default: management
  count:
    description:
      - How many workers.
    type: int
    default: 200
  instance_types:
    description:
      - The instance types the workers are placed on, as a constraint C(attribute:ecs.instance-type). Any without it.
    type: list
    elements: str
  placement_strategy:
    description:
      - How the workers are distributed over the instances.
    type: list
    elements: dict
    default:
      - type: spread
        field: attribute:ecs.instance-type
    suboptions:
      type:
        description:
          - Kind of the strategy.
        type: str
        choices:
          - random
          - spread
          - binpack
        required: true
      field:
        description:
          - The attribute to spread by, or the resource to pack by.
        type: str
  wait:
    description:
      - Whether to wait for the workers to run, or to end.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most. When it is over and some workers run, the module goes on with a warning.
    type: int
    default: 900
notes:
  - The stock module M(community.aws.ecs_service) reports a change whenever the task definition is a family or an ARN,
    compares neither network nor placement nor capacity providers, and waits for a count that may not fit.
  - A changed task definition replaces workers that are at work. Their jobs return to the queue when the visibility
    timeout ends.
  - Launch type and capacity providers of an existing service are not changed.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.launch
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Predicts how many workers fit, also on instances that an earlier task of the play would raise.
  diff_mode:
    support: full
    description: Shows count, task definition, placement and network.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Two hundred workers, on the spot instances only
  climate.ingest.processing_service:
    cluster: ecsStagingCluster
    environment: staging
    task_definition: StagingManagement
    count: 200
    instance_types: [m4.2xlarge]

- name: Workers on Fargate
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
  description: What the workers run.
  returned: success, with O(state=present)
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
desired_count:
  description: The workers asked for.
  returned: success, with O(state=present)
  type: int
  sample: 200
running_count:
  description: The workers that run.
  returned: success, with O(state=present)
  type: int
  sample: 60
fits:
  description: The workers that fit.
  returned: success, with O(state=present)
  type: int
  sample: 60
message:
  description: How the two meet, in a sentence.
  returned: success, with O(state=present)
  type: str
  sample: "200 workers requested (8192 MiB each); 20 x m4.2xlarge hold 60: 60 run, 140 wait."
predicted:
  description: That this is a prediction.
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
