# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents what a run imports."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
  imports:
    description:
      - What is imported, in this order. An open run is resumed only with the same.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The name of the import. The names of its steps begin with it, and it is the tag that selects them.
          - Lower-case letters, digits and underscores, 40 at most.
          - The default is made of the data set and the scenario.
          - The steps of V(projections) have no prefix.
        type: str
      scenario:
        description:
          - The scenario, as the application calls it.
        type: str
        required: true
      dataset:
        description:
          - The data set, as the application calls it, for an application that has several.
        type: str
        default: ""
      models:
        description:
          - The climate models, or V(all) for those in O(imports[].all_models).
        type: list
        elements: str
        default:
          - all
      years:
        description:
          - The years, as years or ranges such as V(2006-2099), or V(all) for those in O(imports[].all_years).
        type: list
        elements: str
        default:
          - all
      all_models:
        description:
          - The climate models that V(all) stands for in O(imports[].models).
        type: list
        elements: str
        default: []
      all_years:
        description:
          - The years and ranges that V(all) stands for in O(imports[].years).
        type: list
        elements: str
        default: []
      arguments:
        description:
          - More arguments of create_jobs.
        type: list
        elements: str
        default: []
      averages:
        description:
          - Whether the averages need this data.
        type: bool
        default: false
  drain:
    description:
      - How the jobs are run.
      - V(each) creates the jobs of an import, runs and verifies them, and goes on to the next import.
      - V(together) creates the jobs of all imports first, and runs them with one drain.
    type: str
    choices:
      - each
      - together
    default: each
"""
