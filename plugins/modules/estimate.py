#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: estimate
version_added: 0.1.0
short_description: Estimate what a run will cost
description:
  - Reckons how long the workers of the imports that are going to run will take, and what the spot instances and the
    larger class of the database will cost meanwhile.
  - The hours come from the jobs asked for, from how many workers fit on the fleet, and from how many jobs a worker
    did in a minute in the last drain of the environment. Before the first one, O(job_minutes) for each job is the
    most it can be.
  - The estimate of an open run is made once, and kept in its record; asked again, it is said again.
  - Spot prices are the current ones in the zones of the cluster's own Auto Scaling groups; the extra price of the
    larger class is from a dated table of prices on demand, for PostgreSQL in one zone. A price that is not known is
    said, and makes the sum unknown.
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  cluster:
    description:
      - Name of the ECS cluster, whose own Auto Scaling groups the fleet is copied from.
    type: str
    required: true
  playbook:
    description:
      - The playbook that is going to run.
    type: str
    choices:
      - populate
      - future
      - historical
    default: populate
  sections:
    description:
      - The tags that are going to run. None means all.
    type: list
    elements: str
    default: []
  skip:
    description:
      - The tags that are left out.
    type: list
    elements: str
    default: []
  models:
    description:
      - The climate models of the projections, or V(all) for O(all_models).
    type: list
    elements: str
    default:
      - all
  years:
    description:
      - The years of the projections, as years, ranges such as V(2006-2099), or V(all) for O(all_years).
    type: list
    elements: str
    default:
      - all
  all_models:
    description:
      - What V(all) means for models.
    type: list
    elements: str
    default: []
  all_years:
    description:
      - What V(all) means in O(years), as years and ranges.
    type: list
    elements: str
    default: []
  historical_models:
    description:
      - The climate models of the historical data.
    type: list
    elements: str
    default:
      - all
  historical_years:
    description:
      - The years of the historical data.
    type: list
    elements: str
    default:
      - all
  historical_all_years:
    description:
      - What V(all) means in O(historical_years).
    type: list
    elements: str
    default: []
  job_minutes:
    description:
      - Minutes the longest job takes.
    type: int
    default: 60
  instance_types:
    description:
      - Instance types of the spot fleet.
    type: list
    elements: str
    default:
      - m4.2xlarge
  instance_count:
    description:
      - Instances of the fleet.
    type: int
    default: 20
  max_price:
    description:
      - The bid, as M(climate.ingest.spot_capacity) takes it.
    type: str
  worker_count:
    description:
      - Workers wanted.
    type: int
    default: 200
  worker_task_memory:
    description:
      - Memory of a worker's task in MiB; 0 for that of its container.
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
      - Its class during the import; empty if that stays.
    type: str
    default: db.m4.xlarge
notes:
  - Not in it are disks, the storage of the database, data transfer, the minutes in which instances boot and the class
    of the database changes, and what comes after the workers.
  - In check mode the estimate is left to M(climate.ingest.plan), which knows what the steps between foresaw.
  - Runs inside the controller when the connection of the task is local; as an ordinary module otherwise.
seealso:
  - module: climate.ingest.plan
  - module: climate.ingest.spot_capacity
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Looks at what is kept, and tells the plan what there is to do.
  diff_mode:
    support: none
    description: Changes nothing but the record of the run.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Estimate the cost
  climate.ingest.estimate:
    environment: staging
    cluster: ecsStagingCluster
    playbook: future
    all_models: [ACCESS1-0, CCSM4]
    all_years: [2006-2100]
    instance_types: [m4.2xlarge, m5.2xlarge]
    database: dbstaging
"""

RETURN = r"""
message:
  description: The estimate in a sentence, or why there is none.
  returned: when it is not predicted
  type: str
  sample: >-
    34 h 00 min, 103.19 to 118.23 USD: at most, from 1995 jobs of 60 minutes each (ingest_job_minutes), 60 workers at
    once
estimate:
  description: The estimate.
  returned: when there is one
  type: dict
  contains:
    at:
      description: When it was made, ISO 8601.
      type: str
    hours:
      description: How long the workers take; null if nobody knows.
      type: float
    usd_low:
      description: US dollars at the lowest of the spot prices; null if a price is not known.
      type: float
    usd_high:
      description: US dollars at the highest of the spot prices.
      type: float
    fleet_usd_per_hour:
      description: The least and the most that the fleet costs an hour at these prices.
      type: list
      elements: float
    never_more:
      description: What the fleet never costs more an hour, from the bid or the price on demand; null if not known.
      type: float
    database_usd_per_hour:
      description: What the larger class of the database costs more an hour.
      type: float
    basis:
      description: What the hours are reckoned from.
      type: str
    unknown:
      description: Prices that are not known.
      type: list
      elements: str
predicted:
  description: The estimate is left to the plan.
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
