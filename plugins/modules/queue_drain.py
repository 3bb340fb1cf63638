#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: queue_drain
version_added: 1.0.0
short_description: Wait until the job queue is drained
description:
  - Waits until an SQS queue has had no visible, in-flight or delayed messages for O(stable_seconds).
  - Shows the jobs left, the rate, the expected end and the state of the workers.
  - Fails within minutes if the workers crash, if none runs, or if no job is completed.
  - Lists jobs that the application gave up as soon as they are logged, each with the exception from the same log
    stream. In an open run (O(step)), the record keeps them.
options:
  queue:
    description:
      - Name of the SQS queue.
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
      - The container that does the work. Its exit code shows whether a worker crashed, and its log names failed jobs.
    type: str
    default: management
  total:
    description:
      - The number of jobs at the start, for the progress bar. By default the highest count seen.
    type: int
  stable_seconds:
    description:
      - How many seconds the queue must stay empty. SQS counts are approximate and can lag by a minute.
    type: int
    default: 60
  jobs_at_once:
    description:
      - How many jobs a worker takes from the queue at once. More than all workers can hold are in flight without one.
    type: int
    default: 1
  stall_timeout:
    description:
      - Fail if no job was completed for this many seconds.
    type: int
    default: 1800
  no_worker_timeout:
    description:
      - Fail if jobs are left and no worker has run for this many seconds.
    type: int
    default: 600
  crash_limit:
    description:
      - Fail if at least this many workers crashed, at least as many crashed as run, and no job was completed meanwhile.
      - Neither exit code 0 nor the loss of a Spot Instance is a crash.
    type: int
    default: 3
notes:
  - No stock module reads the depth of a queue.
  - An empty queue does not prove that everything was imported. Verify it with M(climate.ingest.verification).
  - The module sees failed jobs only if the container logs to C(awslogs), and warns if it does not. Use
    O(climate.ingest.task_definition#module:log_group) to send the log there.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.step
  - climate.ingest.imports.key
  - climate.ingest.words.log
attributes:
  check_mode:
    support: full
    description: Predicts the depth of the queue after the earlier tasks of the play, and does not wait.
  diff_mode:
    support: none
    description: Changes nothing.
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
  description: The number of jobs that left the queue.
  returned: success, not in check mode
  type: int
  sample: 1995
jobs_left:
  description: The number of jobs that are left.
  returned: success
  type: int
  sample: 0
in_flight:
  description: The number of messages in flight.
  returned: success
  type: int
  sample: 0
seconds:
  description: How many seconds it took until the queue was empty.
  returned: success, not in check mode
  type: float
  sample: 12345.6
jobs_per_minute:
  description: The average rate.
  returned: success, not in check mode
  type: float
  sample: 9.7
failed_tries:
  description: How many tries failed, those of jobs that came right later as well.
  returned: success, not in check mode
  type: int
  sample: 3
failed_jobs:
  description: The jobs that the application gave up.
  returned: success
  type: list
  elements: dict
  contains:
    scenario:
      description: Name of the scenario, or its ID if the name is not known; null if the line has neither.
      type: str
      sample: RCP85
    model:
      description: Name of the model, or its ID if the name is not known; null if the line has neither.
      type: str
      sample: HadCM3
    year:
      description: The year; null if the line has none.
      type: int
      sample: 2031
    exception:
      description: The last line of the preceding traceback, or the log line itself, with secrets masked.
      type: str
      sample: "FileNotFoundError: tas_day_BCSD_rcp85_r1i1p1_HadCM3_2031.nc"
    at:
      description: When the line was logged, in ISO 8601.
      type: str
      sample: "2026-03-01T12:00:00+00:00"
    log_stream:
      description: The log stream of the worker.
      type: str
      sample: ecs/management/0123456789abcdef0
    retried:
      description: How often the job was retried before.
      type: int
      sample: 0
crashed_workers:
  description: The number of workers that crashed.
  returned: success, not in check mode
  type: int
  sample: 0
lost_workers:
  description: The number of workers that were lost with their instance or stopped by ECS.
  returned: success, not in check mode
  type: int
  sample: 2
message:
  description: A summary in one sentence.
  returned: success
  type: str
  sample: 1995 jobs drained in 3h 26m, 9.7 a minute
predicted:
  description: Whether this is a prediction.
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
