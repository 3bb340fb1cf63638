# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents how models and years are asked for."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
  models:
    description:
      - The climate models asked for, or V(all) for O(all_models).
    type: list
    elements: str
    default:
      - all
  years:
    description:
      - The years asked for, as years, ranges such as V(2006-2099), or V(all) for O(all_years).
    type: list
    elements: str
    default:
      - all
  all_models:
    description:
      - What V(all) means in O(models).
    type: list
    elements: str
    default: []
  all_years:
    description:
      - What V(all) means in O(years), as years and ranges.
    type: list
    elements: str
    default: []
"""
