#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: queue_drain
version_added: 0.1.0
short_description: Wait until the job queue is drained
description:
  - Waits until no message of an SQS queue is visible, in flight or delayed, and none comes back for a while.
  - Shows what is left, how fast it goes, when it ends, and the workers.
  - Fails in minutes, not hours, when the workers crash, when none runs, and when the queue does not move.
  - Lists the jobs the application gave up while they appear, by the lines it logged, each with the exception that the
    same log stream has before. Where a run is open (O(step)), its record keeps them.
options:
  queue:
    description:
      - Name of the queue.
    type: str
    required: true
  cluster:
    description:
      - The ECS cluster of the workers.
    type: str
    required: true
  service:
    description:
      - The service of the workers. By default that of O(environment), C(ingest-<environment>-run-jobs).
    type: str
  container:
    description:
      - The container that does the work; its exit code tells a crash and its log names failed jobs.
    type: str
    default: management
  total:
    description:
      - How many jobs there were at first, for the progress bar. By default the most that were seen.
    type: int
  stable_seconds:
    description:
      - How long the queue has to stay empty. Its counts are approximate and may be a minute late.
    type: int
    default: 60
  stall_timeout:
    description:
      - Fail when no job was done for this many seconds.
    type: int
    default: 1800
  no_worker_timeout:
    description:
      - Fail when jobs are left and no worker has run for this many seconds.
    type: int
    default: 600
  crash_limit:
    description:
      - Fail when at least so many workers have crashed, at least as many as run, and no job was done meanwhile.
      - Exit code 0 is no crash, nor is the loss of a spot instance.
    type: int
    default: 3
  failure_marker:
    description:
      - Text of the log lines that name a job the application gave up.
    type: str
    default: IMPORT_FAILURE
notes:
  - There is no stock module that reads the depth of a queue.
  - An empty queue does not prove that everything was imported. Verify it with M(climate.ingest.verification).
  - Failed jobs can be seen only where the log driver of the container is C(awslogs); a warning says so otherwise.
    O(climate.ingest.task_definition#module:log_group) makes it so.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Reports the depth of the queue, as earlier tasks of the play would have left it, and does not wait.
  diff_mode:
    support: none
    description: Changes nothing itself.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Wait until all jobs are done
  climate.ingest.queue_drain:
    queue: cc-api-staging
    cluster: ecsStagingCluster
    environment: staging
    total: 1995
"""

RETURN = r"""
jobs:
  description: How many jobs were drained.
  returned: success, not in check mode
  type: int
  sample: 1995
jobs_left:
  description: How many jobs are left.
  returned: success
  type: int
  sample: 0
in_flight:
  description: How many of them are being worked on.
  returned: success
  type: int
  sample: 0
seconds:
  description: How long it took until the queue was empty.
  returned: success, not in check mode
  type: float
  sample: 12345.6
jobs_per_minute:
  description: The average rate.
  returned: success, not in check mode
  type: float
  sample: 9.7
failed_jobs:
  description: The jobs the application gave up.
  returned: success
  type: list
  elements: dict
  contains:
    scenario:
      description: The scenario, or its id where the name could not be had; null where the line has neither.
      type: str
      sample: RCP85
    model:
      description: The model, in the same way.
      type: str
      sample: HadCM3
    year:
      description: The year; null where the line has none.
      type: int
      sample: 2031
    exception:
      description: The last line of the traceback before it, or the line itself, secrets masked.
      type: str
      sample: "FileNotFoundError: tas_day_BCSD_rcp85_r1i1p1_HadCM3_2031.nc"
    at:
      description: When, as ISO 8601.
      type: str
      sample: "2026-03-01T12:00:00+00:00"
    log_stream:
      description: The log stream of the worker.
      type: str
      sample: ecs/management/0123456789abcdef0
    retried:
      description: How often the job was queued again before.
      type: int
      sample: 0
crashed_workers:
  description: How many workers crashed.
  returned: success, not in check mode
  type: int
  sample: 0
lost_workers:
  description: How many workers were lost with their instance, or stopped by ECS.
  returned: success, not in check mode
  type: int
  sample: 2
message:
  description: All of it in a sentence.
  returned: success
  type: str
  sample: 1995 jobs drained in 3 h 26 min, 9.7 a minute
predicted:
  description: That this is a prediction.
  returned: in check mode
  type: bool
  sample: true
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.workers.queue_drain import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
