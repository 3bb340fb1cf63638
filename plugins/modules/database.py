#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: database
version_added: 1.0.0
short_description: Resize an RDS instance for a run, and restore it
description:
  - Changes the class, storage and parameter group of an RDS instance in one modification, immediately, and waits until
    the change is complete. Reboots the instance where its new parameter group waits for that.
  - Before the change, the module saves the original class in the instance's tag C(climate.ingest:original-class), and
    the original parameter group in C(climate.ingest:original-parameter-group), so that any later run can restore them
    from any machine.
  - Checks first whether RDS offers the class, allows the storage size, and has the parameter group for this engine.
    Fails if other modifications are pending, because they would be applied as well.
  - RDS cannot shrink storage. If O(allocated_storage) is below the present size, the module keeps that size and warns.
  - The storage of an Aurora instance has no size. The module changes its class only, and warns of
    O(allocated_storage).
  - Warns of read replicas that the change may stop.
options:
  state:
    description:
      - V(present) changes the instance to O(class), O(allocated_storage) and O(parameter_group).
      - V(restored) restores the saved class and parameter group and removes the tags. It does nothing if none is saved.
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
      - The ECS cluster of the application. If this and O(environment) are set, the module changes nothing while a
        worker or a management command of the collection runs there, and does not reboot the instance.
    type: str
  class:
    description:
      - The instance class, such as V(db.m4.xlarge).
      - One of O(class), O(allocated_storage) and O(parameter_group) is required if O(state=present).
    type: str
  class_after:
    description:
      - The class to go back to if the original one can no longer be ordered, as with RDS's retired generations.
        Without it, the module does not leave such a class. It is ignored if the original class can be ordered.
      - It is saved with the original class, in the tag C(climate.ingest:class-after).
    type: str
  allocated_storage:
    description:
      - The storage in GB. RDS requires an increase of at least 10 %, and a size below the limit of storage autoscaling.
    type: int
  parameter_group:
    description:
      - The DB parameter group. It must be of the family of the instance's engine.
      - Its values take effect with a reboot. The change is complete when RDS reports the group as C(in-sync).
    type: str
  wait:
    description:
      - Whether to wait until the change is complete.
      - To wait for a change that was started with V(false), call the module again with the same values. That call also
        reboots the instance where its parameter group waits for that.
    type: bool
    default: true
  services_minutes:
    description:
      - For how many minutes services of the cluster that were steady before the database went down are waited for
        afterwards. A service of this collection's own is not meant.
      - Those that are not steady again by then are a warning with their last events, no failure. V(0) looks at none.
    type: int
    default: 0
  timeout:
    description:
      - How many seconds to wait at most.
    type: int
    default: 7200
notes:
  - RDS still reports C(available) right after the call, and the stock module M(amazon.aws.rds_instance) takes that for
    the end of the change. It also requests smaller storage, omits C(Iops) where an increase requires them, and by
    default leaves the change to the maintenance window.
  - Changing the class makes the database unavailable for some minutes. Nothing that uses it should run meanwhile.
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
    description: Checks what RDS would refuse, and predicts the result. Later tasks of the play build on the prediction.
  diff_mode:
    support: full
    description: Shows the class and storage, and the parameter group if it is set or restored.
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
  description: Its storage after the change, in GB; null for an instance of Aurora.
  returned: success
  type: int
  sample: 240
original_class:
  description: The class it had before the first change.
  returned: success
  type: str
  sample: db.t2.medium
parameter_group:
  description: Its parameter group after the change; null if it was left alone.
  returned: success
  type: str
  sample: db-imports
original_parameter_group:
  description: The parameter group it had before the first change; null if it was left alone.
  returned: success
  type: str
  sample: dbstaging
status:
  description: Its status, as reported by RDS.
  returned: success
  type: str
  sample: storage-optimization
message:
  description: A summary in one sentence.
  returned: success
  type: str
  sample: "dbstaging: db.t2.medium with 240 GB; the storage stays, as RDS cannot shrink it"
predicted:
  description: Whether this is a prediction.
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
