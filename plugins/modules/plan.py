#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plan
version_added: 0.1.0
short_description: Show what a run in check mode would change, and what that costs
description:
  - At the end of a run in check mode, prints what the steps before it would create, change, remove and run, in order;
    how many workers fit on the fleet, its spot prices by zone and its cost an hour; how long the workers will take and
    what the run will cost (M(climate.ingest.estimate)); what the job queue holds and how long it keeps it; and what
    the database is.
  - What will be in the way is named, such as jobs in the queue or modifications pending in the database.
  - Reads only. What cannot be read is said in its place and is no error.
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
  - Knows of the steps of the same run that ran inside the controller; those run as modules (on another host, or
    asynchronously) are missing.
  - Runs inside the controller when the connection of the task is local; as an ordinary module otherwise, which knows
    of no step.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
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
  description: The lines as they were printed, of at most 80 characters.
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
