#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: lock
version_added: 1.0.0
short_description: Lock an environment for this controller, or release the lock
description:
  - Only one controller at a time may work in an environment. It holds the lock, an SSM parameter under
    C(/climate.ingest/<environment>/lock/), and renews it while it works.
  - A lock expires 15 minutes after its last renewal. A lock of a process on the same machine expires as soon as that
    process has ended.
options:
  state:
    description:
      - V(present) takes the lock, or fails if another controller holds it.
      - V(absent) releases the lock. It leaves the lock of another controller alone.
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
      - Number of another controller's lock to take over.
    type: str
notes:
  - Needs a local connection, because the lock belongs to the controller.
seealso:
  - module: climate.ingest.run
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
attributes:
  check_mode:
    support: full
    description: Fails if another controller holds the lock. Takes no lock.
  diff_mode:
    support: none
    description: A lock lasts no longer than the play and is not reported as a change.
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
  description: Number of the other controller's lock.
  returned: when another controller holds the lock
  type: int
  sample: 7
holder:
  description: Who holds the lock, and where.
  returned: when another controller holds the lock
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
