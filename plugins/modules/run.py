#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: run
version_added: 0.1.0
short_description: Open, resume and close the run of an environment
description:
  - The record of a run is kept in the account, in SSM parameters under C(/climate.ingest/<environment>/). Any
    controller that has the lock of the environment can resume it.
options:
  state:
    description:
      - V(open) resumes the open run of the environment, or opens one, and locks the environment for this
        controller. If the last run is complete and imported the same, it only says so.
      - V(resumed) resumes an open run that has failed jobs, to queue them again. Where there are none, it says so,
        returns RV(complete) as true, and locks nothing.
      - V(closed) closes the run if all its goals are done and nothing it created is left; otherwise it says what is
        missing.
    type: str
    choices: [open, resumed, closed]
    default: open
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  cluster:
    description:
      - The ECS cluster. While a command of an abandoned run is still running in it, no new run is opened.
    type: str
    required: true
  family:
    description:
      - The task definition family that is cloned.
      - Required if O(state=closed).
    type: str
  database:
    description:
      - The RDS instance.
      - Required if O(state=closed).
    type: str
  goals:
    description:
      - The steps that make a run complete. A run that is gone on with keeps those it had.
      - Required if O(state=open).
    type: list
    elements: str
    default: []
  requested:
    description:
      - What the run is to import, by variable. A run that is open goes on only with the same values.
    type: dict
    default: {}
  new_run_after:
    description:
      - Id of a run, complete or given up, after which a new one is wanted. Asking again for the same goes on with the
        new one.
    type: str
  assume_done:
    description:
      - Steps that are done though the record does not say so.
    type: list
    elements: str
    default: []
  take_over:
    description:
      - Number of another controller's lock that is taken over.
    type: str
notes:
  - Needs a local connection, for only the controller itself can be told from others.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description: Predicts which run would be opened, gone on with or closed.
  diff_mode:
    support: full
    description: Shows the run and its state.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Open a run or resume the open one
  climate.ingest.run:
    environment: staging
    cluster: ecsStagingCluster
    goals: [verify]
    requested: {ingest_scenario: RCP85, ingest_models: all, ingest_years: all}

- name: Close it
  climate.ingest.run:
    state: closed
    environment: staging
    cluster: ecsStagingCluster
    family: StagingManagement
    database: dbstaging
"""

RETURN = r"""
run:
  description: Id of the run.
  returned: when there is one
  type: str
  sample: staging-3
complete:
  description: Whether the run is complete, or there is nothing to do.
  returned: success
  type: bool
  sample: false
predicted:
  description: Whether the run would be opened (check mode).
  returned: when one is opened
  type: bool
  sample: false
message:
  description: All of it in a sentence.
  returned: success
  type: str
  sample: going on with run staging-3, opened at 2026-03-01T10:00:00+00:00 by alice@laptop
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
