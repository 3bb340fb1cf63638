#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: status
version_added: 0.1.0
short_description: Show the open or last run of an environment, and write its report
description:
  - Shows on one screen the steps of the run with their times, queue, workers, fleet, database, failures, cost, and what
    comes next.
  - Writes a report of the run, an HTML page that needs nothing else, beside a JSON file of the same facts.
  - Reads the account only, and works while another controller runs the ingest.
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
      - Family of the task definition that runs C(manage.py).
    type: str
    required: true
  container:
    description:
      - Container of that family that runs C(manage.py).
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
      - Whether the screen is shown.
    type: bool
    default: true
  report_folder:
    description:
      - Where the report is written, as C(<run>.html) and C(<run>.json); without it none is.
      - A report that cannot be written is a warning.
    type: path
notes:
  - There is no stock module that knows of a run.
  - What cannot be read is named in RV(ignore:facts.unreadable), and is no error.
  - Runs inside the controller when the connection of the task is local, and shows the screen there; as an ordinary
    module otherwise, which returns it.
seealso:
  - module: climate.ingest.run
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
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
  description: The lines of the screen, of at most 80 characters.
  returned: always
  type: list
  elements: str
  sample: ["Run staging-3 is open for 52m 10s; opened 24 Nov 19:00 UTC by alice@laptop"]
facts:
  description: The facts of the run, as the JSON file of a report has them; empty before the first run.
  returned: when no report was written
  type: dict
  sample: {"environment": "staging", "run": {"id": "staging-3", "state": "open"}}
report:
  description: The page that was written.
  returned: when one was written
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
