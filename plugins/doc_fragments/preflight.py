# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the checks before a run: a variable each."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of M(climate.ingest.preflight)."""

    DOCUMENTATION = r"""
options:
  memory_reservation:
    description:
      - Soft memory limit of the management container in MiB; the hard limit is removed.
    type: raw
    default: 2048
  worker_task_memory:
    description:
      - Memory of a worker's task in MiB.
    type: raw
    default: 8192
  worker_memory:
    description:
      - Hard memory limit of a worker's container in MiB.
    type: raw
    default: 8192
  worker_count:
    description:
      - Workers (tasks of the service).
    type: raw
    default: 200
  worker_timeout:
    description:
      - Seconds within which the first workers must run.
    type: raw
    default: 900
  instance_count:
    description:
      - Instances of the fleet.
    type: raw
    default: 20
  instance_disk_gb:
    description:
      - Size of an instance's disk in GB.
    type: raw
    default: 100
  capacity_minimum:
    description:
      - With fewer instances than this after C(ingest_capacity_timeout) the run fails.
    type: raw
    default: 1
  capacity_timeout:
    description:
      - Seconds to wait for the fleet before going on with what came.
    type: raw
    default: 900
  database_storage_gb:
    description:
      - Storage in GB; it can only grow and stays that large.
    type: raw
    default: 240
  database_timeout:
    description:
      - Seconds to wait for the change.
    type: raw
    default: 7200
  command_timeout:
    description:
      - Seconds a management command may take; 0 for as long as it needs.
    type: raw
    default: 0
  command_capacity_timeout:
    description:
      - Seconds to wait for room in the cluster for a management command.
    type: raw
    default: 900
  queue_settle_seconds:
    description:
      - How long the approximate count of the queue must stay put before it is believed to be wrong.
    type: raw
    default: 120
  expected_jobs:
    description:
      - Jobs in the queue when the drain begins, for the progress bar; 0 for what is there.
    type: raw
    default: 0
  drain_stable_seconds:
    description:
      - Seconds for which the queue must stay empty; SQS counts lag by up to a minute.
    type: raw
    default: 60
  drain_stall_timeout:
    description:
      - Seconds without any progress after which the drain is given up.
    type: raw
    default: 1800
  allow_failed_jobs:
    description:
      - Failed jobs of a data set that are tolerated.
    type: raw
    default: 0
  queue_hours:
    description:
      - Hours a job may have to wait in the queue, which must keep messages for at least as long.
    type: raw
    default: 72
  job_minutes:
    description:
      - Minutes the longest job takes; the queue must not give a job to a second worker before.
    type: raw
    default: 60
  cluster:
    description:
      - Name of the ECS cluster.
    type: raw
    default: ecsStagingCluster
  family:
    description:
      - Family of the task definition that runs C(manage.py).
    type: raw
    default: StagingManagement
  container:
    description:
      - Container of that family that runs C(manage.py); its entry point is C(./manage.py).
    type: raw
    default: management
  queue:
    description:
      - Name or URL of the SQS job queue.
    type: raw
    default: cc-api-staging
  database:
    description:
      - Identifier of the RDS instance.
    type: raw
    default: dbstaging
  database_class:
    description:
      - Class during the import.
    type: raw
    default: db.m4.xlarge
  scenario:
    description:
      - Scenario of the projections.
    type: raw
    default: RCP85
  historical_scenario:
    description:
      - Scenario of the historical data.
    type: raw
    default: historical
  purge_queue:
    description:
      - Delete what is in the job queue before jobs are created. Jobs other people queued go as well.
    type: raw
    default: false
  capacity_wait:
    description:
      - Wait for the instances, or only ask for them.
    type: raw
    default: true
  database_wait:
    description:
      - Wait for the change, or only ask for it.
    type: raw
    default: true
  environment:
    description:
      - Name of the environment; part of the names and tags of everything a run creates.
    type: raw
    default: staging
  on_failure:
    description:
      - What becomes of fleet and database when a run fails, V(remove) or V(keep).
    type: raw
    default: remove
  models:
    description:
      - 'Models to import projections of: C(all) or comma-separated.'
    type: raw
    default: all
  years:
    description:
      - 'Years to import projections of: C(all) or comma-separated.'
    type: raw
    default: all
  all_models:
    description:
      - 'What C(all) means to the application for models: those of NEX-GDDP.'
    type: raw
  all_years:
    description:
      - What C(all) means to the application for years of a projection.
    type: raw
  historical_models:
    description:
      - 'Models to import historical data of: C(all) or comma-separated.'
    type: raw
    default: all
  historical_years:
    description:
      - 'Years to import historical data of: C(all) or comma-separated.'
    type: raw
    default: all
  historical_all_years:
    description:
      - What C(all) means to the application for years of historical data.
    type: raw
  launch_type:
    description:
      - Launch type of management commands; empty for the cluster's default capacity provider strategy.
    type: raw
    default: EC2
  capacity_provider_strategy:
    description:
      - Capacity provider strategy of management commands, with an empty C(ingest_launch_type); as
        M(climate.ingest.management_command) takes it.
    type: raw
    default: []
  network_configuration:
    description:
      - Network configuration of tasks in C(awsvpc) mode (Fargate), in the form M(climate.ingest.management_command)
        takes it.
    type: raw
    default: {}
  command_placement_constraints:
    description:
      - Placement constraints of management commands. By default they keep off the spot fleet, where a command dies
        with its instance.
    type: raw
    default: []
  worker_placement_strategy:
    description:
      - How workers are spread over the instances, as M(climate.ingest.processing_service) takes it.
    type: raw
    default: [{field: 'attribute:ecs.instance-type', type: spread}]
  worker_placement_constraints:
    description:
      - Placement constraints of workers, beside the one that keeps them on instances of C(ingest_instance_types).
    type: raw
    default: []
  worker_environment:
    description:
      - Environment variables of a worker, merged into those of the definition.
    type: raw
    default: {DJANGO_LOG_LEVEL: DEBUG}
  instance_types:
    description:
      - Instance types of the spot fleet; several make spot capacity likelier.
    type: raw
    default: [m4.2xlarge]
  spot_max_price:
    description:
      - 'The bid: empty for the on-demand price, a figure in USD an hour (V(0.25)) or a multiple of the current spot
        price (V(1.5x)).'
    type: raw
    default: ""
  launch_source:
    description:
      - Launch configuration or launch template to copy; empty for the one of the cluster's container instances.
    type: raw
    default: ""
  log_group:
    description:
      - CloudWatch log group for the logs of commands and workers; empty leaves them where they go.
    type: raw
    default: ""
  migrate_command:
    description:
      - Run Migrations.
    type: raw
    default: migrate
  scenarios_command:
    description:
      - Load Scenarios.
    type: raw
    default: loaddata,scenarios
  climate_models_command:
    description:
      - Load Climate Models.
    type: raw
    default: loaddata,climate-models
  cities_command:
    description:
      - Load Cities.
    type: raw
    default: import_cities,azavea-climate-sandbox,geonames_cities_top200_us.geojson
  create_jobs_command:
    description:
      - The command that queues the jobs.
    type: raw
  worker_command:
    description:
      - The command of a worker.
    type: raw
    default: [run_jobs]
  verify_command:
    description:
      - Prints a line C(INGEST_COMPLETED MODEL YEAR YEAR ...) for each model with completed imports of the scenario.
    type: raw
  generate_historic_command:
    description:
      - Generate Historical Data.
    type: raw
    default: generate_historic
  summary_command:
    description:
      - Prints what the database holds, at the end of a run.
    type: raw
  command:
    description:
      - The command of C(playbooks/command.yml), there the variable C(command).
    type: raw
  playbook:
    description:
      - Which playbook is going to run; each has other parts.
    type: str
    choices: [populate, future, historical, retry_failed, command, teardown]
    default: populate
  sections:
    description:
      - Tags of the parts that are going to run, as C(ansible_run_tags) has them; none means all.
    type: list
    elements: str
    default: []
  skip:
    description:
      - Tags of the parts left out, as C(ansible_skip_tags) has them.
    type: list
    elements: str
    default: []
  take_over:
    description:
      - Number of another controller's lock of the environment that does not count.
    type: str
  new_run_after:
    description:
      - Identifier of a run after whose completion a new one is wanted.
    type: str
  requested:
    description:
      - What the run is to import, as the record of a run keeps it. When the last run did just that, the account
        is not looked at.
    type: dict
  expected_account:
    description:
      - Fail when the credentials are of another account than this one (its 12 digits).
    type: str
  unreachable_hint:
    description:
      - What to do when AWS cannot be reached; added to the message.
    type: str
"""
