#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: retry
version_added: 1.0.0
short_description: Choose the failed jobs of a run to retry
description:
  - Chooses the failed jobs of the open run to retry, keeps them in its record, and groups them into as few commands for
    M(climate.ingest.create_jobs) as possible, each for the import in O(imports) that its jobs are of. If the run has
    shown that the application takes only the first year of named models, each command has one year.
  - Knows the jobs that the last verification (M(climate.ingest.verification)) found missing, and those that the
    workers' log names.
  - Resumes a retry whose queue was not drained yet, with the same jobs. Jobs that fail in a retry belong to the next
    one.
  - Queues no jobs itself.
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  cluster:
    description:
      - The ECS cluster. While a command of an abandoned retry still runs there, no new retry begins.
    type: str
    required: true
  purge:
    description:
      - Whether the queue is going to be purged. If so, a retry that has not queued all its jobs is replaced by a new
        one with the same jobs, so that none is queued twice.
    type: bool
    default: false
notes:
  - Needs the lock of the environment (M(climate.ingest.run) with O(climate.ingest.run#module:state=resumed)).
seealso:
  - module: climate.ingest.create_jobs
  - module: climate.ingest.queue_drain
  - module: climate.ingest.verification
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.imports
  - climate.ingest.controller
attributes:
  check_mode:
    support: full
    description: Chooses the same jobs without recording them.
  diff_mode:
    support: none
    description: Changes only the record of the run, which is not reported as a change.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Choose the failed jobs to retry
  climate.ingest.retry:
    environment: staging
    cluster: ecsStagingCluster
    imports: "{{ ingest_imports }}"
  register: retry
"""

RETURN = r"""
retry:
  description: Number of the retry within its run. Its steps are named after it (C(retry_1_drain)).
  returned: success
  type: int
  sample: 1
jobs:
  description: The number of jobs to retry.
  returned: success
  type: int
  sample: 3
commands:
  description: The commands that queue exactly these jobs.
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: Number of the command, from 1.
      type: int
      sample: 2
    import:
      description: The name of the import that the jobs are of.
      type: str
      sample: projections
    dataset:
      description: The data set, if the application has several.
      type: str
      sample: ''
    scenario:
      description: The scenario.
      type: str
      sample: RCP85
    models:
      description: The models, separated by commas.
      type: str
      sample: CCSM4
    years:
      description: The years, separated by commas.
      type: str
      sample: 2031,2044
    values:
      description: The values of each field, with ranges, where O(job_key) is not the default; else empty.
      type: dict
      sample: {}
    jobs:
      description: The number of jobs it queues.
      type: int
      sample: 2
    already:
      description: The number of jobs that the earlier commands queue.
      type: int
      sample: 1
queued:
  description: Whether all jobs are already queued, so that workers may be processing them.
  returned: success
  type: bool
  sample: false
imports:
  description: The names of imports with jobs that are queued again, or were and are not verified yet.
  returned: success
  type: list
  elements: str
  sample: [projections]
message:
  description: A summary in one sentence.
  returned: success
  type: str
  sample: 3 jobs to be queued again by 2 create_jobs
"""

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.retry import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
