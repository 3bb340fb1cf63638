#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plan
version_added: 1.0.0
short_description: Show what a run would change, and what it would cost
description:
  - Use it at the end of a run in check mode. It prints what the earlier steps would create, change, remove and run, in
    order.
  - It also prints how many workers fit on the fleet, the Spot prices by Availability Zone and the cost of the fleet an
    hour, how long the workers will take and what the run will cost (M(climate.ingest.estimate)), the depth and
    retention period of the job queue, and the class and storage of the database.
  - Names obstacles, such as jobs in the queue or pending modifications of the database.
  - Only reads. If something cannot be read, the plan says so and the module does not fail.
options:
  queue:
    description:
      - Name of the job queue.
    type: str
  database:
    description:
      - The identifier of the RDS instance.
    type: str
notes:
  - Steps that ran as ordinary modules, on another host or with C(async), are missing from the plan.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
attributes:
  check_mode:
    support: full
    description: Changes nothing.
  diff_mode:
    support: none
    description: Changes nothing.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Show the plan
  climate.ingest.plan:
    queue: cc-api-staging
    database: dbstaging
  when: ansible_check_mode
"""

RETURN = r"""
plan:
  description: The printed lines, of at most 80 characters each.
  returned: always
  type: list
  elements: str
  sample:
    - "The plan; nothing was changed:"
    - "  run        command migrate"
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.run.plan import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
