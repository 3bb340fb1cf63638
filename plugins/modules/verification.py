#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: verification
version_added: 0.1.0
short_description: Verify that everything requested was imported
description:
  - Runs a management command that says what is imported, and compares that with the scenario, models and years asked
    for.
  - The command prints one line a model, C(INGEST_COMPLETED <model> <year> <year> ...); other lines are shown and do
    not count.
  - Where a run is open, the jobs of the scenario that the application gave up (M(climate.ingest.queue_drain)) count as
    well. What is missing without any line of the logs is added to them in the record of the run, and those that were
    queued again and are imported are taken out.
  - Fails if anything is missing, or more jobs have failed than are tolerated, and lists them by model and year.
options:
  scenario:
    description:
      - The scenario that is verified, for messages. The command has to look at it by itself.
    type: str
    required: true
  marker:
    description:
      - The word that lines of the command which count begin with.
    type: str
    default: INGEST_COMPLETED
  allow_failed_jobs:
    description:
      - How many jobs of the scenario may have failed for good. Those of which no log says why do not pass.
    type: int
    default: 0
notes:
  - An empty queue and exit codes of 0 prove nothing, for the workers of the application drop failed jobs and end with
    0 all the same.
  - The log driver of the container must be C(awslogs).
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
seealso:
  - module: climate.ingest.create_jobs
  - module: climate.ingest.management_command
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.command
  - climate.ingest.launch
  - climate.ingest.step
  - climate.ingest.dataset
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
- name: All models and years of RCP85 are imported
  climate.ingest.verification:
    cluster: ecsStagingCluster
    task_definition: StagingManagement
    container: management
    scenario: RCP85
    all_models: [ACCESS1-0, CCSM4]
    all_years: [2006-2099]
    command:
      - shell
      - -c
      - |
        from climate_data.models import ClimateDataSource
        years = {}
        done = ClimateDataSource.objects.filter(scenario__name='RCP85', import_completed=True)
        for model, year in done.order_by('year').values_list('model__name', 'year'):
            years.setdefault(model, []).append(str(year))
        for model in sorted(years):
            print('INGEST_COMPLETED ' + model + ' ' + ' '.join(years[model]))
"""

RETURN = r"""
command:
  description: The arguments of the command.
  returned: success
  type: list
  elements: str
  sample: [loaddata, scenarios]
task_definition_arn:
  description: The task definition it ran in.
  returned: success
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement:14
predicted:
  description: Whether this is what would be run (check mode).
  returned: success
  type: bool
  sample: false
task_arn:
  description: The task.
  returned: when a task was started
  type: str
  sample: arn:aws:ecs:us-east-1:123456789012:task/ecsStagingCluster/0d6a9f0c4a3f4d5bb6c1d3e5f7a9b1c3
exit_code:
  description: Exit code of the container; null when it has none because it never started or its host was lost.
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
scenario:
  description: The scenario.
  returned: success
  type: str
  sample: RCP85
requested:
  description: How many data sources were asked for (models x years).
  returned: success, or when something is missing
  type: int
  sample: 188
completed:
  description: How many of them are imported.
  returned: success not in check mode, or when something is missing
  type: int
  sample: 188
missing:
  description: What is not imported, ranges of years by model.
  returned: success not in check mode, or when something is missing
  type: dict
  sample: {HadCM3: "2031, 2044-2046"}
go_on_with:
  description: The playbook that queues the failed jobs again.
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
