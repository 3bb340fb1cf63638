#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: job_count
version_added: 0.1.0
short_description: Count the jobs in a queue and compare them with what is expected
description:
  - Counts the messages of an SQS queue, visible, in flight and delayed.
  - Before jobs are created the queue must be empty, after that it must hold exactly one job a model and year asked
    for.
  - The counts of SQS are approximate and may lag by a minute, so a count that is not the one expected is read again
    until it has not changed for O(settle) seconds.
options:
  queue:
    description:
      - Name of the queue.
    type: str
    required: true
  expect:
    description:
      - V(any) reports the counts only.
      - V(empty) fails if there is any message, unless O(purge).
      - V(asked) fails unless there are as many messages as O(models) times O(years) and O(before). In check mode
        that is predicted, for nothing was queued.
    type: str
    choices:
      - any
      - empty
      - asked
    default: any
  purge:
    description:
      - With O(expect=empty), delete what is in the queue instead of failing, whoever sent it.
    type: bool
    default: false
  before:
    description:
      - How many messages there were before the jobs were created.
    type: int
    default: 0
  settle:
    description:
      - Seconds for which an unexpected count has to stay the same to be believed.
    type: int
    default: 60
notes:
  - There is no stock module that reads a queue, and M(community.aws.sqs_queue) creates one that is missing.
  - Count before workers start, for each job they finish is one less.
  - Runs inside the controller when the connection of the task is local, and shows its progress there; as an ordinary
    module otherwise.
seealso:
  - module: climate.ingest.verification
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - climate.ingest.asked
attributes:
  check_mode:
    support: full
    description: Predicts what O(purge) does, and that what is asked for arrives.
  diff_mode:
    support: full
    description: The counts before and after O(purge).
author:
  - The climate.ingest maintainers (@climate-ingest)
"""

EXAMPLES = r"""
- name: The queue must be empty
  climate.ingest.job_count:
    queue: cc-api-staging
    expect: empty

- name: What arrived is what was asked for
  climate.ingest.job_count:
    queue: cc-api-staging
    expect: asked
    models: all
    years: 2050,2051
    all_models: [ACCESS1-0, CCSM4]
    all_years: 2006-2099
"""

RETURN = r"""
queue_url:
  description: URL of the queue.
  returned: success
  type: str
  sample: https://sqs.us-east-1.amazonaws.com/123456789012/cc-api-staging
counts:
  description: Numbers of messages, C(visible), C(in_flight) and C(delayed).
  returned: success, or when they are not as expected
  type: dict
  sample: {visible: 4, in_flight: 0, delayed: 0}
jobs:
  description: The sum of the counts.
  returned: success, or when they are not as many as asked for
  type: int
  sample: 4
asked:
  description: How many jobs were asked for; null unless O(expect=asked).
  returned: success, or when they are not as many as asked for
  type: int
  sample: 4
"""

from ansible_collections.climate.ingest.plugins.module_utils.job_count import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
