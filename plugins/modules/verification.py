#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: verification
version_added: 1.0.0
short_description: Verify that the requested dataset was imported
description:
  - Asks the application what it holds, and compares it with the requested models and years.
  - In an open run, requested jobs that the application gave up (M(climate.ingest.queue_drain)) count as failed if their
    data are missing, or may be of an earlier import. The module updates their list in the record. It adds what is
    missing although no log line mentions it, and removes what was imported after all.
  - Fails if anything is missing or more jobs failed than O(allow_failed_jobs), and lists them by model and year.
  - Before jobs are created, O(mode=baseline) records what the application holds. This proves that commands run and that
    their answers can be read. Data sources that were imported before are then told apart.
options:
  mode:
    description:
      - V(verify) compares what the application holds with what was requested.
      - V(baseline) records what it holds, in an open run and before its jobs are created. The record also keeps the ids
        of scenarios and models, by which log lines name them.
      - V(summary) shows how many data sources of each scenario it holds, or what O(command) prints.
    type: str
    choices: [baseline, verify, summary]
    default: verify
  command:
    description:
      - A management command of your own. If it is empty, the application is asked as O(verify_with) says.
      - A string is split on commas, as in the ECS console. A list has one item per argument.
      - It prints one line per model, C(INGEST_COMPLETED <model> <year> <year> ...), with the fields of O(job_key),
        and ranges such as C(2040-2050). Lines add up. Other lines are shown and ignored.
      - It may also print C(INGEST_SCENARIO <id> <name>) and C(INGEST_MODEL <id> <name>), and at the end C(INGEST_END
        <number>) with the number of listed years. The module then knows whether all lines have arrived.
      - A data source that was completed once stays so when cities are added. Before the other lines it may therefore
        print C(INGEST_CITIES <number of cities>), and C(INGEST_CITIES <model> <year> <cities with data> <name>; <name>
        ...) for each data source of which some cities have no data, with some of their names. A data source is then
        complete if all cities have its data. In a run of playbooks/cities.yml these lines are required.
    type: raw
    required: false
  verify_with:
    description:
      - How the application is asked if O(command) is empty.
      - V(shell) uses C(manage.py shell --command), which exists since Django 1.10. V(dumpdata) dumps scenarios, climate
        models and data sources, which every version of Django can.
      - V(auto) tries V(shell), and V(dumpdata) if there is no such option. The record of an open run keeps which one
        it was.
    type: str
    choices: [auto, shell, dumpdata]
    default: auto
  scenario:
    description:
      - The name of the scenario. Required unless O(mode=summary). O(command) has to select the scenario itself.
    type: str
  arguments:
    description:
      - Further arguments of create_jobs. With C(--import-geojson-url) or C(--import-boundary-url) other places than the
        cities are imported, so a data source is complete if its last import ended, whatever the cities have.
    type: list
    elements: str
    default: []
  allow_failed_jobs:
    description:
      - How many jobs of the scenario may have failed for good. A job that failed without an explanation in the logs is
        never tolerated.
    type: int
    default: 0
  only_list:
    description:
      - Whether missing jobs are only listed and recorded, and the module succeeds. In the record, the step has failed
        all the same. Useful before M(climate.ingest.retry), which queues them again.
      - Without an open run, the module fails as usual.
    type: bool
    default: false
notes:
  - An empty queue and exit codes of 0 do not prove that the import is complete. The application's workers give up
    failed jobs and still exit with 0.
  - The container must log to C(awslogs).
seealso:
  - module: climate.ingest.create_jobs
  - module: climate.ingest.management_command
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.command
  - climate.ingest.launch
  - climate.ingest.step
  - climate.ingest.imports.dataset
  - climate.ingest.words.answer
attributes:
  check_mode:
    support: full
    description: Checks the command, the task definition, the container and the cluster.
  diff_mode:
    support: none
    description: Changes nothing.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Verify that all models and years of RCP85 are imported
  climate.ingest.verification:
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    scenario: RCP85
    all_models: [ACCESS1-0, CCSM4]
    all_years: [2006-2099]

- name: Record what is imported before jobs are created
  climate.ingest.verification:
    mode: baseline
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    environment: staging
    step: baseline
    repeatable: true
    scenario: RCP85
    all_models: [ACCESS1-0, CCSM4]
    all_years: [2006-2099]

- name: Verify with a command of your own
  climate.ingest.verification:
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    scenario: RCP85
    all_models: [ACCESS1-0, CCSM4]
    all_years: [2006-2099]
    command: list_imports,RCP85
"""

RETURN = r"""
command:
  description: The arguments of the command.
  returned: success
  type: list
  elements: str
  sample: [loaddata, scenarios]
task_definition_arn:
  description: The task definition of the task.
  returned: success
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
predicted:
  description: Whether the command would be run (check mode).
  returned: success
  type: bool
  sample: false
task_arn:
  description: ARN of the task.
  returned: when a task was started
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task/ecsStagingCluster/0d6a9f0c4a3f4d5bb6c1d3e5f7a9b1c3
exit_code:
  description: Exit code of the container; null if it never started or its host was lost.
  returned: when the task has stopped
  type: int
  sample: 0
started_at:
  description: When the task started.
  returned: success, not in check mode
  type: str
  sample: "2026-03-01T10:00:03+00:00"
stopped_at:
  description: When the task stopped.
  returned: success, not in check mode
  type: str
  sample: "2026-03-01T10:00:09+00:00"
dataset:
  description: The data set.
  returned: success, if O(climate_dataset) names one, unless O(mode=summary)
  type: str
  sample: LOCA
scenario:
  description: The scenario.
  returned: success, unless O(mode=summary)
  type: str
  sample: RCP85
requested:
  description: The number of requested data sources (models times years).
  returned: success, unless O(mode=summary), or when something is missing
  type: int
  sample: 188
completed:
  description: The number of them that are imported.
  returned: success, not in check mode, or when something is missing
  type: int
  sample: 188
before:
  description: The number of them that were imported before the jobs of the run were created; null if it is not known.
  returned: success, not in check mode, unless O(mode=summary), or when something is missing
  type: int
  sample: 30
imported:
  description: The number of imported data sources by scenario.
  returned: success with O(mode=summary), not in check mode
  type: dict
  sample: {RCP85: 94}
missing:
  description: What is not imported, as ranges of years by model.
  returned: success, not in check mode, or when something is missing
  type: dict
  sample: {HadCM3: "2031, 2044-2046"}
cities:
  description: The number of cities, which all have data of what is completed. Only where the application tells.
  returned: success, not in check mode, or when something is missing
  type: int
  sample: 200
without_data:
  description: Of which requested data sources only some cities have data.
  returned: success, not in check mode, unless O(mode=summary)
  type: list
  elements: str
  sample: ["RCP85 CCSM4 2050: 50 of 200 cities have no data: Akron, OH; Mobile, AL; and 48 more"]
go_on_with:
  description: The playbook that retries the failed jobs.
  returned: when something is missing in an open run
  type: str
  sample: retry_failed.yml
"""

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.verification import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
