#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: spot_capacity
version_added: 0.1.0
short_description: Add spot instances to an ECS cluster, or remove them
description:
  - Copies what the cluster's own container instances are launched from, a launch configuration or a launch template,
    into a launch template with another disk, and makes an Auto Scaling group of spot instances on it.
  - AMI, key, security groups, instance profile and user data are kept. The user data has to name the cluster, and
    C(ECS_ENABLE_SPOT_INSTANCE_DRAINING) is turned on where its form is understood.
  - Waits until the instances have registered with the cluster, and goes on with fewer after O(timeout).
  - Template, group, instances and volumes carry the tags C(climate.ingest:run) and C(climate.ingest:environment).
    What has the name and not these tags is left alone.
options:
  state:
    description:
      - V(present) makes the template and the group.
      - V(absent) removes the group with its instances and the template, and waits until the instances are terminated
        and deregistered from the cluster.
    type: str
    choices:
      - present
      - absent
    default: present
  name:
    description:
      - Name of the group and the template. By default C(ingest-<environment>-spot), after O(environment).
    type: str
  cluster:
    description:
      - The ECS cluster.
    type: str
    required: true
  environment:
    description:
      - Name of the environment; kept as the tag C(climate.ingest:environment).
    type: str
    required: true
  instance_types:
    description:
      - The instance types. With several EC2 takes the cheapest ones that are least likely to be taken back.
    type: list
    elements: str
    default:
      - m4.2xlarge
  count:
    description:
      - How many instances.
    type: int
    default: 20
  minimum:
    description:
      - With fewer instances than this after O(timeout) the module fails.
    type: int
    default: 1
  disk_gb:
    description:
      - Size of the disk in GB, on the device the AMI uses for it. This is C(/dev/xvdcz) on AMIs that give Docker a
        volume of its own, and the root device on all others.
      - Where the AMI is an SSM parameter that cannot be resolved, the only device of the source is taken, or
        C(/dev/xvda).
    type: int
    default: 100
  source:
    description:
      - The launch configuration (by name) or launch template (by id, or by name; its latest version) to copy.
      - By default what the newest Auto Scaling group behind the cluster's container instances uses, groups made by this
        module left out.
    type: str
  max_price:
    description:
      - The bid. US dollars an hour such as V(0.25), or a multiple of the highest current spot price such as V(1.5x).
      - By default, and with V(none), there is no bid, and the on-demand price is the limit.
      - A multiple is computed when the group is made, and stays as it is when prices move.
    type: str
  subnets:
    description:
      - Ids of the subnets to launch in. By default those of the group that uses the source.
    type: list
    elements: str
  wait:
    description:
      - Whether to wait for the instances to come, or to go.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 900
notes:
  - The stock modules do not fit. M(amazon.aws.autoscaling_group) reports a change for each existing group,
    M(community.aws.autoscaling_launch_config) has no check mode and makes launch configurations, which accounts made
    since October 2024 cannot have, and there is no module that copies either into a template.
  - The group's process C(AZRebalance) is suspended and capacity rebalancing is off, as both would end workers in the
    middle of a job. ECS drains an instance when EC2 announces to take it back.
  - Instances that run already are not replaced when the template changes.
  - Instances are not drained before they are removed. Remove the service of the workers first.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Reads source, types and prices, and predicts; later tasks of the play predict on top of it.
  diff_mode:
    support: full
    description: Shows the template (user data as text) and the group.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Twenty spot instances, started but not waited for
  climate.ingest.spot_capacity:
    cluster: ecsStagingCluster
    environment: staging
    instance_types: [m4.2xlarge]
    count: 20
    disk_gb: 100
    wait: false

- name: Several types, a bid, and at least ten of twenty
  climate.ingest.spot_capacity:
    cluster: ecsStagingCluster
    environment: staging
    instance_types: [m4.2xlarge, m5.2xlarge]
    count: 20
    minimum: 10
    max_price: 1.5x

- name: Remove them
  climate.ingest.spot_capacity:
    state: absent
    cluster: ecsStagingCluster
    environment: staging
"""

RETURN = r"""
group:
  description: Name of the group and the template.
  returned: success
  type: str
  sample: ingest-staging-spot
source:
  description: What was copied.
  returned: success, with O(state=present)
  type: str
  sample: lcStagingContainerInstance-20260101
spot_prices:
  description: The current spot prices in the zones of the subnets, cheapest first.
  returned: success, with O(state=present)
  type: list
  elements: dict
  contains:
    instance_type:
      description: The type.
      type: str
      sample: m4.2xlarge
    availability_zone:
      description: The zone.
      type: str
      sample: us-east-1a
    price:
      description: US dollars an hour.
      type: float
      sample: 0.121
max_price:
  description: The bid in US dollars an hour, or that there is none.
  returned: success, with O(state=present)
  type: str
  sample: on-demand price
instances:
  description: The instances that are registered with the cluster; empty without O(wait) and in check mode.
  returned: success, with O(state=present)
  type: list
  elements: dict
  contains:
    instance_id:
      description: The EC2 instance.
      type: str
      sample: i-0123456789abcdef0
    instance_type:
      description: Its type.
      type: str
      sample: m4.2xlarge
    container_instance_arn:
      description: The container instance.
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:container-instance/ecsStagingCluster/0123456789abcdef0
message:
  description: What came, or would come.
  returned: success, with O(state=present)
  type: str
  sample: 20 of 20 instances of m4.2xlarge registered
terminated:
  description: How many instances were terminated, or would be in check mode.
  returned: success, with O(state=absent)
  type: int
  sample: 20
predicted:
  description: That this is a prediction.
  returned: in check mode
  type: bool
  sample: true
"""

from ansible_collections.climate.ingest.plugins.module_utils.fleet.spot_capacity import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
