# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents where an operation runs."""

from __future__ import annotations


class ModuleDocFragment:
    """An attribute of several modules."""

    DOCUMENTATION = r"""
attributes:
  action:
    support: full
    description: With a local connection the action plugin runs inside the controller, where it shows its progress.
      On another host, and with C(async), it runs as an ordinary module.
"""
