#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: spot_capacity
version_added: 1.0.0
short_description: Add Spot Instances to an ECS cluster, or remove them
description:
  - Copies the launch configuration or launch template of the cluster's container instances into a launch template with
    another disk size, and creates an Auto Scaling group of Spot Instances from it.
  - The copy keeps the AMI, key pair, security groups, instance profile and user data. The user data must name the
    cluster. If the module understands its format, it sets C(ECS_ENABLE_SPOT_INSTANCE_DRAINING).
  - Waits until the instances have registered with the cluster. After O(timeout) it continues with fewer.
  - The template, group, instances and volumes are tagged C(climate.ingest:run) and C(climate.ingest:environment). The
    module does not change a template or group without these tags.
options:
  state:
    description:
      - V(present) creates the template and the group.
      - V(absent) removes the group, its instances and the template, and waits until the instances are terminated and
        deregistered from the cluster.
    type: str
    choices:
      - present
      - absent
    default: present
  name:
    description:
      - Name of the group and the template. By default C(ingest-<environment>-spot), after O(environment).
    type: str
  standing_group:
    description:
      - The name of an Auto Scaling group that stays, to use instead of a group that the module makes. With V(present)
        it must be at rest, with a desired capacity of 0 and no instances, and nothing else may scale it.
      - V(present) sets its desired capacity to O(count) and raises its maximum if that is too small. V(absent) puts its
        sizes, suspended processes and protection from scale-in back to what they were. It is never tagged or deleted.
      - What it was is kept in SSM parameters below C(/climate.ingest/) before it is changed.
      - O(name), O(instance_types), O(disk_gb), O(source), O(max_price) and O(subnets) have no effect then.
    type: str
    version_added: 1.0.0
  cluster:
    description:
      - The ECS cluster.
    type: str
    required: true
  environment:
    description:
      - Name of the environment, for the tag C(climate.ingest:environment).
    type: str
    required: true
  instance_types:
    description:
      - The instance types. From several, EC2 chooses by price and by how unlikely an interruption is
        (C(price-capacity-optimized)).
    type: list
    elements: str
    default:
      - m4.2xlarge
  count:
    description:
      - The desired number of instances.
    type: int
    default: 20
  minimum:
    description:
      - The module fails if fewer instances than this have registered after O(timeout).
    type: int
    default: 1
  disk_gb:
    description:
      - Size in GB of the disk that holds images and containers. This is C(/dev/xvdcz) on AMIs with a separate Docker
        volume, and the root device on all others.
      - If the AMI is an SSM parameter that cannot be resolved, the module uses the only device of the source, or
        C(/dev/xvda).
    type: int
    default: 100
  source:
    description:
      - The name of a launch configuration, or the name or ID of a launch template, to copy. Of a template the latest
        version is used.
      - By default the source of the newest Auto Scaling group behind the cluster's container instances, except for
        groups that this module created.
    type: str
  image:
    description:
      - The AMI of the instances. V(source) is that of O(source).
      - V(recommended) is the newest of the same family, which AWS names in a public SSM parameter. The family (Amazon
        Linux, 2 and 2023, their kernels, GPU and Neuron variants, and Bottlerocket) is told from AWS's own name of the
        AMI, so a custom AMI is refused.
      - The ID of an AMI takes just that one.
      - Another AMI has block devices of its own. O(disk_gb) is then the size of the volume that fills up there, with
        the type and encryption of the source's.
    type: str
    default: source
  max_price:
    description:
      - The maximum Spot price, in US dollars an hour such as V(0.25), or as a multiple of the highest current Spot
        price such as V(1.5x).
      - By default, and with V(none), the on-demand price is the limit.
      - A multiple is computed when the group is created. It does not follow later price changes.
    type: str
  subnets:
    description:
      - IDs of the subnets to launch in. By default those of the group that uses the source.
    type: list
    elements: str
  unattended_hours:
    description:
      - The number of hours, up to 168, after which the account itself sets the group to 0 instances if no controller
        comes back. The group carries a scheduled action, which every later step in this O(environment) moves ahead.
      - V(0) schedules nothing, and removes an action scheduled before. The group then lives until somebody removes it.
    type: int
    default: 12
  wait:
    description:
      - Whether to wait until the instances have registered, or are terminated.
    type: bool
    default: true
  timeout:
    description:
      - How many seconds to wait at most.
    type: int
    default: 900
notes:
  - The stock modules do not suffice. M(amazon.aws.autoscaling_group) reports a change for each existing group.
    M(community.aws.autoscaling_launch_config) has no check mode, and accounts opened since October 2024 cannot create
    launch configurations. No stock module copies either into a launch template.
  - The group's C(AZRebalance) process is suspended and Capacity Rebalancing is off, because both would stop workers in
    the middle of a job. ECS drains an instance when it gets an interruption notice.
  - Running instances are not replaced when the template changes.
  - If the scheduled action has set the group to 0 instances, the module raises it again and warns that it happened.
  - Instances are not drained before they are removed. Remove the workers' service first.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - climate.ingest.requirements
  - climate.ingest.patience
  - climate.ingest.controller
  - climate.ingest.step
attributes:
  check_mode:
    support: full
    description: Reads the source, types and prices, and predicts the result. Later tasks of the play build on the
      prediction.
  diff_mode:
    support: full
    description: Shows the template, with its user data as text, and the group.
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: Start twenty Spot Instances without waiting for them
  climate.ingest.spot_capacity:
    cluster: ecsStagingCluster
    environment: staging
    instance_types: [m4.2xlarge]
    count: 20
    disk_gb: 100
    wait: false

- name: Use several types and a maximum price, and accept ten of twenty instances
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
image:
  description: The AMI of the instances, and the one of the source that it replaces.
  returned: success, with O(state=present) and O(image) other than V(source)
  type: str
  sample: ami-0abcdef1234567890 (amzn2-ami-ecs-hvm-2.0.20260924-x86_64-ebs) in place of ami-0123456789abcdef0 (...)
group:
  description: Name of the group and the template.
  returned: success
  type: str
  sample: ingest-staging-spot
source:
  description: The launch configuration or launch template that was copied.
  returned: success, with O(state=present)
  type: str
  sample: lcStagingContainerInstance-20260101
spot_prices:
  description: The current Spot prices in the Availability Zones of the subnets, cheapest first.
  returned: success, with O(state=present)
  type: list
  elements: dict
  contains:
    instance_type:
      description: The instance type.
      type: str
      sample: m4.2xlarge
    availability_zone:
      description: The Availability Zone.
      type: str
      sample: us-east-1a
    price:
      description: The price in US dollars an hour.
      type: float
      sample: 0.121
max_price:
  description: The maximum price in US dollars an hour, or C(on-demand price).
  returned: success, with O(state=present)
  type: str
  sample: on-demand price
instances:
  description: The instances registered with the cluster; empty if O(wait=false), and in check mode.
  returned: success, with O(state=present)
  type: list
  elements: dict
  contains:
    instance_id:
      description: ID of the EC2 instance.
      type: str
      sample: i-0123456789abcdef0
    instance_type:
      description: Its type.
      type: str
      sample: m4.2xlarge
    container_instance_arn:
      description: ARN of the container instance.
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:container-instance/ecsStagingCluster/0123456789abcdef0
message:
  description: A summary in one sentence.
  returned: success, with O(state=present)
  type: str
  sample: 20 of 20 instances of m4.2xlarge registered
terminated:
  description: The number of instances that were terminated, or would be in check mode.
  returned: success, with O(state=absent)
  type: int
  sample: 20
predicted:
  description: Whether this is a prediction.
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
