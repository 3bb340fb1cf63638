#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: run
version_added: 0.1.0
short_description: Open, resume or close a run
description:
  - Opens a run of an environment, resumes the open one, or closes it.
  - The record of a run is kept in the account, in SSM parameters under C(/climate.ingest/<environment>/). Any
    controller that holds the environment's lock can resume the run.
options:
  state:
    description:
      - V(open) locks the environment, and resumes its open run or opens a new one. If the last run completed the same
        request, the module only says so.
      - V(resumed) resumes an open run to retry its failed jobs. If everything drained is verified and no job has
        failed, or no run is open, the module says so, returns RV(complete) as V(true), and takes no lock. While jobs
        are still to be drained, it fails.
      - V(closed) closes the run if all its goals are done and nothing that it created is left. Otherwise the module
        says what remains to be done.
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
      - The ECS cluster. While a command of an abandoned run still runs there, no new run is opened.
    type: str
    required: true
  family:
    description:
      - The task definition family to clone.
      - Required if O(state=closed).
    type: str
  database:
    description:
      - The RDS instance.
      - Required if O(state=closed).
    type: str
  goals:
    description:
      - The steps that complete the run. A resumed run keeps its own.
      - Required if O(state=open).
    type: list
    elements: str
    default: []
  requested:
    description:
      - The dataset to import, by variable. An open run is resumed only with the same values.
    type: dict
    default: {}
  new_run_after:
    description:
      - ID of a run, complete or abandoned, to follow with a new run. Repeating the call with the same ID resumes the
        new run.
    type: str
  assume_done:
    description:
      - Steps to treat as done although the record does not say so.
    type: list
    elements: str
    default: []
  take_over:
    description:
      - Number of another controller's lock to take over.
    type: str
notes:
  - Needs a local connection, because the lock belongs to the controller.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.patience
attributes:
  check_mode:
    support: full
    description: Predicts which run would be opened, resumed or closed.
  diff_mode:
    support: full
    description: Shows the run and its state.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Open a run, or resume the open one
  climate.ingest.run:
    environment: staging
    cluster: ecsStagingCluster
    goals: [verify]
    requested: {ingest_scenario: RCP85, ingest_models: all, ingest_years: all}

- name: Close the run
  climate.ingest.run:
    state: closed
    environment: staging
    cluster: ecsStagingCluster
    family: StagingManagement
    database: dbstaging
"""

RETURN = r"""
run:
  description: ID of the run.
  returned: when there is one
  type: str
  sample: staging-3
complete:
  description: Whether nothing is left to do.
  returned: success
  type: bool
  sample: false
verify_first:
  description:
    - The imports that are drained and not verified, C(projections) or C(historical), each with the prefix of the step
      that verifies it. Until then it is not known which of its jobs have failed.
  returned: if O(state=resumed) and the run is resumed
  type: dict
  sample: {projections: "", historical: historical_}
predicted:
  description: Whether the run would be opened (check mode).
  returned: when one is opened
  type: bool
  sample: false
message:
  description: A summary in one sentence.
  returned: success
  type: str
  sample: resuming run staging-3, opened at 2026-03-01T10:00:00+00:00 by alice@laptop
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
