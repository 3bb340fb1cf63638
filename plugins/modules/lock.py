#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: lock
version_added: 0.1.0
short_description: Lock an environment for this controller, or give it back
description:
  - One controller at a time works in an environment. Its lock is an SSM parameter under
    C(/climate.ingest/<environment>/lock/), renewed while it works.
  - A lock ends by itself 15 minutes after it was last renewed, and at once when its process has ended on the machine
    that asks.
options:
  state:
    description:
      - V(present) takes the lock, or fails if another controller has it.
      - V(absent) gives it back; another controller's is left alone.
    type: str
    choices: [present, absent]
    default: present
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  take_over:
    description:
      - Number of another controller's lock that is taken over.
    type: str
notes:
  - Needs a local connection, for only the controller itself can be told from others.
seealso:
  - module: climate.ingest.run
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    description: Fails if another controller has the environment, and takes nothing.
  diff_mode:
    support: none
    description: A lock is gone at the end, and never reported as a change.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Lock the environment
  climate.ingest.lock:
    environment: staging

- name: Release the lock
  climate.ingest.lock:
    environment: staging
    state: absent
"""

RETURN = r"""
lock:
  description: Number of the lock that is in the way.
  returned: when another controller has the environment
  type: int
  sample: 7
holder:
  description: Who has it, and from where.
  returned: when another controller has the environment
  type: str
  sample: alice@laptop (process 4711)
"""

from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.climate.ingest.plugins.module_utils.record.lock import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
