"""STS where moto names nobody an IAM policy could belong to: who calls is the user that the policy is of."""

from __future__ import annotations

from typing import Any

from moto.sts.models import STSBackend

from sandbox.runtime import ACCOUNT_ID, OPERATOR_ARN, Runtime
from sandbox.services.moto_patches import replace


def install(runtime: Runtime) -> None:
    """Replace moto's answer until the sandbox ends; a role that was assumed stays one.

    Args:
        runtime: the sandbox.
    """
    moto_identity = STSBackend.get_caller_identity

    def get_caller_identity(self: STSBackend, access_key_id: str, region: str) -> tuple[Any, ...]:
        if self.get_assumed_role_from_access_key(access_key_id):
            return tuple(moto_identity(self, access_key_id, region))
        return "AIDAOPERATOR", OPERATOR_ARN, ACCOUNT_ID

    replace(STSBackend, "get_caller_identity", get_caller_identity)
