# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents how an operation is a step of a run."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
  environment:
    description:
      - Name of the environment. What is made carries it in the tag C(climate.ingest:environment).
      - If a run is open in it (M(climate.ingest.run)), nothing is done without its lock
        (M(climate.ingest.lock)).
    type: str
  step:
    description:
      - The step of the open run of O(environment) that this is. The run's record says when it is done.
      - Without an open run it means nothing.
    type: str
  each_time:
    description:
      - Carry O(step) out even if it is done in the open run. Each time is an attempt of its own in the record.
    type: bool
    default: false
  unless_done:
    description:
      - Steps of the open run after which this is not needed any more. Nothing is done if one of them is done.
    type: list
    elements: str
    default: []
  requires:
    description:
      - Steps that must be done in the open run, each with the tag of the playbook that does it.
    type: dict
    default: {}
"""
