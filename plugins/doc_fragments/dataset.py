# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents how models and years are requested."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
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
"""
