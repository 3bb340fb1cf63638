#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: snapshot
version_added: 1.0.0
short_description: Take a snapshot of an RDS instance, once in a run
description:
  - Takes a manual snapshot of an RDS instance, and waits until it is available. The database serves clients meanwhile.
  - The snapshot is named after the run and carries its tags. It is kept. The module returns how to restore it.
  - An existing snapshot of the same run is waited for, so a run takes only one, also after a crash of the controller. A
    snapshot of the same name that is not this run's makes the module fail.
options:
  instance:
    description:
      - The identifier of the RDS instance. It must not belong to a DB cluster.
    type: str
    required: true
  name:
    description:
      - The identifier of the snapshot. By default it is named after the open run of O(environment).
    type: str
  timeout:
    description:
      - How many seconds to wait at most.
    type: int
    default: 14400
notes:
  - The stock module M(amazon.aws.rds_instance_snapshot) takes a failed snapshot of the name, and one of another run,
    for this one.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Says whether the snapshot would be taken.
  diff_mode:
    support: full
    description: Shows the snapshot, its instance and its tags.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Take a snapshot
  climate.ingest.snapshot:
    environment: staging
    step: snapshot
    instance: dbstaging
"""

RETURN = r"""
snapshot:
  description: The identifier of the snapshot.
  returned: success
  type: str
  sample: ingest-staging-1-before
instance:
  description: The identifier of the instance it is of.
  returned: success
  type: str
  sample: dbstaging
restore:
  description: The command of the AWS CLI that restores it as an instance of its own.
  returned: success
  type: str
  sample: >-
    aws rds restore-db-instance-from-db-snapshot --db-snapshot-identifier ingest-staging-1-before
    --db-instance-identifier dbstaging-restored
message:
  description: A summary in one sentence.
  returned: success
  type: str
  sample: snapshot ingest-staging-1-before of dbstaging is available
predicted:
  description: Whether this is a prediction.
  returned: in check mode
  type: bool
  sample: true
"""

from ansible_collections.climate.ingest.plugins.module_utils.database.snapshot import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
