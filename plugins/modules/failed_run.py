#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: failed_run
version_added: 1.0.0
short_description: Clean up after a failed step, and report the failure
description:
  - Removes what the run created, as M(climate.ingest.teardown) does, unless O(on_failure=keep). The job queue and the
    record of the run stay.
  - Always fails. The message says what failed and why, what was removed, what is left, and which command resumes the
    run.
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
      - The task definition family whose clones are removed.
    type: str
    required: true
  services_minutes:
    description:
      - For how many minutes services of the cluster that were steady before the database went down are waited for
        afterwards. A service of this collection's own is not meant.
      - Those that are not steady again by then are a warning with their last events, no failure. V(0) looks at none.
    type: int
    default: 0
  worker_family:
    description:
      - The task definition family of the workers, if it is another one. Its clones are removed, too.
    type: str
  database:
    description:
      - The RDS instance whose class is restored.
    type: str
    required: true
  class_after:
    description:
      - The class that the database gets if the original one can no longer be ordered.
    type: str
  on_failure:
    description:
      - Whether to remove or keep what the run created.
    type: str
    choices: [remove, keep]
    default: remove
  task:
    description:
      - Name of the failed task (C(ansible_failed_task.name)).
    type: str
    required: true
  result:
    description:
      - Result of the failed task (C(ansible_failed_result)).
    type: dict
    required: true
  timeout:
    description:
      - How many seconds to wait at most until the fleet is removed and the class of the database is restored.
    type: int
    default: 7200
notes:
  - Use it in a C(rescue) section.
  - If another controller has taken over the environment, nothing is removed.
seealso:
  - module: climate.ingest.teardown
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
attributes:
  check_mode:
    support: full
    description: Removes nothing.
  diff_mode:
    support: none
    description: The module always fails.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
# In the rescue section of a block
- name: Remove what the run created and report the failure
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
  description: Name of the failed task.
  returned: always
  type: str
  sample: "Load scenarios"
reason:
  description: Why it failed.
  returned: always
  type: str
  sample: "loaddata ended with exit code 1"
outcome:
  description: The message without the reason, and without what was shown when it was removed.
  returned: always
  type: str
  sample: "Run staging-1 failed in task 'Load scenarios'."
interrupted:
  description: Whether a person stopped the task.
  returned: always
  type: bool
  sample: false
removed:
  description: What was removed.
  returned: always
  type: list
  elements: str
  sample: [service ingest-staging-run-jobs]
left:
  description: What is left, with the reason.
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
