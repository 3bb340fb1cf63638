#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: preflight
version_added: 0.1.0
short_description: Look for all that would stop a run, before anything is changed
description:
  - Checks the variables of a run, and the account it is to run in, and reports all problems in one message.
  - Names each problem by the variable as it is written in the inventory or with C(-e), with its value and what is
    allowed.
  - Fails with one message when another controller has the environment.
  - An option is the variable of that name without C(ingest_). Options are of any type, as a wrong value is to be
    reported with all others; the allowed ones are those of the roles.
notes:
  - There is no stock module for it.
  - Permissions are tried by EC2's dry runs, by harmless reads, and by IAM's simulation of policies where the caller may
    ask for it.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.preflight
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Look before anything is changed
  climate.ingest.preflight:
    environment: staging
    cluster: ecsStagingCluster
    queue: cc-api-staging
    database: dbstaging
    worker_count: 200
    all_models: [HadCM3]
    all_years: 2006-2099
    historical_all_years: 1950-2005
    sections: "{{ ansible_run_tags }}"
    skip: "{{ ansible_skip_tags }}"

- name: Look before one command is run
  climate.ingest.preflight:
    playbook: command
    command: loaddata,scenarios
"""

RETURN = r"""
account:
  description: The account, 12 digits.
  returned: success
  type: str
  sample: "123456789012"
arn:
  description: Who the caller is.
  returned: success
  type: str
  sample: arn:aws:iam::123456789012:user/operator
region:
  description: The region in force.
  returned: success
  type: str
  sample: us-east-1
endpoint_url:
  description: Where the answer came from.
  returned: success
  type: str
  sample: https://sts.us-east-1.amazonaws.com
run:
  description: The last run of the environment, if there was one.
  returned: success
  type: str
  sample: staging-3
complete:
  description: Whether the last run has done what is asked for; the account was not looked at then.
  returned: success
  type: bool
  sample: false
facts:
  description: What was learnt of cluster, task definition, launch source, database, queue, and of how many workers fit.
  returned: success
  type: dict
  sample:
    queue: {visible: 0, in_flight: 0, delayed: 0, retention_seconds: 345600, visibility_seconds: 14400}
preflight_warnings:
  description: What is in the way, but not wrong; also reported as warnings.
  returned: always, but when another controller has the environment
  type: list
  elements: str
  sample: ["200 workers requested (8192 MiB each); 20 x m4.2xlarge would hold 60: 60 run, 140 wait."]
problems:
  description: All problems; the message lists them.
  returned: failure
  type: list
  elements: str
  sample: ["ingest_worker_count is 'many'; allowed are whole numbers from 1 to 5000."]
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
