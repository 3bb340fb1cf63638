#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: preflight
version_added: 0.1.0
short_description: Look for all that would stop a run, before anything is changed
description:
  - Checks the variables of a run and the account it is going to run in, and reports all problems at once.
  - Names each problem by its variable, with the value and what is allowed.
  - Refuses a variable that begins with C(ingest_) and that no role of the collection has, before anything is called.
  - Fails with one message when another controller has the environment.
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
options:
  variables:
    description:
      - The variables of the run by name, with their values.
      - By default, all variables of the host that begin with C(ingest_), whoever set them, and the defaults of the
        collection's roles. Secrets are left out.
    type: dict
    default: {}
  unresolved:
    description:
      - Variables whose template fails, each with the reason.
      - Filled in together with O(variables).
    type: dict
    default: {}
  specs:
    description:
      - The argument spec of each variable that exists, as a role's C(meta/argument_specs.yml) has it.
      - By default those of the collection's roles, filled in together with O(variables).
    type: dict
    default: {}
  playbook:
    description:
      - Which playbook is going to run; each has other parts.
    type: str
    choices: [populate, future, historical, retry_failed, command, teardown]
    default: populate
  tags:
    description:
      - Tags of the parts that are going to run, as C(ansible_run_tags) has them; none means all.
    type: list
    elements: str
    default: []
  skip_tags:
    description:
      - Tags of the parts left out, as C(ansible_skip_tags) has them.
    type: list
    elements: str
    default: []
  expected_account:
    description:
      - Fail when the credentials are of another account than this one (its 12 digits).
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
