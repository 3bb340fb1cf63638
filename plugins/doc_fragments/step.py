# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents how an operation is a step of a run."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
  environment:
    description:
      - Name of the environment. Everything the module creates is tagged C(climate.ingest:environment) with it.
      - While a run is open in the environment (M(climate.ingest.run)), the module needs the lock
        (M(climate.ingest.lock)).
    type: str
  step:
    description:
      - The step of the run that this task carries out. The record of the run keeps whether it is done.
      - Ignored if no run is open in O(environment).
    type: str
  each_time:
    description:
      - Whether to carry out O(step) again if it is already done. The record keeps each attempt.
    type: bool
    default: false
  unless_done:
    description:
      - Steps of the open run that make this one unnecessary. The module does nothing if one of them is done.
    type: list
    elements: str
    default: []
  requires:
    description:
      - Steps of the open run that must be done first, each with the playbook tag that carries it out.
    type: dict
    default: {}
"""
