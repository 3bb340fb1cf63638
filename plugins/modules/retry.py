#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: retry
version_added: 0.1.0
short_description: Choose the failed jobs of a run that are queued again
description:
  - Fixes which failed jobs of the open run are queued again, and groups them into commands for
    M(climate.ingest.create_jobs), each with several models and one year or one model and several years. One version of
    the application drops combinations where both are several.
  - A retry that was interrupted before its queue was drained is gone on with, with the same jobs. What failed in a
    retry is for the next one.
  - Queues nothing by itself.
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  cluster:
    description:
      - The ECS cluster, in which no command of a retry may go on that is given up.
    type: str
    required: true
  purge:
    description:
      - What is in the queue is going to be deleted. A retry that has not queued all its jobs yet is given up for a new
        one of the same jobs, so that none is queued twice.
    type: bool
    default: false
notes:
  - Needs the lock of the environment (M(climate.ingest.run) with O(climate.ingest.run#module:state=resumed)).
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
seealso:
  - module: climate.ingest.create_jobs
  - module: climate.ingest.queue_drain
  - module: climate.ingest.verification
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description: Chooses the same jobs, and fixes nothing.
  diff_mode:
    support: none
    description: Changes nothing but the record of the run, and never reports that as a change.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Choose the failed jobs to retry
  climate.ingest.retry:
    environment: staging
    cluster: ecsStagingCluster
  register: retry
"""

RETURN = r"""
retry:
  description: Number of the retry in its run. Its steps are named after it (C(retry_1_drain)).
  returned: success
  type: int
  sample: 1
jobs:
  description: How many jobs it has.
  returned: success
  type: int
  sample: 3
commands:
  description: What queues just these jobs.
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: Counts the commands from 1.
      type: int
      sample: 2
    scenario:
      description: The scenario.
      type: str
      sample: RCP85
    models:
      description: One model, or several separated by commas.
      type: str
      sample: CCSM4
    years:
      description: One year, or several separated by commas.
      type: str
      sample: 2031,2044
    jobs:
      description: How many jobs it queues.
      type: int
      sample: 2
    already:
      description: How many jobs the commands before it queue.
      type: int
      sample: 1
queued:
  description: Whether all of them were queued already, so that workers may be at it.
  returned: success
  type: bool
  sample: false
scenarios:
  description: The scenarios in which jobs have failed, or of which nobody knows yet what came of the retry.
  returned: success
  type: list
  elements: str
  sample: [RCP85]
message:
  description: All of it in a sentence.
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
