#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: account_info
version_added: 0.1.0
short_description: Tell which AWS account answers, or why none does
description:
  - Asks who the caller is, which needs no permission, as the first task of a playbook.
  - Fails with a message that tells a missing network, missing or expired credentials and a wrong region apart.
options:
  expected_account:
    description:
      - Fail when the credentials are of another account than this one (its 12 digits).
    type: str
  unreachable_hint:
    description:
      - What to do when AWS cannot be reached; added to the message.
    type: str
notes:
  - The stock module M(amazon.aws.aws_caller_info) repeats botocore's text, and takes half a minute to notice that
    nothing listens at an endpoint on this machine.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
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
- name: Know the account
  climate.ingest.account_info:
    unreachable_hint: Start the sandbox with make up.
  register: account

- name: Be sure that it is the staging account
  climate.ingest.account_info:
    expected_account: "123456789012"
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
"""

from ansible_collections.climate.ingest.plugins.module_utils.account_info import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
