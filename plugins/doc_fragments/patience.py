# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents how long trouble with AWS is waited out."""

from __future__ import annotations


class ModuleDocFragment:
    """An option of all modules."""

    DOCUMENTATION = r"""
options:
  patience:
    description:
      - For how many seconds without a break AWS may be unreachable, throttle, answer with server errors or refuse
        expired credentials before a call fails. Credentials of a profile or role are read again meanwhile.
      - Time in which AWS cannot be asked does not count against the time limits of waits.
      - A service that has not answered yet in the play is waited for only a few seconds.
    type: int
    default: 1800
    version_added: 1.0.0
"""
