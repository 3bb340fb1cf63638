#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: database
version_added: 0.1.0
short_description: Resize an RDS instance for an ingest, and give it its class back
description:
  - Changes class and storage of an RDS instance at once, and waits until the change is complete.
  - The class it had is kept in the tag C(climate.ingest:original-class) of the instance before anything changes, so
    that any later run can restore it, from any machine.
  - Asks RDS first whether the class can be ordered and the size is allowed. Refuses to go on when other modifications
    are pending, as they would be applied along.
  - Storage never shrinks. Storage below what is there is left as it is, with a warning.
options:
  state:
    description:
      - V(present) changes the instance to O(class) and O(allocated_storage).
      - V(restored) gives it the remembered class back and forgets it. Does nothing when none is remembered.
    type: str
    choices:
      - present
      - restored
    default: present
  instance:
    description:
      - The identifier of the RDS instance.
    type: str
    required: true
  cluster:
    description:
      - The ECS cluster of the application. With it and O(environment) nothing is changed while a worker or a command of
        ours runs there.
    type: str
  class:
    description:
      - The instance class, such as V(db.m4.xlarge).
      - One of O(class) and O(allocated_storage) is required if O(state=present).
    type: str
  allocated_storage:
    description:
      - The storage in GB. Growth is at least 10 %.
    type: int
  wait:
    description:
      - Whether to wait until the change is complete.
      - A change started without waiting is waited for by calling the module again with the same values.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 7200
notes:
  - The stock module M(amazon.aws.rds_instance) takes the C(available) for the end that RDS still answers right after
    the call, sends a shrink unchecked, sends no C(Iops) where growth requires them, and by default leaves the change
    for the maintenance window.
  - A class change is an outage of minutes. Nothing that uses the database should run meanwhile.
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
    description: Checks what RDS would refuse, and predicts; later tasks of the play predict on top of it.
  diff_mode:
    support: full
    description: Shows class and storage.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Start the resize
  climate.ingest.database:
    instance: dbstaging
    class: db.m4.xlarge
    allocated_storage: 240
    wait: false

- name: Wait for it
  climate.ingest.database:
    instance: dbstaging
    class: db.m4.xlarge
    allocated_storage: 240

- name: Give the database its class back
  climate.ingest.database:
    instance: dbstaging
    state: restored
"""

RETURN = r"""
instance:
  description: The identifier of the instance.
  returned: success
  type: str
  sample: dbstaging
db_instance_class:
  description: Its class after the change.
  returned: success
  type: str
  sample: db.m4.xlarge
allocated_storage:
  description: Its storage after the change, in GB.
  returned: success
  type: int
  sample: 240
original_class:
  description: The class it had before the first change.
  returned: success
  type: str
  sample: db.t2.medium
status:
  description: Its status as RDS says it.
  returned: success
  type: str
  sample: storage-optimization
message:
  description: All of it in a sentence.
  returned: success
  type: str
  sample: "dbstaging: db.t2.medium with 240 GB; the storage stays, as RDS cannot shrink it"
predicted:
  description: That this is a prediction.
  returned: in check mode
  type: bool
  sample: true
"""

from ansible_collections.climate.ingest.plugins.module_utils.database.resize import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
