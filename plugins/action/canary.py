# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the operation in the controller; documented in the module of the same name."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.workers.canary.operation import OPERATION
from ansible_collections.climate.ingest.plugins.plugin_utils.operation import OperationAction


class ActionModule(OperationAction):
    """See the module."""

    operation = OPERATION
