#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: preflight
version_added: 1.0.0
short_description: Check everything that would stop a run
description:
  - Checks the variables of a run and the account, and reports all problems at once. It changes nothing.
  - Each problem names the variable, its value and what is allowed.
  - If a variable begins with C(ingest_) and no role of the collection has it, the module fails before it calls AWS, and
    suggests the nearest name.
  - If another controller holds the lock of the environment, the module reports only that.
notes:
  - The module tests permissions with EC2's dry runs, with harmless reads, and with IAM's policy simulation where the
    caller may use it.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
options:
  variables:
    description:
      - The variables of the run and their values.
      - By default the action plugin passes all variables of the host that begin with C(ingest_), and the defaults of
        the collection's roles. It leaves out secrets.
    type: dict
    default: {}
  unresolved:
    description:
      - Variables whose templates fail, each with the reason. Set together with O(variables).
    type: dict
    default: {}
  specs:
    description:
      - The argument spec of every variable that exists, in the format of a role's C(meta/argument_specs.yml).
      - By default those of the collection's roles. Set together with O(variables).
    type: dict
    default: {}
  defaults:
    description:
      - The default of every variable that has one, to tell which variables were set.
      - By default those of the collection's roles. Set together with O(variables).
    type: dict
    default: {}
  playbook:
    description:
      - The playbook to check. Only what it needs is checked in the account.
    type: str
    choices: [populate, future, historical, cities, retry_failed, command, teardown]
    default: populate
  tags:
    description:
      - The tags to run (C(ansible_run_tags)). An empty list means all.
    type: list
    elements: str
    default: []
  skip_tags:
    description:
      - The tags to skip (C(ansible_skip_tags)).
    type: list
    elements: str
    default: []
  expected_account:
    description:
      - The ID of the AWS account that the credentials must belong to.
    type: str
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
- name: Check the variables of the host and the account
  climate.ingest.preflight:
    tags: "{{ ansible_run_tags }}"
    skip_tags: "{{ ansible_skip_tags }}"

- name: Check what one command needs
  climate.ingest.preflight:
    playbook: command
  vars:
    ingest_command: loaddata,scenarios
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
  description: Whether the last run imported what is requested. The account was not checked then.
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
  returned: success, and failure when there are any
  type: list
  elements: str
  sample: ["200 workers requested (8192 MiB each); 20 x m4.2xlarge would hold 60: 60 run, 140 wait."]
problems:
  description: All problems; the message gives their number.
  returned: failure
  type: list
  elements: str
  sample: ['ingest_worker_count is "many"; allowed are whole numbers from 1 to 5000.']
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
