#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: estimate
version_added: 1.0.0
short_description: Estimate what a run will cost
description:
  - Estimates how long the workers will take, and what the Spot Instances and the larger class of the database will cost
    in that time.
  - The time is computed from the number of requested jobs, the number of workers that fit on the fleet, and the jobs
    per minute that a worker did in the environment's last drain. Before the first drain, O(job_minutes) per job gives
    an upper limit.
  - An open run is estimated once. Its record keeps the estimate, which the module returns from then on.
  - The module uses current Spot prices in the Availability Zones of the cluster's own Auto Scaling groups. The extra
    cost of the database comes from a dated table of on-demand prices for PostgreSQL in a single Availability Zone. If a
    price is not known, the module names it and gives no total.
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  cluster:
    description:
      - Name of the ECS cluster. The fleet is a copy of its Auto Scaling group.
    type: str
    required: true
  playbook:
    description:
      - The playbook to estimate.
    type: str
    choices:
      - populate
      - future
      - historical
      - cities
    default: populate
  tags:
    description:
      - The tags to run. An empty list means all.
    type: list
    elements: str
    default: []
  skip_tags:
    description:
      - The tags to skip.
    type: list
    elements: str
    default: []
  job_minutes:
    description:
      - How many minutes the longest job takes.
    type: int
    default: 60
  measured_minutes:
    description:
      - How many minutes a job took just now, as M(climate.ingest.canary) measured it. The run is then estimated anew.
    type: float
  instance_types:
    description:
      - Instance types of the fleet.
    type: list
    elements: str
    default:
      - m4.2xlarge
  fleet_group:
    description:
      - The Auto Scaling group that stays, if one is used. Its own instance types count then.
    type: str
  instance_count:
    description:
      - Number of instances in the fleet.
    type: int
    default: 20
  max_price:
    description:
      - The maximum Spot price, as for M(climate.ingest.spot_capacity).
    type: str
  worker_count:
    description:
      - The desired number of workers.
    type: int
    default: 200
  worker_task_memory:
    description:
      - Memory of a worker's task in MiB; V(0) if only its container has a limit.
    type: int
    default: 8192
  worker_memory:
    description:
      - Memory of a worker's container in MiB.
    type: int
    default: 8192
  database:
    description:
      - The identifier of the RDS instance.
    type: str
    required: true
  database_class:
    description:
      - Its class during the import; empty to keep the present one.
    type: str
    default: db.m4.xlarge
notes:
  - The estimate does not include disks, database storage, data transfer, the minutes in which instances start and the
    database changes its class, and what follows after the workers.
  - In check mode M(climate.ingest.plan) makes the estimate, because it knows what the steps in between predict.
seealso:
  - module: climate.ingest.plan
  - module: climate.ingest.spot_capacity
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.imports
  - climate.ingest.imports.drain
  - climate.ingest.controller
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Reads the record, and leaves the estimate to M(climate.ingest.plan).
  diff_mode:
    support: none
    description: Changes only the record of the run.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Estimate the cost
  climate.ingest.estimate:
    environment: staging
    cluster: ecsStagingCluster
    playbook: future
    imports:
      - scenario: RCP85
        all_models: [ACCESS1-0, CCSM4]
        all_years: [2006-2100]
    instance_types: [m4.2xlarge, m5.2xlarge]
    database: dbstaging
"""

RETURN = r"""
message:
  description: The estimate in one sentence, or why there is none.
  returned: success, not in check mode
  type: str
  sample: >-
    34h 00m, 103.19 to 118.23 USD: at most, from 1995 jobs of 60 minutes each (ingest_job_minutes), 60 workers at
    once
estimate:
  description: The estimate.
  returned: when there is one
  type: dict
  contains:
    at:
      description: When the estimate was made, in ISO 8601.
      type: str
    hours:
      description: How many hours the workers take; null if not known.
      type: float
    usd_low:
      description: Cost in US dollars at the lowest Spot price; null if a price is not known.
      type: float
    usd_high:
      description: Cost in US dollars at the highest Spot price; null if a price is not known.
      type: float
    fleet_usd_per_hour:
      description: The lowest and the highest cost of the fleet in US dollars an hour.
      type: list
      elements: float
    never_more:
      description: Upper limit of the fleet's cost in US dollars an hour, from the maximum Spot price or the on-demand
        price; null if not known.
      type: float
    database_usd_per_hour:
      description: Extra cost of the larger class of the database in US dollars an hour.
      type: float
    basis:
      description: What the time was computed from.
      type: str
    unknown:
      description: The prices that are not known.
      type: list
      elements: str
predicted:
  description: Whether the estimate is left to M(climate.ingest.plan).
  returned: in check mode
  type: bool
"""

from ansible_collections.climate.ingest.plugins.module_utils.cost.estimate import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
