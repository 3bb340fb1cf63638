#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: create_jobs
version_added: 1.0.0
short_description: Queue the jobs of a dataset once with a management command
description:
  - Checks that the job queue is empty, runs the command as an ECS task, and compares the number of jobs in the queue
    with the requested number, which is one job per model and year.
  - The application's version of April 2017 takes only the first year of named models. In an open run, if a command with
    named models and several years queues too few jobs on a queue that was empty before, the module purges these jobs
    and runs a command for each year instead. Later steps of the run begin with one command a year.
  - Several commands can queue the jobs of one dataset. Each gets the number of jobs queued before it in O(already).
  - A step of a run (O(step)) never starts the command twice. After a crash of the controller, the module finds the task
    again and waits for it or reads its exit code. If the outcome can no longer be determined, the module fails and
    lists the choices.
  - SQS counts are approximate and can lag by a minute. The module reads an unexpected count again until it has been
    stable for O(settle) seconds.
options:
  queue:
    description:
      - Name of the SQS queue.
    type: str
    required: true
  already:
    description:
      - The number of jobs that earlier commands queued. The queue must hold exactly these.
    type: int
    default: 0
  queued_with:
    description:
      - Steps of the run that queue jobs for the same drain, each with the number of its jobs. If a step is done and not
        yet drained, its jobs are counted like those in O(already).
    type: dict
    default: {}
  drained_by:
    description:
      - The step that drains the queue for this step and those in O(queued_with). If it is done, it is recorded as to be
        done once more before jobs are queued.
    type: str
  purge:
    description:
      - Whether to delete the messages in the queue before the command starts, whoever sent them. By default the module
        fails if there are any. The jobs counted in O(already) are never deleted.
    type: bool
    default: false
  settle:
    description:
      - How many seconds an unexpected count must be stable before it is accepted.
    type: int
    default: 60
notes:
  - No stock module reads the depth of a queue, and M(community.aws.ecs_task) does not fail on a non-zero exit code.
  - No workers may run meanwhile, because they take jobs out of the queue while it is counted.
seealso:
  - module: climate.ingest.management_command
  - module: climate.ingest.verification
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.imports.dataset
  - climate.ingest.command
  - climate.ingest.launch
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Checks the queue, the command, the task definition, the container and the cluster.
  diff_mode:
    support: full
    description: Shows the command, and the counts of a queue that is purged.
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
  description: The number of requested jobs.
  returned: success, or when the queue holds another number
  type: int
  sample: 4
commands:
  description: The number of commands that queue the jobs, one or one for each year.
  returned: success
  type: int
  sample: 1
purged:
  description: The number of messages that were deleted first because of O(purge).
  returned: success
  type: int
  sample: 0
counts:
  description: The numbers of C(visible), C(in_flight) and C(delayed) messages.
  returned: success, or when the queue holds another number of jobs; not in check mode
  type: dict
  sample: {visible: 4, in_flight: 0, delayed: 0}
jobs:
  description: The sum of the counts.
  returned: when the queue holds another number of jobs
  type: int
  sample: 3
command:
  description: The arguments of the command.
  returned: success
  type: list
  elements: str
  sample: [create_jobs, RCP85, all, all]
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
  description: The last 20 lines of its log, with secrets masked.
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
