# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents what the modules need where they run."""

from __future__ import annotations


class ModuleDocFragment:
    """Requirements of all modules: newer ones than those of amazon.aws."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - python >= 3.11
  - boto3 >= 1.35.66
  - botocore >= 1.35.66
"""
