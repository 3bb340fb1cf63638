#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: status
version_added: 1.0.0
short_description: Show the current or last run, and write its report
description:
  - Shows one screen about the open run of an environment, or its last one, with the steps and their times, the queue,
    workers, fleet, database, failures, cost, and what to do next.
  - Writes a report of the run as a self-contained HTML page, and the same facts as JSON.
  - Only reads from the account. It can be used while another controller works in the environment.
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
      - The task definition family that runs management commands.
    type: str
    required: true
  container:
    description:
      - The container that runs management commands.
    type: str
    required: true
  queue:
    description:
      - Name of the job queue.
    type: str
    required: true
  database:
    description:
      - Identifier of the RDS instance.
    type: str
    required: true
  show:
    description:
      - Whether to print the screen.
    type: bool
    default: true
  report_folder:
    description:
      - The folder to write the report to, as C(<run>.html) and C(<run>.json). By default no report is written.
      - Only the user who writes it can read the report; a folder that is missing is created for this user only.
      - If the report cannot be written, the module warns.
    type: path
notes:
  - If something cannot be read, the module names it in RV(ignore:facts.unreadable) and does not fail.
seealso:
  - module: climate.ingest.run
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
attributes:
  check_mode:
    support: full
    description: Writes no report.
  diff_mode:
    support: none
    description: Changes nothing in the account.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Show how far the run is, and write its report
  climate.ingest.status:
    environment: staging
    cluster: ecsStagingCluster
    family: StagingManagement
    container: management
    queue: cc-api-staging
    database: dbstaging
    report_folder: reports
"""

RETURN = r"""
status:
  description: The lines of the screen, of at most 80 characters each.
  returned: always
  type: list
  elements: str
  sample: ["Run staging-3 is open for 52m 10s; opened 24 Nov 19:00 UTC by alice@laptop"]
facts:
  description: The facts of the run, as in the report's JSON file; empty before the first run.
  returned: when no report was written
  type: dict
  sample: {"environment": "staging", "run": {"id": "staging-3", "state": "open"}}
report:
  description: Path of the HTML page.
  returned: when a report was written
  type: str
  sample: reports/staging-3.html
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.report.status import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
