# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents what a run imports, and how models and years are requested."""

from __future__ import annotations

from textwrap import indent

_DATASET = """\
models:
  description:
    - The requested climate models, or V(all) for those in O(all_models).
  type: list
  elements: str
  default:
    - all
years:
  description:
    - The requested years, as years or ranges such as V(2006-2099), or V(all) for those in O(all_years).
  type: list
  elements: str
  default:
    - all
all_models:
  description:
    - The climate models that V(all) stands for in O(models).
  type: list
  elements: str
  default: []
all_years:
  description:
    - The years and ranges that V(all) stands for in O(years).
  type: list
  elements: str
  default: []
values:
  description:
    - For each field of O(job_key) its requested values, as words, whole numbers or ranges such as V(1-20000), or V(all)
      for those in O(all_values).
    - Of the fields V(model) and V(year), O(models) and O(years) are the short form.
  type: dict
  default: {}
all_values:
  description:
    - For each field of O(job_key) what V(all) stands for in O(values).
  type: dict
  default: {}
"""
_KEY = """\
job_key:
  description:
    - The fields by which a job is known, one to four. Another application than the Climate API may have others.
  type: list
  elements: str
  default:
    - model
    - year
"""


class ModuleDocFragment:
    """Options of several modules: of the list of imports, of one data set, and of how jobs are run."""

    KEY = "options:\n" + indent(_KEY, "  ")

    DATASET = "options:\n" + indent(_DATASET + _KEY, "  ")

    DOCUMENTATION = (
        """\
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
          - The scenario, as the application calls it. Required with the default O(job_key).
        type: str
        default: ""
      dataset:
        description:
          - The data set, as the application calls it, for an application that has data sets. All imports have one, or
            none has.
        type: str
        default: ""
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
"""
        + indent(_DATASET.replace("O(", "O(imports[].").replace("O(imports[].job_key)", "O(job_key)"), "      ")
        + indent(_KEY, "  ")
    )

    DRAIN = """\
options:
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
