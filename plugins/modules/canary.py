#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: canary
version_added: 1.0.0
short_description: Have one worker do one job before the others begin
description:
  - Waits until the only worker of the processing service has done one of the queued jobs. No job is queued for it.
  - A job is done if it has left the queue, the log has no line that it was given up, the worker is alive, and the
    application has a data source that it did not have before the jobs were created.
  - If all data may have been there before, new data cannot be told. The module then relies on queue and log, and warns.
  - Fails, with what the worker printed of the failure, if a job was given up, if O(tries) tries failed, if the worker
    crashes again and again, if jobs leave the queue without data, or after O(deadline).
  - If it fails, it sets the service to no workers and waits until the worker has ended. The other jobs stay in the
    queue. A job that the worker had in hand returns after the visibility timeout of the queue.
  - If all jobs have left the queue before it looks, no time is measured. It then passes with a warning, unless the
    database certainly has no data of any.
  - In an open run (O(step)), a canary that has passed is not repeated.
options:
  mode:
    description:
      - V(decide) says whether a canary is needed, as O(canary) says.
      - V(watch) waits for it.
    type: str
    choices: [decide, watch]
    default: watch
  canary:
    description:
      - V(always) and V(never) say it themselves.
      - With V(auto), a canary is needed if no drain of the environment has completed with the image of
        O(worker_family). Images are compared by digest if ECS has told it for a task of the run, otherwise by name and
        tag.
      - None is needed if the service has several workers already.
    type: str
    choices: [auto, always, never]
    default: always
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  queue:
    description:
      - Name of the SQS queue.
    type: str
    required: true
  fleet_group:
    description:
      - The standing Auto Scaling group of the fleet; without it, the one that runs make.
    type: str
  service:
    description:
      - The service of the worker. By default that of O(environment), C(ingest-<environment>-run-jobs).
    type: str
  worker_family:
    description:
      - The family of the worker's task definition. By default O(task_definition), which the application is asked with.
    type: str
  worker_container:
    description:
      - The container of the worker. By default O(container).
    type: str
  drain:
    description:
      - The step of the run that drains the jobs.
    type: str
    default: drain
  scenarios:
    description:
      - The scenarios whose jobs are queued. Required for O(mode=watch).
    type: list
    elements: str
    default: []
  datasets:
    description:
      - The data set of each of O(scenarios), where the application has several; empty for O(climate_dataset).
    type: list
    elements: str
    default: []
  deadline:
    description:
      - Fail if no job was done for this many seconds.
    type: int
    default: 5400
  stable_seconds:
    description:
      - For how many seconds SQS counts may lag.
    type: int
    default: 60
  tries:
    description:
      - Fail if this many tries failed before the first job was done. A worker gives a job up only when it has seen it
        fail more than ten times, which takes days if it takes another job each time.
    type: int
    default: 11
  command:
    description:
      - The verification command, as in M(climate.ingest.verification). Empty to ask as O(verify_with) says.
    type: raw
    required: false
  verify_with:
    description:
      - How the application is asked, as in M(climate.ingest.verification).
    type: str
    choices: [auto, shell, dumpdata]
    default: auto
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.command
  - climate.ingest.launch
  - climate.ingest.step
  - climate.ingest.imports.key
  - climate.ingest.words.log
  - climate.ingest.words.answer
attributes:
  check_mode:
    support: full
    description: Decides as in a run. Does not wait.
  diff_mode:
    support: none
    description: Changes nothing but the number of workers of a canary that has failed.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Wait until one worker has done a job
  climate.ingest.canary:
    cluster: ecsStagingCluster
    environment: staging
    task_definition: StagingManagement
    container: management
    queue: cc-api-staging
    scenarios: [RCP85]
    command: ''
"""

RETURN = r"""
needed:
  description: Whether a canary is needed.
  returned: success, if O(mode=decide)
  type: bool
  sample: true
instances:
  description:
    - How many instances the canary is to have; 0 if none is needed. More than 1 only if the fleet has them already.
  returned: success, if O(mode=decide)
  type: int
  sample: 1
jobs:
  description: The number of jobs that were done.
  returned: success, if O(mode=watch), not in check mode
  type: int
  sample: 1
job_minutes:
  description: How many minutes a job took.
  returned: success, if a job was done
  type: float
  sample: 21.4
message:
  description: A summary in one sentence.
  returned: success
  type: str
  sample: 1 job done by one worker, 21m 24s a job
predicted:
  description: Whether this is a prediction.
  returned: in check mode
  type: bool
  sample: true
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
