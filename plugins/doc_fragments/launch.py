# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents where a task is launched."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
  launch_type:
    description:
      - The launch type. The cluster's default capacity provider strategy applies if neither this nor
        O(capacity_provider_strategy) is set.
    type: str
    choices:
      - EC2
      - FARGATE
      - EXTERNAL
  capacity_provider_strategy:
    description:
      - The capacity providers to launch on.
      - Mutually exclusive with O(launch_type).
    type: list
    elements: dict
    suboptions:
      capacity_provider:
        description:
          - Name of the capacity provider.
        type: str
        required: true
      weight:
        description:
          - Its relative share of the tasks.
        type: int
      base:
        description:
          - The number of tasks it gets before the weights apply.
        type: int
  network_configuration:
    description:
      - The network of the task. Task definitions with network mode C(awsvpc) need it, and so does Fargate.
    type: dict
    suboptions:
      subnets:
        description:
          - IDs of the subnets.
        type: list
        elements: str
        required: true
      security_groups:
        description:
          - IDs of the security groups. By default the VPC's default security group.
        type: list
        elements: str
      assign_public_ip:
        description:
          - Whether the task gets a public IP address.
        type: bool
        default: false
  placement_constraints:
    description:
      - Where the task may run. Keep commands off Spot Instances. A standalone task ends with its instance and is not
        replaced.
    type: list
    elements: dict
    suboptions:
      type:
        description:
          - Type of the constraint.
        type: str
        choices:
          - memberOf
          - distinctInstance
        default: memberOf
      expression:
        description:
          - The expression of a V(memberOf) constraint in the cluster query language.
        type: str
  placement_strategy:
    description:
      - How to choose among the instances that qualify.
    type: list
    elements: dict
    suboptions:
      type:
        description:
          - Type of the strategy.
        type: str
        choices:
          - random
          - spread
          - binpack
        required: true
      field:
        description:
          - The attribute to spread across, or the resource to pack by.
        type: str
"""
