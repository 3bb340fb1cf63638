#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: failed_run
version_added: 0.1.0
short_description: End a run whose step failed
description:
  - Removes what the run made, as M(climate.ingest.teardown) does, unless it is to be kept. The job queue and the record
    of the run stay.
  - Always fails, with the whole story, which is what failed and why, what was removed, what still stands, and the
    command that goes on.
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  cluster:
    description:
      - The ECS cluster.
    type: str
    required: true
  family:
    description:
      - The task definition family whose clones go.
    type: str
    required: true
  database:
    description:
      - The RDS instance that gets its class back.
    type: str
    required: true
  on_failure:
    description:
      - Whether what the run made is removed or kept.
    type: str
    choices: [remove, keep]
    default: remove
  task:
    description:
      - Name of the task that failed (C(ansible_failed_task.name)).
    type: str
    required: true
  result:
    description:
      - Its result (C(ansible_failed_result)).
    type: dict
    required: true
  timeout:
    description:
      - Seconds to wait at most for the fleet to go and the database to get its class back.
    type: int
    default: 7200
notes:
  - Belongs into a C(rescue) section.
  - Nothing is removed when another controller has taken the environment over.
seealso:
  - module: climate.ingest.teardown
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description: Removes nothing.
  diff_mode:
    support: none
    description: It always fails.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
# in the rescue section of a block
- name: Remove what costs money and report the failure
  climate.ingest.failed_run:
    environment: staging
    cluster: ecsStagingCluster
    family: StagingManagement
    database: dbstaging
    task: "{{ ansible_failed_task.name }}"
    result: "{{ ansible_failed_result }}"
"""

RETURN = r"""
failed_task:
  description: Name of the task that failed.
  returned: always
  type: str
  sample: "Load scenarios"
removed:
  description: What was removed.
  returned: always
  type: list
  elements: str
  sample: [service ingest-staging-run-jobs]
left:
  description: What still stands, with the reason.
  returned: always
  type: list
  elements: str
  sample: ["the job queue with what is in it, and the run's record"]
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.run.failed_run import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
