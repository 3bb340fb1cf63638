#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: teardown
version_added: 0.1.0
short_description: Remove what runs left behind in an environment
description:
  - Finds what runs made by the tag C(climate.ingest:environment), whatever its name, and removes it in an order that
    strands nothing. The services of workers go first, then Auto Scaling groups, launch templates and instances, then
    the RDS instance gets the class back that is kept in its tag C(climate.ingest:original-class), then the task
    definitions go.
  - A part that cannot be removed keeps no other from going, but fails the module in the end. The message says what was
    removed, what stands, and why.
  - Workers get two minutes to end, then their instances go all the same, as they bill. Workers are looked at again when
    their instances are gone.
  - The database is left alone while a worker or a management command may use it. In check mode, RV(left) names the
    commands.
  - What does not carry the tag is left alone, whatever its name. The job queue and the record of the run stay.
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
  parts:
    description:
      - What goes.
    type: list
    elements: str
    choices: [service, capacity, database, task_definitions]
    default: [service, capacity, database, task_definitions]
  wait:
    description:
      - Whether to wait until the instances have ended.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most for each part.
    type: int
    default: 7200
seealso:
  - module: climate.ingest.failed_run
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Lists what would go.
  diff_mode:
    support: full
    description: Shows what goes.
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
  description: What was removed, or would be (check mode).
  returned: always
  type: list
  elements: str
  sample:
    - service ingest-staging-run-jobs
    - Auto Scaling group ingest-staging-spot (20 instances)
    - "database dbstaging: db.m4.xlarge back to db.t2.medium"
left:
  description: What stands, with the reason.
  returned: always
  type: list
  elements: str
  sample: []
message:
  description: All of it in a sentence.
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
