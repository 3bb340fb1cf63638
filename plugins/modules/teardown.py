#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: teardown
version_added: 1.0.0
short_description: Remove what runs left in an environment
description:
  - Finds what runs created by the tag C(climate.ingest:environment), whatever its name, and removes it in a safe order.
    First the workers' services, then Auto Scaling groups, launch templates and instances. Then it restores the RDS
    instance to the class in its tag C(climate.ingest:original-class), and removes the task definitions last.
  - If one part cannot be removed, the others still are. The module fails at the end and says what was removed, what is
    left, and why.
  - Workers get two minutes to stop. After that their instances are terminated anyway because they cost money, and the
    workers are checked again.
  - The database is not changed while a worker or a management command may use it. In check mode, RV(left) names these
    commands.
  - Resources without the tag are never changed. The job queue and the record of the run stay.
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
  parts:
    description:
      - What to remove. V(database) restores its class.
    type: list
    elements: str
    choices: [service, capacity, database, task_definitions]
    default: [service, capacity, database, task_definitions]
  wait:
    description:
      - Whether to wait until the instances are terminated.
    type: bool
    default: true
  timeout:
    description:
      - How many seconds to wait at most for each part.
    type: int
    default: 7200
seealso:
  - module: climate.ingest.failed_run
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Lists what would be removed.
  diff_mode:
    support: full
    description: Shows what is removed.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Remove what the run created
  climate.ingest.teardown:
    environment: staging
    cluster: ecsStagingCluster
    family: StagingManagement
    database: dbstaging
"""

RETURN = r"""
removed:
  description: What was removed, or would be in check mode.
  returned: always
  type: list
  elements: str
  sample:
    - service ingest-staging-run-jobs
    - Auto Scaling group ingest-staging-spot (20 instances)
    - "database dbstaging: db.m4.xlarge back to db.t2.medium"
scaled_back:
  description: What stays and was scaled back to what it was before a run, or would be in check mode.
  returned: always
  type: list
  elements: str
  sample:
    - Auto Scaling group asgProductionDataImport from 20 to 0 instances
left:
  description: What is left, with the reason.
  returned: always
  type: list
  elements: str
  sample: []
message:
  description: A summary in one sentence.
  returned: success
  type: str
  sample: nothing was left behind
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.run.teardown import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
