# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents where a task is launched."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
  launch_type:
    description:
      - The launch type. Without it and O(capacity_provider_strategy) the default strategy of the cluster applies.
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
          - Its share of the tasks.
        type: int
      base:
        description:
          - The number of tasks it gets before the shares count.
        type: int
  network_configuration:
    description:
      - The network of the task, for task definitions with the C(awsvpc) network mode (always so on Fargate).
    type: dict
    suboptions:
      subnets:
        description:
          - Ids of the subnets.
        type: list
        elements: str
        required: true
      security_groups:
        description:
          - Ids of the security groups. By default the VPC's own.
        type: list
        elements: str
      assign_public_ip:
        description:
          - Whether the task gets a public address.
        type: bool
        default: false
  placement_constraints:
    description:
      - Where the task may run. Keep commands off spot instances, for a task that is not part of a service dies with
        its instance.
    type: list
    elements: dict
    suboptions:
      type:
        description:
          - Kind of the constraint.
        type: str
        choices:
          - memberOf
          - distinctInstance
        default: memberOf
      expression:
        description:
          - The expression of a V(memberOf) constraint, in the cluster query language.
        type: str
  placement_strategy:
    description:
      - Which of the instances that qualify is taken.
    type: list
    elements: dict
    suboptions:
      type:
        description:
          - Kind of the strategy.
        type: str
        choices:
          - random
          - spread
          - binpack
        required: true
      field:
        description:
          - The attribute to spread by, or the resource to pack by.
        type: str
"""
