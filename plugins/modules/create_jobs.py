#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: create_jobs
version_added: 0.1.0
short_description: Queue the jobs of a data set by a management command, once
description:
  - Makes sure the job queue is empty, runs the command as an ECS task, and compares what arrived in the queue with what
    was asked for, one job for each model and year.
  - Several commands may queue one lot of jobs, each with what those before it queued in O(already).
  - As a step of a run (O(step)) the command is never started twice. After a crash of the controller its task is found
    again and waited for, or judged by its exit code. Where nobody can know any more, the module fails and names the
    choices.
  - The counts of SQS are approximate and may lag by a minute, so a count that is not the one expected is read again
    until it has not changed for O(settle) seconds.
options:
  queue:
    description:
      - Name of the queue.
    type: str
    required: true
  already:
    description:
      - How many jobs earlier commands have queued. Just these must be in the queue before.
    type: int
    default: 0
  purge:
    description:
      - Delete what is in the queue before the jobs are created instead of failing, whoever sent it. What
        O(already) counts is never deleted.
    type: bool
    default: false
  settle:
    description:
      - Seconds for which an unexpected count has to stay the same to be believed.
    type: int
    default: 60
notes:
  - There is no stock module that reads a queue, and M(community.aws.ecs_task) never fails on an exit code.
  - Workers must not run meanwhile, for each job they finish is one less.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
seealso:
  - module: climate.ingest.management_command
  - module: climate.ingest.verification
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.dataset
  - climate.ingest.command
  - climate.ingest.launch
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Checks the queue, the command, the task definition, the container and the cluster.
  diff_mode:
    support: full
    description: Shows what is run, and the counts of a queue that is purged.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Create the jobs
  climate.ingest.create_jobs:
    queue: cc-api-staging
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    command: create_jobs,RCP85,all,all
    all_models: [ACCESS1-0, CCSM4]
    all_years: 2006-2099
"""

RETURN = r"""
queue_url:
  description: URL of the queue.
  returned: success
  type: str
  sample: https://sqs.us-east-1.amazonaws.com/123456789012/cc-api-staging
requested:
  description: How many jobs were asked for.
  returned: success, or when they are not as many as asked for
  type: int
  sample: 4
purged:
  description: How many messages were deleted before.
  returned: success
  type: int
  sample: 0
counts:
  description: Numbers of messages, C(visible), C(in_flight) and C(delayed).
  returned: success, or when they are not as expected; not in check mode
  type: dict
  sample: {visible: 4, in_flight: 0, delayed: 0}
jobs:
  description: The sum of the counts.
  returned: when they are not as many as asked for
  type: int
  sample: 3
command:
  description: The arguments of the command.
  returned: success
  type: list
  elements: str
  sample: [create_jobs, RCP85, all, all]
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
  description: Exit code of the container.
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
  sample: []
"""

from ansible_collections.climate.ingest.plugins.module_utils.job_queue.create_jobs import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
