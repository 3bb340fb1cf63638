#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: run
version_added: 1.0.0
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
  worker_family:
    description:
      - The task definition family of the workers, if it is another one. Its clones are removed, too.
    type: str
  database:
    description:
      - The RDS instance.
      - Required if O(state=closed).
    type: str
  playbook:
    description:
      - The playbook that opens the run. V(historical) has the imports that the averages need, V(future) the others.
      - V(cities) opens a run that adds cities. It resumes only such a run, and no other playbook resumes one.
    type: str
    choices:
      - populate
      - future
      - historical
      - cities
    default: populate
  cities_command:
    description:
      - The command that adds the cities.
      - Required if O(playbook=cities). Another command is another run.
    type: raw
    default: ''
  commands_before:
    description:
      - The management commands before the imports. Each is a step.
      - The default is the guide's C(migrate), C(scenarios), C(climate_models) and C(cities).
    type: list
    elements: dict
    suboptions: &commands
      name:
        description: The name of its step.
        type: str
        required: true
      title:
        description: What people call it. The default is made of the name.
        type: str
      command:
        description: The command.
        type: raw
        required: true
      repeatable:
        description: Whether to run it again where ECS can no longer tell whether it ran.
        type: bool
        default: false
  commands_after:
    description:
      - Those which follow the averages. The run is complete when they are done, too.
    type: list
    elements: dict
    default: []
    suboptions: *commands
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
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.imports
  - climate.ingest.imports.drain
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
    imports:
      - scenario: RCP85
        all_models: [CCSM4, NorESM1-M]
        all_years: 2006-2100

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
imports:
  description: The imports of the playbook, each with its jobs, and with what is queued for the same drain.
  returned: when there is something left to do
  type: list
  elements: dict
  contains:
    name:
      description: The name of the import.
      type: str
      returned: always
      sample: rcp85
    prefix:
      description: What the names of its steps begin with.
      type: str
      returned: always
      sample: rcp85_
    scenario:
      description: The scenario.
      type: str
      returned: always
      sample: RCP85
    dataset:
      description: The data set; empty if the application has only one.
      type: str
      returned: always
      sample: ''
    models:
      description: The climate models, or V(all).
      type: list
      elements: str
      returned: always
      sample: [all]
    years:
      description: The years and ranges, or V(all).
      type: list
      elements: str
      returned: always
      sample: [all]
    all_models:
      description: The climate models that V(all) stands for.
      type: list
      elements: str
      returned: always
      sample: [CCSM4, NorESM1-M]
    all_years:
      description: The years that V(all) stands for.
      type: list
      elements: str
      returned: always
      sample: [2006-2100]
    arguments:
      description: More arguments of create_jobs.
      type: list
      elements: str
      returned: always
      sample: []
    averages:
      description: Whether the averages need it.
      type: bool
      returned: always
      sample: false
    jobs:
      description: How many jobs it has.
      type: int
      returned: always
      sample: 190
    queued_with:
      description: The steps that queue jobs for the same drain, each with the number of its jobs.
      type: dict
      returned: always
      sample: {historical_create_jobs: 56}
    drained_by:
      description: The step that drains the queue.
      type: str
      returned: always
      sample: rcp85_drain
commands_before:
  description: The names of the commands before the imports that the playbook runs.
  returned: when there is something left to do, unless O(state=resumed)
  type: list
  elements: str
  sample: [migrate, scenarios, climate_models, cities]
goals:
  description: The steps that complete the run.
  returned: when there is something left to do
  type: list
  elements: str
  sample: [rcp85_verify]
averages_need:
  description: The steps that must be done before the averages are made, each with the tag that selects it.
  returned: when there is something left to do
  type: dict
  sample: {historical_verify: historical}
commands_need:
  description: The steps that must be done before the commands after the averages, each with the tag that selects it.
  returned: when there is something left to do
  type: dict
  sample: {verify: projections}
verify_first:
  description:
    - The imports that are drained and not verified, by name, each with the prefix of the step that verifies it. Until
      then it is not known which of its jobs have failed.
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
